import unittest

import numpy
from numpy import testing

from chainer import datasets
from chainer.datasets import image_arrays

PIXELS = numpy.arange(256, dtype=numpy.uint8).reshape(32, 8)


class TestGetShape(unittest.TestCase):

    def test_known(self):
        self.assertEqual(image_arrays.get_shape(2, [(8,), (2, 4)]), (2, 4))

    def test_unknown(self):
        for ndim in (0, 3, None):
            with self.assertRaisesRegex(
                    ValueError, r'1 for \(8,\), 2 for \(2, 4\)'):
                image_arrays.get_shape(ndim, [(8,), (2, 4)])


class TestMakeDataset(unittest.TestCase):

    def make(self, scale, dtype):
        return image_arrays.make_dataset(PIXELS, None, (2, 4), scale, dtype)

    def test_scale_and_dtype(self):
        for dtype in (numpy.float16, numpy.float32, numpy.float64):
            for scale in (1, 2., 255):
                x = self.make(scale, dtype)
                self.assertEqual(x.dtype, dtype)
                self.assertEqual(x.shape, (32, 2, 4))
                testing.assert_allclose(
                    x.ravel(), numpy.arange(256) * scale / 255,
                    rtol=4 * numpy.finfo(dtype).eps)

    def test_integers(self):
        for dtype in (numpy.uint8, numpy.int32):
            for scale in (100, 255):
                x = self.make(scale, dtype)
                self.assertEqual(x.dtype, dtype)
                testing.assert_array_equal(
                    x.ravel(), (numpy.arange(256) * scale + 127) // 255)

    def test_images_are_left_as_they_are(self):
        before = PIXELS.copy()
        self.make(255, numpy.uint8)[...] = 0
        testing.assert_array_equal(PIXELS, before)

    def test_labels(self):
        labels = numpy.arange(32, dtype=numpy.int16)
        dataset = image_arrays.make_dataset(
            PIXELS, labels, (8,), 1., numpy.float32)
        self.assertIsInstance(dataset, datasets.TupleDataset)
        x, t = dataset[3]
        testing.assert_allclose(x, numpy.arange(24, 32) / 255, rtol=1e-6)
        self.assertEqual(t, 3)
        self.assertEqual(t.dtype, numpy.int16)
