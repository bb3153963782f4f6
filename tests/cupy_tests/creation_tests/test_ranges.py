import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestArange(unittest.TestCase):

    @testing.for_all_dtypes(no_bool=True)
    @testing.numpy_cupy_array_list_equal()
    def test_types(self, xp, dtype):
        return [xp.arange(10, dtype=dtype), xp.arange(4, 10, dtype=dtype),
                xp.arange(4, 11, 3, dtype=dtype),
                xp.arange(10, 0, -2, dtype=dtype)]

    @testing.numpy_cupy_array_list_equal()
    def test_type_of_arguments(self, xp):
        return [xp.arange(*args) for args in (
            (3,), (True,), (3.,), (1, 4.), (1, 4, 0.5), (numpy.int8(5),),
            (1, numpy.float32(5)), (numpy.float16(1), 5))]

    @testing.numpy_cupy_array_list_equal()
    def test_lengths(self, xp):
        return [xp.arange(*args) for args in (
            (0,), (-3,), (5, 1), (1, 5, -1), (0, 1, 0.1), (0, 1, 1.5),
            (0, 1, numpy.inf), (0, -1, numpy.inf), (5, 5), (0.5, 3))]

    @testing.for_float_dtypes()
    @testing.numpy_cupy_allclose(rtol=2e-7)
    def test_floats(self, xp, dtype):
        return xp.arange(0.1, 4.5, 0.3, dtype=dtype)

    @testing.numpy_cupy_array_list_equal()
    def test_first_numbers_decide(self, xp):
        return [xp.arange(0, 5, 0.5, dtype='i'), xp.arange(2.7, 8, dtype='b'),
                xp.arange(5, 0, -1, dtype='B')]

    @testing.numpy_cupy_array_list_equal()
    def test_bool(self, xp):
        return [xp.arange(n, dtype='?') for n in range(3)] + [
            xp.arange(1, 3, dtype='?'), xp.arange(1, -1, -1, dtype='?')]

    @testing.numpy_cupy_raises()
    def test_long_bool(self, xp):
        xp.arange(3, dtype='?')

    @testing.numpy_cupy_raises()
    def test_step_zero(self, xp):
        xp.arange(0, 3, 0)

    @testing.numpy_cupy_raises()
    def test_float_step_zero(self, xp):
        xp.arange(0, 3, 0.)

    @testing.numpy_cupy_raises()
    def test_nan(self, xp):
        xp.arange(0, numpy.nan)

    @testing.numpy_cupy_raises()
    def test_infinite(self, xp):
        xp.arange(0, numpy.inf)


@testing.gpu
class TestLinspace(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_allclose(rtol=1e-7)
    def test_types(self, xp, dtype):
        return xp.linspace(0, 10, 7, dtype=dtype)

    @testing.for_signed_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_integers_are_rounded_down(self, xp, dtype):
        return xp.linspace(5, -5, 4, dtype=dtype)

    @testing.numpy_cupy_array_list_equal()
    def test_numbers(self, xp):
        return [xp.linspace(*args) for args in (
            (0, 6, 7), (2, -3, 6), (0, 5, 1), (0, 5, 0), (0, 5, 5, False),
            (0, 5, 1, False), (2, 2, 3), (0, 5e-324, 3))]

    @testing.numpy_cupy_allclose(rtol=1e-15)
    def test_default_length(self, xp):
        return xp.linspace(0.1, 5.3)

    @testing.numpy_cupy_array_list_equal()
    def test_types_of_arguments(self, xp):
        return [xp.linspace(*args) for args in (
            (numpy.float32(0), numpy.float32(1), 4),
            (numpy.float32(0), 1, 4), (numpy.int8(0), True, 4))]

    def test_step(self):
        for args in [(0, 5, 3), (0, 5, 3, False), (0, 5, 1), (0, 5, 0),
                     (0, 5, 1, False)]:
            expected, expected_step = numpy.linspace(*args, retstep=True)
            actual, step = cupy.linspace(*args, retstep=True)
            testing.assert_array_equal(actual, expected)
            numpy.testing.assert_equal(step, expected_step)

    def test_end(self):
        # The last number is exact, although the steps add up to less.
        for num in range(2, 40):
            x = cupy.linspace(0.1, 0.7, num)
            self.assertEqual(x.get()[-1], 0.7)

    @testing.numpy_cupy_raises()
    def test_negative(self, xp):
        xp.linspace(0, 1, -1)

    @testing.numpy_cupy_raises()
    def test_float(self, xp):
        xp.linspace(0, 1, 2.5)

    def test_arrays(self):
        with self.assertRaisesRegex(TypeError, 'stop must be a scalar'):
            cupy.linspace(0, [1, 2])
