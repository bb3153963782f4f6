import unittest

import numpy

from chainer import testing
from chainer.utils import conv, type_check


def count_positions(size, k, s, p, cover_all):
    """Moves a window along an axis until it does not fit any more."""
    end, count, start = size + p, 0, -p
    if cover_all:
        # Until no pixel of the padded image is left out.
        while True:
            count += 1
            if start + k >= end:
                return count
            start += s
    while start + k <= end:
        count += 1
        start += s
    return count


class TestOutsize(unittest.TestCase):

    def each(self):
        for size in range(1, 9):
            for k in range(1, 5):
                for s in range(1, 5):
                    for p in range(3):
                        if size + 2 * p >= k:
                            yield size, k, s, p

    def test_conv(self):
        for case in self.each():
            self.assertEqual(
                conv.get_conv_outsize(*case), count_positions(*case, False))

    def test_conv_cover_all(self):
        for case in self.each():
            self.assertEqual(conv.get_conv_outsize(*case, cover_all=True),
                             count_positions(*case, True))

    def test_window_too_large(self):
        self.assertEqual(conv.get_conv_outsize(2, 3, 1, 0), 0)
        self.assertLess(conv.get_conv_outsize(2, 8, 3, 1), 0)

    def test_deconv_is_the_smallest_inverse(self):
        for size, k, s, p in self.each():
            for cover_all in False, True:
                image = conv.get_deconv_outsize(size, k, s, p, cover_all)
                if image < 1:
                    continue
                self.assertEqual(
                    conv.get_conv_outsize(image, k, s, p, cover_all), size)
                self.assertLess(
                    conv.get_conv_outsize(image - 1, k, s, p, cover_all),
                    size)


class TestAsPair(unittest.TestCase):

    def test_int(self):
        self.assertEqual(conv.as_pair('pad', 3, 0), (3, 3))
        self.assertEqual(conv.as_pair('pad', numpy.int64(3), 0), (3, 3))

    def test_pair(self):
        for value in (1, 2), [1, 2], numpy.array([1, 2]):
            self.assertEqual(conv.as_pair('stride', value, 1), (1, 2))

    def test_wrong(self):
        for value in 0, (1, 0), (1, 2, 3), (), 1.5, '2', None:
            with self.assertRaisesRegex(
                    ValueError, r'stride must be an integer or a pair of '
                    r'integers \(height, width\), 1 or more, but got'):
                conv.as_pair('stride', value, 1)


class TestExpectWindow(unittest.TestCase):

    def check(self, *args, **kwargs):
        x = numpy.zeros((1, 1, 5, 6), 'f')
        conv.expect_window(x, *args, **kwargs)
        in_types = type_check.get_types((x,), 'in_types', False)
        conv.expect_window(in_types[0], *args, **kwargs)

    def test_fits(self):
        self.check((5, 6), (1, 1), (0, 0))
        self.check((7, 8), (1, 1), (1, 1))
        self.check((6, 7), (2, 2), (0, 0), cover_all=True)

    def test_too_high(self):
        with self.assertRaisesRegex(type_check.InvalidType, (
                r'^Expect: output height > 0\n'
                r'Actual: -1 <= 0: the image of height 5, padded by 1 on '
                r'either side, is too small for a window of height 10 '
                r'\(stride 2\)')):
            self.check((10, 6), (2, 1), (1, 0))

    def test_too_wide(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: output width > 0\n'
                r'Actual: 0 <= 0: the image of width 6, padded by 0 '):
            self.check((5, 7), (1, 1), (0, 0))


@testing.parameterize(*testing.product({
    'ksize': [(1, 1), (2, 3), (4, 2)],
    'stride': [(1, 1), (2, 3), (4, 1)],
    'pad': [(0, 0), (1, 2)],
    'cover_all': [False, True],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestIm2Col(unittest.TestCase):

    shape = 2, 3, 5, 4

    def setUp(self):
        self.random = numpy.random.RandomState(0)
        self.img = self.random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.out = tuple(
            conv.get_conv_outsize(size, k, s, p, self.cover_all)
            for size, k, s, p in zip(
                self.shape[2:], self.ksize, self.stride, self.pad))
        self.args = self.stride + self.pad

    def pixels(self):
        """Iterates over indices of columns, and of the pixels seen there."""
        for i in numpy.ndindex(self.shape[:2] + self.ksize + self.out):
            y = i[4] * self.stride[0] + i[2] - self.pad[0]
            x = i[5] * self.stride[1] + i[3] - self.pad[1]
            inside = 0 <= y < self.shape[2] and 0 <= x < self.shape[3]
            yield i, i[:2] + (y, x) if inside else None

    def check_im2col(self, img, pval):
        before = img.copy()
        col = conv.im2col_cpu(
            img, *self.ksize, *self.args, pval, self.cover_all)
        self.assertEqual(col.shape, self.shape[:2] + self.ksize + self.out)
        self.assertEqual(col.dtype, self.dtype)
        self.assertTrue(col.flags.c_contiguous)
        self.assertFalse(numpy.may_share_memory(col, img))
        for i, pixel in self.pixels():
            self.assertEqual(col[i], pval if pixel is None else img[pixel])
        numpy.testing.assert_array_equal(img, before)

    def test_im2col(self):
        self.check_im2col(self.img, 0)

    def test_im2col_padding(self):
        self.check_im2col(self.img, -numpy.inf)

    def test_im2col_not_contiguous(self):
        self.check_im2col(self.img.T.copy().T[..., ::-1], 7)

    def test_col2im(self):
        col = self.random.uniform(
            -1, 1, self.shape[:2] + self.ksize + self.out).astype(self.dtype)
        before = col.copy()
        expected = numpy.zeros(self.shape)
        for i, pixel in self.pixels():
            if pixel is not None:
                expected[pixel] += col[i]
        img = conv.col2im_cpu(col, *self.args, *self.shape[2:])
        self.assertEqual(img.shape, self.shape)
        self.assertEqual(img.dtype, self.dtype)
        eps = 16 * float(numpy.finfo(self.dtype).eps)
        testing.assert_allclose(img, expected, atol=eps, rtol=0)
        numpy.testing.assert_array_equal(col, before)


class TestIm2ColEmpty(unittest.TestCase):

    def test_no_image(self):
        col = conv.im2col_cpu(numpy.zeros((0, 3, 5, 4), 'f'), 2, 2, 1, 1, 1, 1)
        self.assertEqual(col.shape, (0, 3, 2, 2, 6, 5))
        img = conv.col2im_cpu(col, 1, 1, 1, 1, 5, 4)
        self.assertEqual(img.shape, (0, 3, 5, 4))

    def test_image_larger_than_what_is_seen(self):
        col = numpy.ones((1, 1, 2, 2, 1, 1), 'f')
        img = conv.col2im_cpu(col, 2, 2, 0, 0, 3, 4)
        self.assertEqual(
            img[0, 0].tolist(), [[1, 1, 0, 0], [1, 1, 0, 0], [0] * 4])
