import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def parts(size, level):
    """Lists the pixels of each of ``2**level`` parts along one axis."""
    count = 2 ** level
    k = 1
    while k * count < size:
        k += 1
    start = -((k * count - size) // 2)
    return [[i for i in range(start + n * k, start + n * k + k)
             if 0 <= i < size] for n in range(count)]


def expected_output(x, height):
    """Returns the vectors, as lists, built up by appending."""
    vectors = []
    for image in x.astype('d'):
        vector = []
        for level in range(height):
            for channel in image:
                for rows in parts(x.shape[2], level):
                    for columns in parts(x.shape[3], level):
                        vector.append(max(
                            [channel[i, j] for i in rows for j in columns],
                            default=0))
        vectors.append(vector)
    return vectors


@testing.parameterize(*testing.product({
    # Images of 5 and 3 pixels leave some of 4 parts empty.
    'size': [(4, 4), (9, 8), (5, 3), (1, 2)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestSpatialPyramidPooling2D(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        shape = (2, 2) + self.size
        x = random.permutation(numpy.prod(shape)).reshape(shape) / 32.
        # Below zero, so that zeros of empty parts are no maxima.
        self.x = (x - 20).astype(self.dtype)
        gy = random.uniform(-1, 1, (2, 2 * (1 + 4 + 16), 1, 1))
        self.gy = gy.astype(self.dtype)

    def pool(self, x):
        return F.spatial_pyramid_pooling_2d(x, 3, F.MaxPooling2D)

    def test_forward(self):
        y = self.pool(chainer.Variable(self.x))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.gy.shape)
        numpy.testing.assert_array_equal(
            y.data[:, :, 0, 0], expected_output(self.x, 3))

    def test_backward(self):
        tolerance = {'atol': 1e-5, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            tolerance = {'atol': 1e-3, 'rtol': 1e-2}
        gradient_check.check_backward(
            self.pool, self.x, self.gy, dtype=numpy.float64, **tolerance)


class TestSpatialPyramidPooling2DValues(unittest.TestCase):

    def test_one_level_is_global_max_pooling(self):
        x = numpy.random.RandomState(0).randn(2, 3, 5, 7).astype('f')
        y = F.spatial_pyramid_pooling_2d(x, 1, F.MaxPooling2D)
        numpy.testing.assert_array_equal(
            y.data, F.max_pooling_2d(x, (5, 7)).data)

    def test_nan(self):
        x = numpy.zeros((1, 1, 4, 4), 'f')
        x[0, 0, 1, 2] = numpy.nan
        y = F.spatial_pyramid_pooling_2d(x, 2, F.MaxPooling2D)
        numpy.testing.assert_array_equal(
            numpy.isnan(y.data.ravel()), [True, False, True, False, False])

    def test_backward_twice(self):
        x = chainer.Variable(
            numpy.random.RandomState(0).randn(2, 3, 5, 4).astype('f'))
        y = F.spatial_pyramid_pooling_2d(x, 2, F.MaxPooling2D)
        y.grad = numpy.random.RandomState(1).randn(*y.shape).astype('f')
        y.backward()
        first = x.grad.copy()
        x.cleargrad()
        y.backward()
        numpy.testing.assert_array_equal(x.grad, first)
        self.assertGreater(abs(first).max(), 0)

    def test_non_contiguous(self):
        x = numpy.random.RandomState(0).randn(4, 4, 3, 4).astype('f').T[::2]
        y = F.spatial_pyramid_pooling_2d(x, 2, F.MaxPooling2D)
        numpy.testing.assert_array_equal(
            y.data[:, :, 0, 0], expected_output(x, 2))

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3, 4, 4), 'f'))
        y = F.spatial_pyramid_pooling_2d(x, 2, F.MaxPooling2D)
        y.grad = numpy.zeros(y.shape, 'f')
        y.backward()
        self.assertEqual(y.shape, (0, 15, 1, 1))
        self.assertEqual(x.grad.shape, (0, 3, 4, 4))


class TestSpatialPyramidPooling2DErrors(unittest.TestCase):

    def setUp(self):
        self.x = numpy.zeros((1, 2, 4, 4), 'f')

    def test_other_pooling_class(self):
        for other in F.AveragePooling2D, F.max_pooling_2d, 'max':
            with self.assertRaisesRegex(NotImplementedError, 'MaxPooling2D'):
                F.spatial_pyramid_pooling_2d(self.x, 2, other)

    def test_no_level(self):
        with self.assertRaisesRegex(ValueError, 'pyramid_height must be 1'):
            F.spatial_pyramid_pooling_2d(self.x, 0, F.MaxPooling2D)

    def test_int(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'):
            F.spatial_pyramid_pooling_2d(
                self.x.astype('i'), 2, F.MaxPooling2D)

    def test_dimensions(self):
        with self.assertRaisesRegex(
                type_check.InvalidType,
                r'^Expect: in_types\[0\]\.ndim == 4\nActual: 3 != 4'):
            F.spatial_pyramid_pooling_2d(self.x[0], 2, F.MaxPooling2D)

    def test_other_shape_than_that_of_the_constructor(self):
        pooling = F.SpatialPyramidPooling2D((2, 4, 5), 2, F.MaxPooling2D)
        with self.assertRaisesRegex(
                type_check.InvalidType, r'\(2, 4, 4\) != \(2, 4, 5\)'):
            pooling(self.x)

    def test_pyramid_height_that_is_no_integer(self):
        for height in None, 1.5, numpy.array([0]), True, '0', (0,):
            with self.assertRaisesRegex(
                    TypeError, '^pyramid_height must be an integer, but is '):
                F.spatial_pyramid_pooling_2d(self.x, height, F.MaxPooling2D)

    def test_list(self):
        with self.assertRaisesRegex(TypeError, '^a Variable holds a numpy'):
            F.spatial_pyramid_pooling_2d([[1.]], 2, F.MaxPooling2D)

    def test_too_many_levels(self):
        # Up to 64 parts are fine for any image, and 4 to a pixel.
        for size, height in ((1, 1), 7), ((4, 16), 7), ((1, 33), 8):
            x = numpy.zeros((1, 1, *size), 'f')
            y = F.spatial_pyramid_pooling_2d(x, height, F.MaxPooling2D)
            self.assertEqual(y.size, (4 ** height - 1) // 3)
            for more in height + 1, 100, 10 ** 12:
                with self.assertRaisesRegex(
                        type_check.InvalidType,
                        rf'^Expect: pyramid_height <= {height}\n'
                        rf'Actual: {more} > {height}: .* {size[0]} x '
                        rf'{size[1]} pixels into 2\*\*{more - 1} parts'):
                    F.spatial_pyramid_pooling_2d(x, more, F.MaxPooling2D)
