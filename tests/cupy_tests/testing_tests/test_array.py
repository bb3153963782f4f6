import unittest

import numpy

import cupy
from cupy import testing


@testing.parameterize(
    {'check': testing.assert_allclose, 'kwargs': {}},
    {'check': testing.assert_array_almost_equal, 'kwargs': {}},
    {'check': testing.assert_array_almost_equal_nulp, 'kwargs': {}},
    {'check': testing.assert_array_max_ulp, 'kwargs': {}},
    {'check': testing.assert_array_equal, 'kwargs': {}},
)
class TestEquality(unittest.TestCase):

    def setUp(self):
        self.x = numpy.array([1, 2, 3], 'd')
        self.y = numpy.array([1, 2, 3.5], 'd')

    def test_equal(self):
        self.check(self.x, cupy.array(self.x))
        self.check(cupy.array(self.x), self.x)
        self.check(cupy.array(self.x), cupy.array(self.x))

    def test_different(self):
        for x in (self.x, cupy.array(self.x)):
            for y in (self.y, cupy.array(self.y)):
                with self.assertRaises(AssertionError):
                    self.check(x, y)
                with self.assertRaises(AssertionError):
                    self.check(y, x)


class TestTolerances(unittest.TestCase):

    def setUp(self):
        self.x = cupy.array([1, 100], 'd')
        self.y = numpy.array([1.001, 100.001], 'd')

    def test_allclose(self):
        testing.assert_allclose(self.x, self.y, rtol=1.01e-3)
        testing.assert_allclose(self.x, self.y, atol=1.01e-3)
        with self.assertRaisesRegex(AssertionError, 'greeting'):
            testing.assert_allclose(self.x, self.y, rtol=0.9e-3,
                                    err_msg='greeting')
        with self.assertRaises(AssertionError):
            testing.assert_allclose(self.x, self.y, atol=0.9e-3)

    def test_verbose(self):
        for verbose in (True, False):
            with self.assertRaises(AssertionError) as context:
                testing.assert_allclose(self.x, self.y, verbose=verbose)
            self.assertEqual('array([1' in str(context.exception).replace(
                ' ', ''), verbose)

    def test_array_almost_equal(self):
        testing.assert_array_almost_equal(self.x, self.y, decimal=2)
        with self.assertRaisesRegex(AssertionError, 'greeting'):
            testing.assert_array_almost_equal(self.x, self.y, decimal=4,
                                              err_msg='greeting')

    def test_nulp(self):
        x = numpy.array([1], 'f')
        y = numpy.nextafter(numpy.nextafter(x, 2), 2)
        for check, name in [(testing.assert_array_almost_equal_nulp, 'nulp'),
                            (testing.assert_array_max_ulp, 'maxulp')]:
            check(cupy.array(x), cupy.array(y), **{name: 2})
            with self.assertRaises(AssertionError):
                check(cupy.array(x), cupy.array(y), **{name: 1})

    def test_max_ulp_dtype(self):
        x = numpy.array([1], 'd')
        y = cupy.array([1 + 1e-9], 'd')
        with self.assertRaises(AssertionError):
            testing.assert_array_max_ulp(x, y)
        testing.assert_array_max_ulp(x, y, dtype='f')


class TestLess(unittest.TestCase):

    def test_less(self):
        testing.assert_array_less(cupy.array([1, 2]), numpy.array([2, 3]))
        with self.assertRaisesRegex(AssertionError, 'greeting'):
            testing.assert_array_less(numpy.array([1, 3]), cupy.array([2, 3]),
                                      'greeting')


class TestListEqual(unittest.TestCase):

    def setUp(self):
        self.xs = [cupy.array([1, 2]), cupy.array([[3.]])]

    def test_equal(self):
        testing.assert_array_list_equal(
            self.xs, [numpy.array([1, 2]), numpy.array([[3.]])])

    def test_lengths(self):
        with self.assertRaisesRegex(AssertionError, '2 arrays, but 1'):
            testing.assert_array_list_equal(self.xs, self.xs[:1])

    def test_elements(self):
        with self.assertRaisesRegex(AssertionError, 'index 1 differ. hello'):
            testing.assert_array_list_equal(
                self.xs, [numpy.array([1, 2]), numpy.array([[4.]])], 'hello')
