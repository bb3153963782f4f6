import gzip
import io
import os
import pathlib
import shutil
import tarfile
import tempfile
import unittest
from contextlib import redirect_stderr
from unittest import mock

import numpy
from numpy import testing

from chainer import datasets
from chainer.dataset import download, mirrors
from chainer.datasets import cifar


class CifarTests:
    """Tests of a CIFAR data set, here with few images."""

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.folder = os.path.join(self.root, 'pfnet', 'chainer', 'cifar')
        os.makedirs(self.folder)
        self.archive = os.path.join(self.folder, f'{self.name}-binary.tar.gz')
        random = numpy.random.RandomState(0)
        self.records = {}
        for split, n in (('train', 10), ('test', 4)):
            x = random.randint(0, 256, (n, 3072)).astype(numpy.uint8)
            y = random.randint(0, self.n_class, n).astype(numpy.uint8)
            self.records[split] = x, y
        self.set_source([pathlib.Path(self.root, 'nowhere').as_uri() + '/'])
        for patch in (mock.patch.object(download, '_root', self.root),
                      redirect_stderr(io.StringIO())):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)

    def set_source(self, urls):
        """Puts mirrors of this machine in the place of those of the world."""
        patch = mock.patch.object(cifar, '_SOURCE', mirrors.Source(
            'pfnet/chainer/cifar',
            {f'{self.name}-binary.tar.gz': lambda path: None}, urls))
        patch.start()
        self.addCleanup(patch.stop)

    def write(self, members, path=None):
        with tarfile.open(path or self.archive, 'w:gz') as archive:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                if content is None:
                    member.type = tarfile.DIRTYPE
                    archive.addfile(member)
                else:
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))

    def check(self, train_and_test):
        self.assertIs(type(train_and_test), tuple)
        for split, dataset in zip(
                ('train', 'test'), train_and_test, strict=True):
            images, labels = self.records[split]
            self.assertIsInstance(dataset, datasets.TupleDataset)
            self.assertEqual(len(dataset), len(images))
            for (x, t), image, label in zip(
                    dataset, images, labels, strict=True):
                self.assertEqual(x.dtype, numpy.float32)
                testing.assert_allclose(
                    x, image.reshape(3, 32, 32) / 255, rtol=1e-6)
                self.assertIsInstance(t, numpy.int32)
                self.assertEqual(t, label)

    def test_file_of_the_user(self):
        self.write(self.members())
        self.check(self.get())

    def test_unpacked_file_of_the_user(self):
        self.write(self.members())
        with gzip.open(self.archive) as f, \
                open(self.archive.removesuffix('.gz'), 'wb') as g:
            shutil.copyfileobj(f, g)
        os.remove(self.archive)
        self.check(self.get())

    def test_mirror(self):
        mirror = os.path.join(self.root, 'mirror')
        os.mkdir(mirror)
        self.write(self.members(),
                   os.path.join(mirror, f'{self.name}-binary.tar.gz'))
        self.set_source([pathlib.Path(mirror).as_uri() + '/'])
        self.check(self.get())

    def test_converted_file_has_the_layout_of_version_1(self):
        self.write(self.members())
        self.get()
        path = os.path.join(self.folder, f'{self.name}.npz')
        with numpy.load(path) as npz:
            self.assertEqual(
                sorted(npz), ['test_x', 'test_y', 'train_x', 'train_y'])
            for split, (x, y) in self.records.items():
                testing.assert_array_equal(npz[f'{split}_x'], x)
                testing.assert_array_equal(npz[f'{split}_y'], y)

    def test_converted_file_of_version_1(self):
        (train_x, train_y), (test_x, test_y) = self.records.values()
        numpy.savez_compressed(
            os.path.join(self.folder, f'{self.name}.npz'),
            train_x=train_x.reshape(5, 2, 3072), train_y=train_y.reshape(5, 2),
            test_x=test_x.reshape(4, 3, 32, 32), test_y=test_y.astype('l'))
        self.check(self.get())

    def test_broken_converted_file(self):
        self.write(self.members())
        path = os.path.join(self.folder, f'{self.name}.npz')
        x, y = self.records['test']
        right = {'train_x': x, 'train_y': y, 'test_x': x, 'test_y': y}
        for wrong in ({'test_y': y + 100}, {'test_y': y[1:]},
                      {'test_x': x / 2}, {'train_y': y / 2},
                      {'train_x': x[:0], 'train_y': y[:0]}):
            numpy.savez(path, **dict(right, **wrong))
            with self.assertWarnsRegex(RuntimeWarning, path):
                self.check(self.get())
        del right['test_y']
        numpy.savez(path, **right)
        with self.assertWarnsRegex(RuntimeWarning, 'test_y'):
            self.check(self.get())
        self.check(self.get())

    def test_ndim(self):
        self.write(self.members())
        x = self.records['test'][0]
        testing.assert_allclose(
            self.get(ndim=1)[1][2][0], x[2] / 255, rtol=1e-6)
        for ndim in (0, 2, 4):
            with self.assertRaisesRegex(ValueError, f'{ndim} dimensions'):
                self.get(ndim=ndim)

    def test_without_label(self):
        self.write(self.members())
        for split, x in zip(
                ('train', 'test'), self.get(withlabel=False), strict=True):
            self.assertIsInstance(x, numpy.ndarray)
            testing.assert_allclose(
                x.reshape(-1, 3072), self.records[split][0] / 255, rtol=1e-6)

    def test_scale(self):
        self.write(self.members())
        x = self.get(scale=255.)[1][1][0]
        self.assertEqual(x.dtype, numpy.float32)
        testing.assert_array_equal(x.ravel(), self.records['test'][0][1])

    def test_offline(self):
        with self.assertRaises(OSError) as context:
            self.get()
        message = str(context.exception)
        self.assertIn(self.folder, message)
        self.assertIn(f'\n  {self.name}-binary.tar.gz\n', message)

    def check_refused(self, message):
        with self.assertRaisesRegex(ValueError, message) as context:
            self.get()
        self.assertIn(self.archive, str(context.exception))

    def test_not_an_archive(self):
        with open(self.archive, 'w') as f:
            f.write('<html>')
        self.check_refused('is damaged')

    def test_truncated_archive(self):
        self.write(self.members())
        with open(self.archive, 'r+b') as f:
            f.truncate(20000)
        self.check_refused('is damaged')

    def test_damaged_archive(self):
        self.write(self.members())
        with open(self.archive, 'r+b') as f:
            f.seek(15000)
            f.write(bytes(200))
        self.check_refused('is damaged')

    def test_missing_member(self):
        for name in self.members():
            members = self.members()
            del members[name]
            self.write(members)
            self.check_refused(name)

    def test_member_that_is_a_directory(self):
        members = self.members()
        members[list(members)[-1]] = None
        self.write(members)
        self.check_refused('is not a file')

    def test_incomplete_record(self):
        members = self.members()
        name = list(members)[-1]
        members[name] = members[name][:-1]
        self.write(members)
        self.check_refused('not a multiple')

    def test_label_out_of_range(self):
        self.records['test'][1][2] = self.n_class
        self.write(self.members())
        self.check_refused(f'from 0 to {self.n_class - 1}')

    def test_other_members_are_left_alone(self):
        members = self.members()
        members['../evil'] = b'evil'
        members[f'{self.root}/evil'] = b'evil'
        self.write(members)
        self.check(self.get())
        for _, _, names in os.walk(self.root):
            self.assertNotIn('evil', names)


class TestGetCifar10(CifarTests, unittest.TestCase):

    name = 'cifar-10'
    n_class = 10
    get = staticmethod(datasets.get_cifar10)

    def members(self):
        x, y = self.records['train']
        members = {}
        for i in range(5):
            members[f'cifar-10-batches-bin/data_batch_{i + 1}.bin'] = b''.join(
                bytes([y[k]]) + x[k].tobytes() for k in (2 * i, 2 * i + 1))
        x, y = self.records['test']
        members['cifar-10-batches-bin/test_batch.bin'] = b''.join(
            bytes([y[k]]) + x[k].tobytes() for k in range(4))
        return members


class TestGetCifar100(CifarTests, unittest.TestCase):

    name = 'cifar-100'
    n_class = 100
    get = staticmethod(datasets.get_cifar100)

    def members(self):
        return {
            f'cifar-100-binary/{split}.bin': b''.join(
                bytes([19, y[k]]) + x[k].tobytes() for k in range(len(x)))
            for split, (x, y) in self.records.items()}


class TestSource(unittest.TestCase):

    def test_every_file_has_a_checksum_and_every_mirror_is_https(self):
        for check in cifar._SOURCE._files.values():
            with self.assertRaisesRegex(ValueError, r'expected md5:\w{32},'):
                check(os.devnull)
        for url in cifar._SOURCE._urls:
            self.assertRegex(url, '^https://.*/$')
