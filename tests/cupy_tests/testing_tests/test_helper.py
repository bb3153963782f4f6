import unittest

import numpy

import cupy
from cupy import testing


class TestShaped(unittest.TestCase):

    def check(self, array, expected, dtype):
        self.assertIsInstance(array, numpy.ndarray)
        self.assertEqual(array.dtype, dtype)
        self.assertTrue(array.flags.c_contiguous)
        numpy.testing.assert_array_equal(array, numpy.array(expected, dtype))

    def test_arange(self):
        for dtype in 'bHefd':
            self.check(testing.shaped_arange((2, 3), numpy, dtype),
                       [[1, 2, 3], [4, 5, 6]], dtype)
        self.check(testing.shaped_arange((3,), numpy, '?'),
                   [False, True, False], '?')
        self.check(testing.shaped_arange((), numpy, 'f'), 1, 'f')
        self.check(testing.shaped_arange((2, 0), numpy, 'f'), [[], []], 'f')

    def test_reverse_arange(self):
        for dtype in 'bHefd':
            self.check(testing.shaped_reverse_arange((2, 3), numpy, dtype),
                       [[6, 5, 4], [3, 2, 1]], dtype)
        self.check(testing.shaped_reverse_arange((4,), numpy, '?'),
                   [True, False, True, False], '?')

    def test_random(self):
        for dtype in 'bHefd':
            x = testing.shaped_random((100,), numpy, dtype, scale=5)
            self.check(x, x, dtype)
            self.assertTrue(((0 <= x) & (x < 5.01)).all())
            self.assertGreater(len(set(x.tolist())), 4)
            self.check(testing.shaped_random((100,), numpy, dtype, scale=5),
                       x, dtype)
            other = testing.shaped_random((100,), numpy, dtype, 5, seed=1)
            self.assertFalse((x == other).all())

    def test_random_bool(self):
        x = testing.shaped_random((2, 50), numpy, '?')
        self.check(x, x, '?')
        self.assertTrue(20 < x.sum() < 80)

    def test_random_leaves_the_generator_of_numpy(self):
        numpy.random.seed(3)
        expected = numpy.random.rand()
        numpy.random.seed(3)
        testing.shaped_random((2,), numpy)
        self.assertEqual(numpy.random.rand(), expected)

    def test_cupy(self):
        for make in (testing.shaped_arange, testing.shaped_reverse_arange,
                     testing.shaped_random):
            x = make((2, 3))
            self.assertIsInstance(x, cupy.ndarray)
            self.assertEqual(x.dtype, numpy.float32)
            testing.assert_array_equal(x, make((2, 3), numpy))


class TestNumpyError(unittest.TestCase):

    def test_context(self):
        outer = numpy.geterr()
        with testing.NumpyError(divide='raise', invalid='ignore'):
            self.assertEqual(numpy.geterr(), dict(
                outer, divide='raise', invalid='ignore'))
        self.assertEqual(numpy.geterr(), outer)

    def test_exception(self):
        outer = numpy.geterr()
        with self.assertRaises(FloatingPointError):
            with testing.NumpyError(divide='raise'):
                numpy.ones(1) / numpy.zeros(1)
        self.assertEqual(numpy.geterr(), outer)


class TestWithRequires(unittest.TestCase):

    def run_with(self, *requirements):
        class Case(unittest.TestCase):
            @testing.with_requires(*requirements)
            def test(self):
                pass

        result = unittest.TestResult()
        Case('test').run(result)
        return [reason for _, reason in result.skipped]

    def test_met(self):
        self.assertEqual(self.run_with('numpy>=1.0', 'pytest'), [])

    def test_not_met(self):
        self.assertEqual(self.run_with('numpy>=1.0', 'numpy<1.0', 'no-such'),
                         ['requires: numpy<1.0, no-such'])
