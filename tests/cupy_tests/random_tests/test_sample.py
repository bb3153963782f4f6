import unittest

import numpy

import cupy
from cupy.random import generator


class TestUniformSamples(unittest.TestCase):

    def test_global_state(self):
        for name, args in [('rand', (3, 5)), ('randn', (3, 5)),
                           ('random_sample', ((3, 5),))]:
            for dtype in 'fd':
                cupy.random.seed(9)
                expected = getattr(generator.get_random_state(), name)(
                    *args, dtype=dtype)
                cupy.random.seed(9)
                actual = getattr(cupy.random, name)(*args, dtype=dtype)
                self.assertEqual((3, 5), actual.shape)
                self.assertEqual(dtype, actual.dtype.char)
                numpy.testing.assert_array_equal(
                    expected.get(), actual.get())

    def test_names(self):
        self.assertIs(cupy.random.random_sample, cupy.random.random)
        self.assertIs(cupy.random.random_sample, cupy.random.ranf)
        self.assertIs(cupy.random.random_sample, cupy.random.sample)
        self.assertEqual(5, len(cupy.random.bytes(5)))

    def test_wrong_keyword(self):
        with self.assertRaisesRegex(TypeError, "rand.*'shape'"):
            cupy.random.rand(3, shape=2)


class IntegerTestCase(unittest.TestCase):

    def setUp(self):
        cupy.random.seed(3)

    def frequencies(self, x, least, largest):
        x = x.get()
        self.assertEqual(numpy.int64, x.dtype)
        self.assertEqual(least, x.min())
        self.assertEqual(largest, x.max())
        counts = numpy.bincount(x - least)
        expected = x.size / len(counts)
        self.assertLess(((counts - expected) ** 2 / expected).sum(),
                        len(counts) + 5 * (2 * len(counts)) ** .5)


class TestRandint(IntegerTestCase):

    def test_frequencies(self):
        self.frequencies(cupy.random.randint(6, size=20000), 0, 5)
        self.frequencies(cupy.random.randint(-3, 7, (100, 200)).ravel(),
                         -3, 6)

    def test_shapes(self):
        for size, shape in ((None, ()), ((), ()), (0, (0,)), (3, (3,)),
                            ((2, 3), (2, 3)), ((2, 0), (2, 0))):
            x = cupy.random.randint(5, size=size)
            self.assertEqual(shape, x.shape)
            self.assertEqual(numpy.int64, x.dtype)

    def test_one_value(self):
        for value in (-7, 0, (1 << 63) - 1, -1 << 63):
            x = cupy.random.randint(value, value + 1, 10)
            self.assertEqual([value] * 10, x.tolist())

    def test_whole_range(self):
        x = cupy.random.randint(-1 << 63, 1 << 63, 1000).get()
        self.assertLess(abs((x < 0).sum() - 500), 80)
        self.assertGreater(len(set(x.tolist())), 990)

    def test_half_of_the_range(self):
        low, high = -(3 << 61), 3 << 61
        x = cupy.random.randint(low, high, 1000).get()
        self.assertTrue(((x >= low) & (x < high)).all())
        self.assertLess(abs((x < 0).sum() - 500), 80)

    def test_floats_are_truncated_as_in_numpy(self):
        self.assertEqual([0] * 9, cupy.random.randint(1.9, size=9).tolist())
        self.assertEqual(
            [2] * 9, cupy.random.randint(2.5, 3.5, size=9).tolist())

    def test_errors_are_numpys(self):
        for args in ((0,), (-1,), (3, 3), (5, 2), (0, (1 << 63) + 1),
                     ((-1 << 63) - 1, 0), ('a',), (None,), (3, 5, -1)):
            with self.assertRaises((ValueError, TypeError)) as expected:
                numpy.random.randint(*args)
            with self.assertRaises(type(expected.exception)):
                cupy.random.randint(*args)

    def test_messages(self):
        with self.assertRaisesRegex(
                ValueError, 'from low = 5 to below high = 2'):
            cupy.random.randint(5, 2)
        with self.assertRaisesRegex(ValueError, 'do not fit into int64'):
            cupy.random.randint(1 << 64)

    def test_reproducible(self):
        first = cupy.random.randint(10, size=99).tolist()
        self.assertNotEqual(first, cupy.random.randint(10, size=99).tolist())
        cupy.random.seed(3)
        self.assertEqual(first, cupy.random.randint(10, size=99).tolist())


class TestRandomIntegers(IntegerTestCase):

    def test_frequencies(self):
        self.frequencies(cupy.random.random_integers(6, size=20000), 1, 6)
        self.frequencies(
            cupy.random.random_integers(-3, 7, (100, 200)).ravel(), -3, 7)

    def test_shapes(self):
        self.assertEqual((), cupy.random.random_integers(5).shape)
        self.assertEqual((2, 3), cupy.random.random_integers(
            1, 5, (2, 3)).shape)

    def test_one_value(self):
        self.assertEqual(1, cupy.random.random_integers(1))
        limit = (1 << 63) - 1
        self.assertEqual(
            [limit] * 3, cupy.random.random_integers(limit, limit, 3).tolist())

    def test_wrong_bounds(self):
        for args, message in [
                ((0,), 'low = 1 to high = 0'), ((3, 2), 'low = 3 to high'),
                ((0, 1 << 63), 'do not fit'),
                (((-1 << 63) - 1, 0), 'do not fit')]:
            with self.assertRaisesRegex(ValueError, message):
                cupy.random.random_integers(*args)
