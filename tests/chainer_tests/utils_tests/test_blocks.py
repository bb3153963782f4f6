import unittest

import numpy

from chainer.utils import blocks

LARGE = 5 * blocks.SIZE + 7


def subtract_tenth(y, x, a):
    a = numpy.multiply(x, 0.1, out=a)
    y -= a


class TestRun(unittest.TestCase):

    def check(self, y, x, dtype=numpy.float32):
        expected = y - 0.1 * x.astype(numpy.float64)
        before = x.copy()
        result = y
        blocks.run(subtract_tenth, (y,), (x,))
        self.assertIs(result, y)
        self.assertEqual(y.dtype, dtype)
        eps = numpy.finfo(dtype).eps
        numpy.testing.assert_allclose(y, expected, atol=2 * eps)
        numpy.testing.assert_array_equal(x, before)

    def arrays(self, shape, dtype=numpy.float32):
        random = numpy.random.RandomState(0)
        return [numpy.asarray(random.uniform(-1, 1, shape), dtype)
                for _ in range(2)]

    def test_shapes(self):
        for shape in [(), (1,), (0,), (3, 0), (2, 3, 4), (LARGE,),
                      (blocks.SIZE,), (8, blocks.SIZE), (LARGE // 3, 3)]:
            with self.subTest(shape=shape):
                self.check(*self.arrays(shape))

    def test_dtypes(self):
        for shape in [(), (7,), (LARGE,)]:
            for dtype in (numpy.float16, numpy.float32, numpy.float64):
                with self.subTest(shape=shape, dtype=dtype):
                    self.check(*self.arrays(shape, dtype), dtype)

    def test_not_contiguous(self):
        for shape in [(4, 3), (LARGE // 3, 3)]:
            y, x = self.arrays(shape)
            self.check(y.T, x.T)
            self.check(y[:, ::2], x[:, ::2])
            self.check(y.T, x.T.copy())

    def test_blocks(self):
        sizes = []

        def step(y, a, b):
            sizes.append((y.shape, a.shape, b.shape))
            a = numpy.add(y, 1, out=a)
            y[...] = a

        y = numpy.zeros((5, blocks.SIZE + 1), 'f')
        blocks.run(step, (y,), scratch=2)
        whole = ((blocks.SIZE,),) * 3
        self.assertEqual(sizes, [whole] * 5 + [((5,),) * 3])
        self.assertTrue((y == 1).all())

    def test_small_array_is_one_block(self):
        seen = []
        y, x = self.arrays((2, 3))
        blocks.run(lambda *args: seen.append(args), (y,), (x,))
        self.assertEqual(len(seen), 1)
        self.assertIs(seen[0][0], y)
        self.assertIs(seen[0][1], x)
        self.assertIsNone(seen[0][2])

    def test_float16_is_rounded_once(self):
        # In float16, 1 + 2^-12 is 1.
        y = numpy.ones(3, numpy.float16)
        total = numpy.zeros(3, numpy.float32)

        def step(y, total):
            self.assertEqual(y.dtype, numpy.float32)
            for _ in range(8):
                y += 2.0 ** -12
            total += y

        blocks.run(step, (y, total), scratch=0)
        self.assertEqual(y.dtype, numpy.float16)
        numpy.testing.assert_array_equal(y, 1 + 2.0 ** -9)
        numpy.testing.assert_array_equal(total, 1 + 2.0 ** -9)


class TestSquaredNorm(unittest.TestCase):

    def test_values(self):
        random = numpy.random.RandomState(0)
        for shape in [(), (0,), (7,), (2, 3, 4), (LARGE,)]:
            for dtype in (numpy.float16, numpy.float32, numpy.float64):
                x = numpy.asarray(random.uniform(-1, 1, shape), dtype)
                norm = blocks.squared_norm(x)
                self.assertIs(type(norm), float)
                expected = (x.astype(numpy.float64) ** 2).sum()
                numpy.testing.assert_allclose(norm, expected, rtol=1e-5)

    def test_not_contiguous(self):
        x = numpy.arange(12, dtype='f').reshape(3, 4)
        self.assertEqual(blocks.squared_norm(x.T), 506)
        self.assertEqual(blocks.squared_norm(x[:, ::2]), 220)

    def test_range_of_type(self):
        for dtype, value in [(numpy.float16, 6e4), (numpy.float32, 1e30),
                             (numpy.float16, 1e-7), (numpy.float32, 1e-30)]:
            x = numpy.full(1000, value, dtype)
            expected = 1000 * float(x[0]) ** 2
            numpy.testing.assert_allclose(blocks.squared_norm(x), expected)

    def test_nan_and_inf(self):
        self.assertTrue(numpy.isnan(
            blocks.squared_norm(numpy.array([1, numpy.nan], 'f'))))
        self.assertEqual(
            blocks.squared_norm(numpy.array([1, numpy.inf], 'f')), numpy.inf)


class TestFlushDenormals(unittest.TestCase):

    def test_float(self):
        for dtype in (numpy.float32, numpy.float64):
            tiny = float(numpy.finfo(dtype).tiny)
            x = numpy.array([tiny / 4, -tiny, tiny * 2 ** 19, -tiny * 2 ** 21,
                             1, numpy.nan, -numpy.inf, 0], dtype)
            expected = numpy.array([0, 0, 0, -tiny * 2 ** 21, 1, numpy.nan,
                                    -numpy.inf, 0], dtype)
            blocks.flush_denormals(x)
            numpy.testing.assert_array_equal(x, expected)

    def test_large(self):
        x = numpy.full(LARGE, 1e-40, 'f')
        x[::2] = 1
        blocks.flush_denormals(x)
        numpy.testing.assert_array_equal(x[::2], 1)
        numpy.testing.assert_array_equal(x[1::2], 0)

    def test_others_are_left_alone(self):
        for x in (numpy.array([1e-7, 1e-3], numpy.float16),
                  numpy.array([0, 1, 2])):
            before = x.copy()
            blocks.flush_denormals(x)
            numpy.testing.assert_array_equal(x, before)
