import math
import unittest

import numpy

import cupy
from cupy.random import distributions, generator

N = 100000


class DistributionTestCase(unittest.TestCase):

    def setUp(self):
        cupy.random.seed(1)

    def moments(self, x, mean, variance, fourth):
        """Mean and variance are within five of their deviations."""
        x = x.get().astype('d')
        self.assertLess(abs(x.mean() - mean), 5 * (variance / x.size) ** .5)
        self.assertLess(abs(x.var() - variance),
                        5 * ((fourth - variance ** 2) / x.size) ** .5)

    def by_the_state(self, name, *args):
        """The function gives what the method of the global state gives."""
        cupy.random.seed(9)
        expected = getattr(generator.get_random_state(), name)(*args)
        cupy.random.seed(9)
        actual = getattr(distributions, name)(*args)
        self.assertEqual(expected.dtype, actual.dtype)
        numpy.testing.assert_array_equal(expected.get(), actual.get())
        self.assertEqual((), getattr(cupy.random, name)().shape)
        self.assertEqual(float, getattr(cupy.random, name)().dtype)


class TestUniform(DistributionTestCase):

    def test_moments(self):
        for dtype in 'fd':
            for low, high in ((0, 1), (-3, 5), (7, 2)):
                x = cupy.random.uniform(low, high, N, dtype)
                width = high - low
                self.moments(x, (low + high) / 2, width ** 2 / 12,
                             width ** 4 / 80)

    def test_bounds(self):
        # cuRAND's ones, and what is rounded to the bound, become the least.
        uniform = generator.RandomState(0)
        for dtype, low, high in (('f', 0, 1), ('f', 1, 2), ('f', 1e8, 1e8 + 8),
                                 ('f', -1e8, 1e8), ('d', 1e16, 1e16 + 2),
                                 ('f', 2, 1), ('f', .1, .7)):
            x = uniform.uniform(low, high, 1000000, dtype).get()
            type_ = numpy.dtype(dtype).type
            least, bound = sorted([type_(low), type_(high)])
            if low < high:
                self.assertTrue(((least <= x) & (x < bound)).all())
            else:
                self.assertTrue(((least < x) & (x <= bound)).all())

    def test_ones_become_zeros(self):
        for dtype in 'fd':
            x = cupy.array([1, 1 - 2. ** -20, .5, 2. ** -20], dtype)
            generator._stretch(0., 1., x)
            self.assertEqual([0, 1 - 2. ** -20, .5, 2. ** -20], x.tolist())
            x = cupy.array([1, .5], dtype)
            generator._stretch(4., 2., x)
            self.assertEqual([4, 3], x.tolist())
            generator._stretch(3., 3., x)
            self.assertEqual([3, 3], x.tolist())

    def test_global_state(self):
        self.by_the_state('uniform', -1, 4, (3, 5), 'f')


class TestNormal(DistributionTestCase):

    def test_moments(self):
        for dtype in 'fd':
            for loc, scale in ((0, 1), (-3, 5)):
                x = cupy.random.normal(loc, scale, N + 1, dtype)
                self.moments(x, loc, scale ** 2, 3 * scale ** 4)
            self.moments(
                cupy.random.standard_normal(N, dtype), 0, 1, 3)

    def test_of_no_deviation(self):
        self.assertEqual([2.5] * 3, cupy.random.normal(2.5, 0, 3).tolist())

    def test_global_state(self):
        self.by_the_state('normal', -1, 4, (3, 5), 'f')
        self.by_the_state('standard_normal', (3, 5), 'f')

    def test_parameters_may_be_arrays_of_one_number(self):
        cupy.random.seed(0)
        first = cupy.random.normal(1, 2, 4).tolist()
        cupy.random.seed(0)
        self.assertEqual(first, cupy.random.normal(
            cupy.array(1), numpy.float32(2), 4).tolist())


class TestLogNormal(DistributionTestCase):

    def test_moments(self):
        for dtype in 'fd':
            x = cupy.random.lognormal(.5, .25, N, dtype)
            mean = math.exp(.5 + .25 ** 2 / 2)
            logarithms = numpy.log(x.get().astype('d'))
            self.moments(cupy.array(logarithms), .5, .25 ** 2, 3 * .25 ** 4)
            self.assertLess(abs(x.get().mean() - mean), .01)

    def test_global_state(self):
        self.by_the_state('lognormal', -1, .5, (3, 5), 'f')
