import random
import unittest

import numpy

import cupy
from cupy import testing


def integers(source, shape, dtype):
    """Small numbers, of which all products and sums are exact."""
    low = 0 if numpy.dtype(dtype).kind in 'bu' else -3
    return numpy.array(
        [source.randint(low, 3) for _ in range(int(numpy.prod(shape)))],
        dtype=dtype).reshape(shape)


def in_any_order(source, a):
    """An array of NumPy in memory of another layout, and one of CuPy."""
    axes = list(range(a.ndim))
    if source.random() < 0.5:
        source.shuffle(axes)
    more = [n + source.choice([0, 0, 2]) for n in a.shape]
    steps = [source.choice([1, 1, 1, -1, 2]) for _ in more]
    big = numpy.zeros([more[d] * abs(steps[d]) for d in axes], a.dtype)
    view = tuple(slice(None, None, step) for step in steps)
    part = tuple(slice(n) for n in a.shape)
    back = numpy.argsort(axes)
    # The same views of both, made by the same expressions.
    filled = big.transpose(back)[view][part]
    filled[...] = a
    x = cupy.array(big).transpose(*back)[view][part] if a.ndim else (
        cupy.array(a))
    return filled, x


class TestRandomShapes(unittest.TestCase):

    """Products of integers, whatever the type and the order in memory."""

    def check(self, expected, actual):
        self.assertEqual(actual.dtype, expected.dtype)
        self.assertEqual(actual.shape, expected.shape)
        testing.assert_array_equal(actual, expected)

    def operands(self, source, shape_a, shape_b):
        dtype = source.choice('?iqeffffdd')
        a, x = in_any_order(source, integers(source, shape_a, dtype))
        b, y = in_any_order(source, integers(source, shape_b, dtype))
        return a, b, x, y

    def extents(self, source, number):
        return [source.choice([0, 1, 1, 2, 3, 5, 17]) for _ in range(number)]

    def test_dot(self):
        source = random.Random(0)
        for _ in range(300):
            length, = self.extents(source, 1)
            shape_a = [*self.extents(source, source.randint(0, 2)), length]
            shape_b = self.extents(source, source.randint(1, 3))
            shape_b[max(len(shape_b) - 2, 0)] = length
            a, b, x, y = self.operands(source, shape_a, shape_b)
            with self.subTest(a=(a.shape, a.strides, a.dtype),
                              b=(b.shape, b.strides, b.dtype)):
                self.check(a.dot(b), x.dot(y))

    def test_matmul(self):
        source = random.Random(1)
        for _ in range(300):
            length, = self.extents(source, 1)
            stack = self.extents(source, source.randint(0, 3))
            shapes = []
            for matrix in ([*self.extents(source, 1), length],
                           [length, *self.extents(source, 1)]):
                of_one = [n if source.random() < 0.7 else 1 for n in stack]
                shapes.append(
                    of_one[source.randint(0, len(stack)):] + matrix
                    if source.random() < 0.9 else [length])
            a, b, x, y = self.operands(source, *shapes)
            with self.subTest(a=(a.shape, a.strides, a.dtype),
                              b=(b.shape, b.strides, b.dtype)):
                self.check(a @ b, x @ y)


class TestDot(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, dtype):
        a = xp.array(numpy.array([[1, 0, 1], [0, 1, 1]], dtype))
        b = xp.array(numpy.array([[1, 0], [1, 1], [0, 1]], dtype))
        return a.dot(b)

    def test_types_of_results(self):
        # No element is computed: only the type is decided.
        for left in '?bBhHiIqQefd':
            for right in '?bBhHiIqQefd':
                a, b = numpy.zeros((0, 2), left), numpy.zeros((2, 0), right)
                self.assertEqual(
                    cupy.array(a).dot(cupy.array(b)).dtype, a.dot(b).dtype)

    def test_mixed_types(self):
        a = numpy.array([[1, 0, 3], [0, 5, 1]])
        b = numpy.array([[1, 0], [2, 1], [0, 1]])
        for left, right in ('ef', 'fd', 'if', '?b', 'bH', 'iQ', 'lf'):
            for f in (lambda x: x, lambda x: x[::-1]):
                x, y = f(a.astype(left)), b.astype(right)
                testing.assert_array_equal(
                    cupy.array(x).dot(cupy.array(y)), x.dot(y))

    @testing.for_dtypes('bhilBHIL')
    @testing.numpy_cupy_array_equal()
    def test_wraps_around(self, xp, dtype):
        most = numpy.iinfo(dtype).max
        a = numpy.array([[most, most - 1, 3], [7, most // 3, most]], dtype)
        return xp.array(a).dot(xp.array(a.T))

    def test_exact(self):
        # Beyond what float64 can count.
        a = numpy.array([2 ** 53 + 1, 1])
        self.assertEqual(int(cupy.array(a).dot(cupy.array([1, 2]))),
                         2 ** 53 + 3)

    @testing.for_float_dtypes(no_float16=True)
    def test_values(self, dtype):
        for m, n, k in ((1, 1, 1000), (1, 300, 200), (200, 1, 300),
                        (130, 70, 90)):
            a = testing.shaped_random((m, k), numpy, dtype) - 5
            b = testing.shaped_random((k, n), numpy, dtype, seed=1) - 5
            expected = a.astype('d').dot(b.astype('d'))
            error = 1e-3 if dtype == numpy.float32 else 1e-11
            testing.assert_allclose(
                cupy.array(a).dot(cupy.array(b)), expected, error, error)

    def test_float16_sums_in_float32(self):
        # In float16, 1 would be lost against 2048.
        a = numpy.array([[2048, 1, 1, 1, 1]], numpy.float16)
        b = cupy.ones((5, 2), numpy.float16)
        actual = cupy.array(a).dot(b)
        self.assertEqual(actual.dtype, numpy.float16)
        self.assertEqual(actual.tolist(), [[2052, 2052]])

    @testing.numpy_cupy_allclose(rtol=1e-6)
    def test_scalars(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return xp.stack([
            x.dot(2), x.dot(xp.array(3)), xp.array(1.5).dot(x),
            x.dot(numpy.float32(4)).astype('d')])

    def test_vectors(self):
        x = cupy.arange(4, dtype='f')
        for f in (lambda x: x, lambda x: x[::-1], lambda x: x[::2],
                  lambda x: x[:1], lambda x: x[:0]):
            result = f(x).dot(f(x))
            self.assertEqual(result.shape, ())
            self.assertEqual(float(result), sum(v * v for v in f(x).tolist()))

    def test_nothing_to_sum(self):
        for dtype in 'fie?':
            # Memory that is not zero yet.
            out = cupy.ones((2, 3), dtype)
            cupy.ones((2, 0), dtype).dot(cupy.ones((0, 3), dtype), out)
            self.assertEqual(out.tolist(), [[0] * 3] * 2)

    def test_nan_and_inf(self):
        a = numpy.array([[numpy.nan, 0], [numpy.inf, 1]], 'f')
        b = numpy.array([[1, 0], [numpy.inf, 2]], 'f')
        with numpy.errstate(invalid='ignore'):
            expected = a.dot(b)
        testing.assert_array_equal(cupy.array(a).dot(cupy.array(b)), expected)

    def test_out(self):
        a, b = testing.shaped_arange((2, 3)), testing.shaped_arange((3, 4))
        out = cupy.empty((2, 4), 'f')
        self.assertIs(a.dot(b, out), out)
        testing.assert_array_equal(out, a.dot(b))
        out = cupy.empty((), 'f')
        a[0].dot(b[:, 0], out=out)
        self.assertEqual(float(out), float(a[0].dot(b[:, 0])))
        out = cupy.empty((2, 3), 'f')
        self.assertIs(a.dot(cupy.array(2, 'f'), out), out)
        testing.assert_array_equal(out, a * 2)

    def test_out_overlaps(self):
        for dtype in 'fi':
            a = testing.shaped_arange((3, 3), cupy, dtype)
            expected = a.dot(a)
            a.dot(a, out=a)
            testing.assert_array_equal(a, expected)

    def test_out_unfit(self):
        a, b = cupy.zeros((2, 3), 'f'), cupy.zeros((3, 4), 'f')
        for out, error in (
                (cupy.zeros((2, 4)), ValueError),
                (cupy.zeros((4, 2), 'f'), ValueError),
                (cupy.zeros((4, 2), 'f').T, ValueError),
                (cupy.zeros((2, 4, 1), 'f'), ValueError),
                (numpy.zeros((2, 4), 'f'), TypeError), (5, TypeError)):
            with self.assertRaises(error):
                a.dot(b, out=out)
        with self.assertRaises(ValueError):
            a.dot(2, out=cupy.zeros((2, 3), 'i'))

    def test_wrong(self):
        a = cupy.zeros((2, 3))
        with self.assertRaisesRegex(
                ValueError, r'shapes \(2,3\) and \(2,3\) not aligned: 3 '
                r'\(dim 1\) != 2 \(dim 0\)'):
            a.dot(a)
        with self.assertRaisesRegex(ValueError, r'\(2,3\) and \(2,\)'):
            a.dot(a[:, 0])
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            a.dot(numpy.zeros(3))
        with self.assertRaises(TypeError):
            a.dot([1, 2, 3])

    @testing.multi_gpu(2)
    def test_other_device(self):
        a = cupy.zeros((2, 2))
        with cupy.cuda.Device(1):
            with self.assertRaises(ValueError):
                a.dot(a)


class TestMatmul(unittest.TestCase):

    def test_wrong(self):
        a = cupy.zeros((2, 3))
        for b in (cupy.zeros((2, 3)), cupy.zeros((2, 2, 3)), cupy.zeros(2)):
            with self.assertRaises(ValueError):
                a @ b
        with self.assertRaises(ValueError):
            cupy.zeros((2, 2, 2)) @ cupy.zeros((3, 2, 2))
        for scalar in (2, cupy.array(2), numpy.float32(2)):
            with self.assertRaises(ValueError):
                a @ scalar
            with self.assertRaises(ValueError):
                scalar @ a
        for other in ([1, 2, 3], None, 'a', numpy.zeros((3, 2))):
            with self.assertRaises(TypeError):
                a @ other

    def test_many_stacks(self):
        # No one stride leads through all of these matrices.
        a = testing.shaped_arange((3, 2, 4, 2, 2), numpy)
        b = testing.shaped_arange((2, 4, 2, 2), numpy)
        x, y = cupy.array(a), cupy.array(b)
        for key, of_b in (
                (numpy.s_[::2, :, ::2], numpy.s_[:, ::2]),
                (numpy.s_[::-1], numpy.s_[:]),
                (numpy.s_[:, ::-1, 1:], numpy.s_[::-1, 1:]),
                (numpy.s_[:, :1], numpy.s_[:])):
            testing.assert_array_equal(x[key] @ y[of_b], a[key] @ b[of_b])
        testing.assert_array_equal(x.swapaxes(0, 2) @ y[0, 0],
                                   a.swapaxes(0, 2) @ b[0, 0])

    def test_in_place(self):
        a = testing.shaped_arange((2, 2), numpy)
        x = view = cupy.array(a)
        x @= x
        self.assertIs(x, view)
        testing.assert_array_equal(x, a @ a)
        with self.assertRaises(ValueError):
            x @= cupy.zeros((2, 3), 'f')
        x = cupy.zeros((2, 2), 'i')
        with self.assertRaises(TypeError):
            x @= cupy.zeros((2, 2))
        with self.assertRaises(TypeError):
            x @= None
