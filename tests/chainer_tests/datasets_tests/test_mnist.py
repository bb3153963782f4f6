import gzip
import io
import os
import pathlib
import shutil
import struct
import tempfile
import unittest
from contextlib import redirect_stderr
from unittest import mock

import numpy
from numpy import testing

from chainer import datasets
from chainer.dataset import download, mirrors
from chainer.datasets import fashion_mnist, mnist

FILES = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte',
         't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']


class MnistFormatTests:
    """Tests of a data set in the format of MNIST, here with few images."""

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.folder = os.path.join(self.root, *self.name.split('/'))
        os.makedirs(self.folder)
        random = numpy.random.RandomState(0)
        self.arrays = [
            random.randint(0, high, shape).astype(numpy.uint8)
            for high, shape in ((256, (7, 28, 28)), (10, 7),
                                (256, (3, 28, 28)), (10, 3))]
        self.set_source([pathlib.Path(self.root, 'nowhere').as_uri() + '/'])
        for patch in (mock.patch.object(download, '_root', self.root),
                      redirect_stderr(io.StringIO())):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)

    def set_source(self, urls, directories=()):
        """Puts mirrors of this machine in the place of those of the world."""
        files = {f'{name}.gz': lambda path: None for name in FILES}
        patch = mock.patch.object(
            self.module, '_SOURCE',
            mirrors.Source(self.name, files, urls, directories))
        patch.start()
        self.addCleanup(patch.stop)

    def put_files(self, folder, compress=True):
        for name, array in zip(FILES, self.arrays, strict=True):
            content = struct.pack(
                f'>{1 + array.ndim}I', 0x800 + array.ndim, *array.shape)
            content += array.tobytes()
            if compress:
                name, content = f'{name}.gz', gzip.compress(content)
            with open(os.path.join(folder, name), 'wb') as f:
                f.write(content)

    def check(self, train_and_test):
        self.assertIs(type(train_and_test), tuple)
        self.assertEqual(len(train_and_test), 2)
        for i, dataset in enumerate(train_and_test):
            images, labels = self.arrays[2 * i:2 * i + 2]
            self.assertIsInstance(dataset, datasets.TupleDataset)
            self.assertEqual(len(dataset), len(images))
            for (x, t), image, label in zip(
                    dataset, images, labels, strict=True):
                self.assertEqual(x.dtype, numpy.float32)
                testing.assert_allclose(x, image.ravel() / 255, rtol=1e-6)
                self.assertIsInstance(t, numpy.int32)
                self.assertEqual(t, label)

    def test_files_of_the_user(self):
        self.put_files(self.folder)
        self.check(self.get())

    def test_unpacked_files_of_the_user(self):
        self.put_files(self.folder, compress=False)
        self.check(self.get())

    def test_mirror(self):
        mirror = os.path.join(self.root, 'mirror')
        os.mkdir(mirror)
        self.put_files(mirror)
        self.set_source([pathlib.Path(mirror).as_uri() + '/'])
        self.check(self.get())

    def test_second_time_takes_the_converted_files(self):
        self.put_files(self.folder)
        self.get()
        for name in FILES:
            os.remove(os.path.join(self.folder, f'{name}.gz'))
        self.check(self.get())

    def test_converted_files_have_the_layout_of_version_1(self):
        self.put_files(self.folder)
        self.get()
        for i, name in enumerate(('train.npz', 'test.npz')):
            with numpy.load(os.path.join(self.folder, name)) as npz:
                images, labels = self.arrays[2 * i:2 * i + 2]
                self.assertEqual(sorted(npz), ['x', 'y'])
                testing.assert_array_equal(
                    npz['x'], images.reshape(-1, 784), strict=True)
                testing.assert_array_equal(npz['y'], labels, strict=True)

    def test_broken_converted_file(self):
        self.put_files(self.folder)
        self.get()
        path = os.path.join(self.folder, 'test.npz')
        with open(path, 'r+b') as f:
            f.truncate(100)
        with self.assertWarnsRegex(RuntimeWarning, path):
            self.check(self.get())
        self.check(self.get())

    def test_converted_file_of_something_else(self):
        self.put_files(self.folder)
        path = os.path.join(self.folder, 'train.npz')
        x, y = self.arrays[0].reshape(-1, 784), self.arrays[1]
        for wrong in ({'x': x, 'y': y[:-1]}, {'x': x, 'y': y + 10},
                      {'x': x / 255, 'y': y}, {'x': x[:, 1:], 'y': y},
                      {'x': x, 'y': y / 1}, {'x': x[:0], 'y': y[:0]},
                      {'x': x}):
            numpy.savez(path, **wrong)
            with self.assertWarnsRegex(RuntimeWarning, path):
                self.check(self.get())

    def test_ndim(self):
        self.put_files(self.folder)
        for ndim, shape in ((1, (784,)), (2, (28, 28)), (3, (1, 28, 28))):
            train, test = self.get(ndim=ndim)
            testing.assert_allclose(
                test[1][0], self.arrays[2][1].reshape(shape) / 255, rtol=1e-6)
            self.assertEqual(train[0][0].shape, shape)

    def test_bad_ndim(self):
        # It is refused before anything is looked for.
        for ndim in (0, 4):
            with self.assertRaisesRegex(ValueError, f'{ndim} dimensions'):
                self.get(ndim=ndim)

    def test_without_label(self):
        self.put_files(self.folder)
        for i, x in enumerate(self.get(withlabel=False, ndim=2)):
            self.assertIsInstance(x, numpy.ndarray)
            self.assertEqual(x.dtype, numpy.float32)
            testing.assert_allclose(x, self.arrays[2 * i] / 255, rtol=1e-6)

    def test_scale_and_dtypes(self):
        self.put_files(self.folder)
        _, test = self.get(
            scale=255., dtype=numpy.float64, label_dtype=numpy.int8)
        x, t = test[2]
        self.assertEqual(x.dtype, numpy.float64)
        self.assertEqual(t.dtype, numpy.int8)
        testing.assert_array_equal(x, self.arrays[2][2].ravel())
        self.assertEqual(t, self.arrays[3][2])

    def test_offline(self):
        with self.assertRaises(OSError) as context:
            self.get()
        message = str(context.exception)
        self.assertIn(self.folder, message)
        self.assertIn('nowhere', message)
        for name in FILES:
            self.assertIn(f'\n  {name}.gz\n', message)

    def test_truncated_file(self):
        self.put_files(self.folder)
        path = os.path.join(self.folder, 'train-images-idx3-ubyte.gz')
        with open(path, 'r+b') as f:
            f.truncate(1000)
        with self.assertRaisesRegex(ValueError, path):
            self.get()
        self.put_files(self.folder)
        self.check(self.get())

    def test_files_that_do_not_belong_together(self):
        self.arrays[0] = self.arrays[0][:5]
        self.put_files(self.folder)
        with self.assertRaisesRegex(
                ValueError, 'train-images.*train-labels.*5.*7'):
            self.get()


class TestGetMnist(MnistFormatTests, unittest.TestCase):

    module = mnist
    name = 'pfnet/chainer/mnist'
    get = staticmethod(datasets.get_mnist)


class TestGetFashionMnist(MnistFormatTests, unittest.TestCase):

    module = fashion_mnist
    name = 'pfnet/chainer/fashion-mnist'
    get = staticmethod(datasets.get_fashion_mnist)

    def test_files_of_a_distribution(self):
        package = os.path.join(self.root, 'package')
        os.mkdir(package)
        self.put_files(package)
        self.set_source([], [package])
        self.check(self.get())


class TestSources(unittest.TestCase):

    def test_every_file_has_a_checksum_and_every_mirror_is_https(self):
        for module in (mnist, fashion_mnist):
            source = module._SOURCE
            self.assertEqual(
                list(source._files), [f'{name}.gz' for name in FILES])
            for check in source._files.values():
                with self.assertRaisesRegex(
                        ValueError, r'expected (md5:\w{32}|sha256:\w{64}),'):
                    check(os.devnull)
            for url in source._urls:
                self.assertRegex(url, '^https://.*/$')
