import fractions
import math
import unittest

import numpy

import chainer
from chainer import initializers
from chainer.initializers import weight

DTYPES = numpy.float16, numpy.float32, numpy.float64


class TestIdentity(unittest.TestCase):

    def test_values(self):
        for dtype in DTYPES:
            for scale in (1, 0.5, -2):
                array = numpy.full((4, 4), numpy.nan, dtype)
                initializers.Identity(scale)(array)
                numpy.testing.assert_array_equal(array, scale * numpy.eye(4))

    def test_default_scale(self):
        array = numpy.empty((2, 2))
        initializers.Identity()(array)
        numpy.testing.assert_array_equal(array, numpy.eye(2))

    def test_no_square(self):
        for shape in [(2, 3), (2,), (), (2, 2, 2)]:
            array = numpy.zeros(shape)
            with self.assertRaisesRegex(ValueError, 'square'):
                initializers.Identity()(array)
            self.assertFalse(array.any())


class TestConstant(unittest.TestCase):

    def test_scalar(self):
        for dtype in DTYPES:
            for shape in [(), (3,), (2, 3, 4)]:
                array = numpy.empty(shape, dtype)
                initializers.Constant(1.5)(array)
                numpy.testing.assert_array_equal(array, 1.5)

    def test_array(self):
        source = numpy.arange(6.0).reshape(2, 3)
        for dtype in DTYPES:
            array = numpy.empty((2, 3), dtype)
            initializers.Constant(source)(array)
            numpy.testing.assert_array_equal(array, source)

    def test_broadcast(self):
        array = numpy.empty((2, 3))
        initializers.Constant(numpy.arange(3))(array)
        numpy.testing.assert_array_equal(array, [[0, 1, 2], [0, 1, 2]])

    def test_wrong_shape(self):
        array = numpy.zeros((2, 3))
        for shape in [(3, 2), (2,), (1, 2, 3)]:
            with self.assertRaisesRegex(ValueError, r'\(2, 3\)'):
                initializers.Constant(numpy.ones(shape))(array)
        self.assertFalse(array.any())

    def test_zero_and_one(self):
        for make, value in [(initializers.Zero, 0), (initializers.One, 1)]:
            self.assertIsInstance(make(), initializers.Constant)
            array = numpy.empty((2, 3), 'f')
            make(dtype=numpy.float32)(array)
            numpy.testing.assert_array_equal(array, value)


# Class, default scale, standard deviation for 10 inputs and 20 outputs.
RANDOM = [
    (initializers.Normal, 0.05, 0.05),
    (initializers.GlorotNormal, 1, math.sqrt(2 / 30)),
    (initializers.HeNormal, 1, math.sqrt(2 / 10)),
    (initializers.Uniform, 0.05, 0.05 / math.sqrt(3)),
    (initializers.LeCunUniform, 1, math.sqrt(1 / 10)),
    (initializers.GlorotUniform, 1, math.sqrt(2 / 30)),
    (initializers.HeUniform, 1, math.sqrt(2 / 10))]


def fill(initializer, shape=(20, 10), times=100, dtype=numpy.float32):
    """Initializes many arrays, starting from a fixed seed."""
    numpy.random.seed(0)
    arrays = [numpy.full(shape, numpy.nan, dtype) for _ in range(times)]
    for array in arrays:
        initializer(array)
    return numpy.stack(arrays)


class TestRandom(unittest.TestCase):

    def check_moments(self, values, deviation):
        # 20000 draws: standard errors of at most 0.7 percent.
        self.assertLess(abs(values.mean()), 0.03 * deviation)
        self.assertLess(abs(values.std() / deviation - 1), 0.02)

    def test_deviation(self):
        for cls, default, deviation in RANDOM:
            with self.subTest(cls=cls):
                self.assertEqual(cls().scale, default)
                self.check_moments(fill(cls()), deviation)
                self.check_moments(
                    fill(cls(scale=3 * default)), 3 * deviation)

    def test_convolution(self):
        for cls, _, deviation in RANDOM:
            values = fill(cls(), (20, 5, 2, 1))
            self.check_moments(values, deviation)

    def test_distribution(self):
        for cls, _, deviation in RANDOM:
            with self.subTest(cls=cls):
                values = fill(cls()) / deviation
                kurtosis = (values.astype('d') ** 4).mean()
                if cls.__name__.endswith('Normal'):
                    self.assertLess(abs(kurtosis - 3), 0.2)
                else:
                    self.assertLess(abs(kurtosis - 1.8), 0.05)
                    bound = math.sqrt(3)
                    self.assertLessEqual(abs(values).max(), bound + 1e-6)
                    self.assertGreater(values.max(), 0.99 * bound)
                    self.assertLess(values.min(), -0.99 * bound)

    def test_numbers_of_numpy(self):
        numpy.random.seed(0)
        expected = numpy.random.normal(0, 0.05, (2, 3)).astype('f')
        numpy.testing.assert_array_equal(
            fill(initializers.Normal(), (2, 3), 1)[0], expected)
        numpy.random.seed(0)
        expected = numpy.random.uniform(-0.05, 0.05, (2, 3)).astype('f')
        numpy.testing.assert_array_equal(
            fill(initializers.Uniform(), (2, 3), 1)[0], expected)

    def test_dtypes(self):
        for cls, _, deviation in RANDOM:
            for dtype in DTYPES:
                values = fill(cls(dtype=dtype), dtype=dtype)
                self.assertEqual(values.dtype, dtype)
                self.check_moments(values.astype('d'), deviation)

    def test_any_shape_without_fans(self):
        for cls in (initializers.Normal, initializers.Uniform):
            for shape in [(), (5,), (0, 3)]:
                self.assertTrue(numpy.isfinite(fill(cls(), shape, 1)).all())

    def test_fans_need_a_weight(self):
        for cls, _, _ in RANDOM:
            if cls in (initializers.Normal, initializers.Uniform):
                continue
            for shape in [(), (3,)]:
                with self.assertRaisesRegex(ValueError, 'out, in'):
                    cls()(numpy.empty(shape))


class TestOrthogonal(unittest.TestCase):

    def test_orthogonal(self):
        for shape in [(3, 3), (2, 5), (3, 2, 2), (4, 1, 2, 3), (1, 1)]:
            for options, scale in [({}, 1.1), ({'scale': 2.0}, 2.0)]:
                array, = fill(initializers.Orthogonal(**options), shape, 1)
                vectors = array.reshape(len(array), -1)
                numpy.testing.assert_allclose(
                    vectors.dot(vectors.T), scale ** 2 * numpy.eye(len(array)),
                    atol=1e-5)

    def test_dtypes(self):
        for dtype in DTYPES:
            array, = fill(initializers.Orthogonal(1, dtype=dtype), (2, 3), 1,
                          dtype)
            self.assertEqual(array.dtype, dtype)
            numpy.testing.assert_allclose(
                array.dot(array.T), numpy.eye(2), atol=2e-3)

    def test_no_preferred_axis(self):
        for shape in [(3, 3), (2, 3)]:
            values = fill(initializers.Orthogonal(1), shape, 2000)
            for vectors in values.transpose(1, 0, 2):
                # Standard errors of at most 0.007.
                numpy.testing.assert_allclose(
                    vectors.T.dot(vectors) / 2000, numpy.eye(3) / 3, atol=0.03)

    def test_scalar(self):
        array = numpy.empty(())
        initializers.Orthogonal(2.0)(array)
        self.assertEqual(array, 2)

    def test_too_many_vectors(self):
        for shape in [(3, 2), (5, 2, 2), (2,)]:
            array = numpy.zeros(shape)
            with self.assertRaisesRegex(ValueError, 'vectors of length'):
                initializers.Orthogonal()(array)
            self.assertFalse(array.any())

    def test_empty(self):
        for shape in [(0, 3), (3, 0)]:
            with self.assertRaisesRegex(ValueError, 'empty'):
                initializers.Orthogonal()(numpy.empty(shape))


class TestDtype(unittest.TestCase):

    def test_check(self):
        makers = [cls for cls, _, _ in RANDOM] + [
            initializers.Identity, initializers.Orthogonal,
            lambda dtype: initializers.Constant(1, dtype),
            initializers.Zero, initializers.One]
        for make in makers:
            initializer = make(dtype=numpy.float32)
            self.assertEqual(initializer.dtype, numpy.float32)
            initializer(numpy.empty((2, 2), numpy.float32))
            array = numpy.zeros((2, 2), numpy.float64)
            with self.assertRaisesRegex(TypeError, 'float32.*float64'):
                initializer(array)
            self.assertFalse(array.any())


class TestInitWeight(unittest.TestCase):

    def test_aliases(self):
        self.assertIs(chainer.init_weight, weight.init_weight)
        self.assertIs(initializers.init_weight, weight.init_weight)

    def test_default(self):
        values = fill(lambda array: chainer.init_weight(array, None))
        self.assertLess(abs(values.std() * math.sqrt(10) - 1), 0.02)
        self.assertLess(abs((values.astype('d') * math.sqrt(10)) ** 4).mean()
                        - 3, 0.2)

    def test_scale_of_default(self):
        values = fill(lambda array: chainer.init_weight(array, None, 3.0))
        self.assertLess(abs(values.std() * math.sqrt(10) / 3 - 1), 0.02)

    def test_values(self):
        source = numpy.arange(6.0).reshape(2, 3)

        def ramp(array):
            array[...] = source

        for initializer, expected in [
                (2, 2), (2.5, 2.5), (numpy.float64(2.5), 2.5),
                (numpy.array(2.5), 2.5), (source, source), (ramp, source),
                (initializers.Constant(4), 4)]:
            for scale in (1, 0.5, numpy.float64(0.5)):
                array = numpy.full((2, 3), numpy.nan, 'f')
                chainer.init_weight(array, initializer, scale)
                numpy.testing.assert_array_equal(array, expected * scale)
        numpy.testing.assert_array_equal(
            source, numpy.arange(6).reshape(2, 3))

    def test_wrong_shape(self):
        with self.assertRaisesRegex(ValueError, r'\(2, 3\).*\(3, 2\)'):
            chainer.init_weight(numpy.empty((2, 3)), numpy.ones((3, 2)))

    def test_wrong_type(self):
        with self.assertRaisesRegex(TypeError, 'list'):
            chainer.init_weight(numpy.empty(3), [1, 2, 3])

    def test_class(self):
        for cls in initializers.Normal, initializers.Orthogonal, dict:
            with self.assertRaisesRegex(
                    TypeError, rf'pass an instance: {cls.__name__}\(\)$'):
                chainer.init_weight(numpy.empty((2, 3)), cls)
        with self.assertRaisesRegex(TypeError, r'Normal\(\)$'):
            chainer.links.Linear(3, 2, initialW=initializers.Normal)

    def test_function_that_does_not_fill(self):
        for function in (lambda a: numpy.ones(a.shape), lambda a: 0.5,
                         initializers.Zero, numpy.copy):
            with self.assertRaisesRegex(
                    ValueError, 'must fill the array in place'):
                chainer.init_weight(numpy.empty((2, 3)), function)

    def test_function_that_returns_the_array(self):
        def ones(array):
            array.fill(1)
            return array

        array = numpy.empty((2, 3))
        chainer.init_weight(array, ones, 2)
        self.assertTrue((array == 2).all())

    def test_no_numbers(self):
        for initializer, text in (
                ('3', "'3'"), (b'3', "b'3'"), (3j, '3j'),
                (numpy.array(['3'] * 3), '<U1'),
                (numpy.array([None] * 3), 'object'),
                (numpy.zeros(3, 'F'), 'complex64')):
            with self.assertRaisesRegex(TypeError, text):
                chainer.init_weight(numpy.empty(3), initializer)

    def test_numbers_of_any_kind(self):
        for initializer in (True, numpy.True_, numpy.int8(1),
                            numpy.array([True]), numpy.float16(1),
                            fractions.Fraction(1), numpy.ones(1, 'u1')):
            array = numpy.zeros((2, 3), 'f')
            chainer.init_weight(array, initializer)
            self.assertTrue((array == 1).all())

    def test_one_dimension(self):
        with self.assertRaisesRegex(ValueError, 'out, in'):
            chainer.init_weight(numpy.empty(3), None)
