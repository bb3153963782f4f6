import os
import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

import numpy
from PIL import Image
from numpy import testing

from chainer import datasets
from chainer.datasets import image_dataset

GREY = numpy.array([[0, 50, 100], [150, 200, 255]], numpy.uint8)
RGB = numpy.arange(18, dtype=numpy.uint8).reshape(2, 3, 3)


class ImageTestCase(unittest.TestCase):

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.save(GREY, 'grey.png')
        self.save(RGB, 'rgb.png')

    def path(self, name):
        return os.path.join(self.root, name)

    def save(self, array, name):
        Image.fromarray(array).save(self.path(name))

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        return self.path(name)


class TestImageDataset(ImageTestCase):

    def check(self, array, expected, dtype=numpy.float32):
        self.assertEqual(array.dtype, dtype)
        testing.assert_array_equal(array, expected)

    def test_grey(self):
        images = datasets.ImageDataset([self.path('grey.png')])
        self.check(images[0], GREY[None])

    def test_rgb(self):
        images = datasets.ImageDataset([self.path('rgb.png')])
        self.check(images[0], [RGB[:, :, 0], RGB[:, :, 1], RGB[:, :, 2]])

    def test_indices(self):
        images = datasets.ImageDataset(
            ['grey.png', 'rgb.png', 'grey.png'], self.root)
        self.assertEqual(len(images), 3)
        self.check(images[-1], GREY[None])
        self.check(images[numpy.int32(1)], RGB.transpose(2, 0, 1))
        shapes = [image.shape for image in images[:2]]
        self.assertEqual(shapes, [(1, 2, 3), (3, 2, 3)])
        with self.assertRaises(IndexError):
            images[3]

    def test_dtype(self):
        for dtype in (numpy.uint8, numpy.float16, numpy.float64):
            images = datasets.ImageDataset(['rgb.png'], self.root, dtype)
            self.check(images[0], RGB.transpose(2, 0, 1), dtype)

    def test_alpha(self):
        rgba = numpy.arange(24, dtype=numpy.uint8).reshape(2, 3, 4)
        self.save(rgba, 'rgba.png')
        images = datasets.ImageDataset(['rgba.png'], self.root)
        self.check(images[0], rgba.transpose(2, 0, 1))

    def test_palette_is_resolved(self):
        image = Image.new('P', (2, 1))
        image.putpalette([10, 20, 30, 40, 50, 60])
        image.putdata([1, 0])
        image.save(self.path('palette.png'))
        image.save(self.path('transparent.png'), transparency=1)
        images = datasets.ImageDataset(
            ['palette.png', 'transparent.png'], self.root)
        self.check(images[0], [[[40, 10]], [[50, 20]], [[60, 30]]])
        self.check(images[1],
                   [[[40, 10]], [[50, 20]], [[60, 30]], [[0, 255]]])

    def test_text_file(self):
        self.save(RGB, 'zwölf Farben.png')
        text = self.write(
            'paths.txt', 'rgb.png\n\n  grey.png\r\nzwölf Farben.png')
        for paths in (text, pathlib.Path(text)):
            images = datasets.ImageDataset(paths, self.root)
            self.assertEqual(len(images), 3)
            self.check(images[0], RGB.transpose(2, 0, 1))
            self.check(images[1], GREY[None])
            self.check(images[2], RGB.transpose(2, 0, 1))

    def test_no_images(self):
        images = datasets.ImageDataset(self.write('paths.txt', '\n'))
        self.assertEqual(len(images), 0)
        self.assertEqual(images[:], [])

    def check_not_an_image(self, name):
        images = datasets.ImageDataset(['rgb.png', name], self.root)
        self.check(images[0], RGB.transpose(2, 0, 1))
        with self.assertRaises(OSError) as context:
            images[1]
        self.assertIn(self.path(name), str(context.exception))
        return context.exception

    def test_file_that_is_not_an_image(self):
        self.write('notes.txt', 'Rouen Cathedral, in the morning')
        self.check_not_an_image('notes.txt')

    def test_empty_file(self):
        self.write('empty.png', '')
        self.check_not_an_image('empty.png')

    def test_truncated_image(self):
        noise = numpy.random.RandomState(0).randint(0, 256, (50, 50, 3))
        self.save(noise.astype(numpy.uint8), 'noise.png')
        for length in (20, 40, 1000, 4000):
            with open(self.path('noise.png'), 'rb') as f:
                content = f.read(length)
            with open(self.path('truncated.png'), 'wb') as f:
                f.write(content)
            self.check_not_an_image('truncated.png')

    def test_missing_file(self):
        error = self.check_not_an_image('missing.png')
        self.assertIsInstance(error, FileNotFoundError)

    def test_missing_text_file(self):
        with self.assertRaisesRegex(FileNotFoundError, 'missing.txt'):
            datasets.ImageDataset(self.path('missing.txt'))

    def test_directory(self):
        os.mkdir(self.path('folder'))
        self.check_not_an_image('folder')


class TestLabeledImageDataset(ImageTestCase):

    def check(self, example, image, label, dtype=numpy.float32,
              label_dtype=numpy.int32):
        self.assertIs(type(example), tuple)
        self.assertEqual(example[0].dtype, dtype)
        testing.assert_array_equal(example[0], image)
        self.assertIsInstance(example[1], numpy.ndarray)
        self.assertEqual(example[1].dtype, label_dtype)
        self.assertEqual(example[1].shape, ())
        self.assertEqual(example[1], label)

    def test_pairs(self):
        images = datasets.LabeledImageDataset(
            [('grey.png', 7), ('rgb.png', numpy.int64(-1))], self.root)
        self.assertEqual(len(images), 2)
        self.check(images[0], GREY[None], 7)
        self.check(images[-1], RGB.transpose(2, 0, 1), -1)

    def test_text_file(self):
        text = self.write('pairs.txt', 'rgb.png 3\n\n grey.png\t 12 \n')
        images = datasets.LabeledImageDataset(text, self.root)
        self.assertEqual(len(images), 2)
        self.check(images[0], RGB.transpose(2, 0, 1), 3)
        self.check(images[1], GREY[None], 12)

    def test_dtypes(self):
        images = datasets.LabeledImageDataset(
            [('grey.png', 7)], self.root, numpy.float16, numpy.int8)
        self.check(images[0], GREY[None], 7, numpy.float16, numpy.int8)

    def test_line_that_is_not_a_pair(self):
        for line in ('rgb.png', 'rgb.png 1 2', 'rgb.png one', 'rgb.png 1.5'):
            text = self.write('pairs.txt', f'grey.png 0\n\n{line}\n')
            with self.assertRaisesRegex(
                    ValueError, f"line 3 of {text} is '{line}'"):
                datasets.LabeledImageDataset(text, self.root)

    def test_file_that_is_not_an_image(self):
        text = self.write('pairs.txt', 'pairs.txt 0')
        images = datasets.LabeledImageDataset(text, self.root)
        with self.assertRaisesRegex(OSError, text):
            images[0]


class TestWithoutPillow(unittest.TestCase):

    def test_import_error(self):
        with mock.patch.object(image_dataset, 'Image', None), \
                mock.patch.object(image_dataset, '_import_error',
                                  ImportError('no libpng'), create=True):
            for dataset in (datasets.ImageDataset,
                            datasets.LabeledImageDataset):
                with self.assertRaisesRegex(
                        ImportError, 'no libpng.*pip install Pillow'):
                    dataset([])
