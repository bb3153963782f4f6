import os
import sys
import sysconfig
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import onednn, openblas, utils, wheels


class TestSiteFolders(unittest.TestCase):

    def test_environment_that_is_not_on_the_path(self):
        path = [folder for folder in sys.path
                if folder != sysconfig.get_path('purelib')]
        with mock.patch.object(sys, 'path', path):
            self.assertIn(sysconfig.get_path('purelib'),
                          wheels.site_folders())

    def test_once_and_existing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = [folder, f'{folder}/absent', folder]
            with mock.patch.object(sys, 'path', path):
                found = wheels.site_folders()
        self.assertEqual(found.count(folder), 1)
        self.assertEqual(found[0], folder)
        self.assertNotIn(f'{folder}/absent', found)


class TestWheels(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def test_version(self):
        fakes.distribution(self.machine.site, 'some-wheel', version='2.3')
        self.assertEqual(wheels.version('some-wheel'), '2.3')
        self.assertIsNone(wheels.version('other-wheel'))

    def test_folder_of(self):
        fakes.distribution(self.machine.site, 'some-wheel',
                           {'../../../include/x.h': ''})
        self.assertEqual(wheels.folder_of('some-wheel', 'x.h'),
                         f'{self.machine.root}/include')
        self.assertIsNone(wheels.folder_of('some-wheel', 'y.h'))
        self.assertIsNone(wheels.folder_of('other-wheel', 'x.h'))

    def test_folder_of_a_file_that_was_deleted(self):
        fakes.distribution(self.machine.site, 'some-wheel', {'x.h': ''})
        os.remove(f'{self.machine.site}/x.h')
        self.assertIsNone(wheels.folder_of('some-wheel', 'x.h'))

    def test_no_record(self):
        fakes.distribution(self.machine.site, 'some-wheel', {'x.h': ''})
        os.remove(f'{self.machine.site}/some_wheel-1.0.dist-info/RECORD')
        self.assertIsNone(wheels.folder_of('some-wheel', 'x.h'))


class TestOneDNN(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def install(self, major=3, headers=True, library=True):
        if headers:
            fakes.distribution(self.machine.site, 'onednn-devel-cpu-gomp', {
                '../../../include/dnnl.h': '',
                '../../../include/oneapi/dnnl/dnnl_version.h':
                    f'#define DNNL_VERSION_MAJOR {major}\n'
                    f'#define DNNL_VERSION_MINOR 2\n'
                    f'#define DNNL_VERSION_PATCH 0\n'})
        if library:
            fakes.distribution(self.machine.site, 'onednn-cpu-gomp',
                               {'../../libdnnl.so.3': ''})

    def test_found(self):
        self.install()
        self.assertEqual(onednn.find(), onednn.OneDNN(
            f'{self.machine.root}/include',
            f'{self.machine.root}/lib/libdnnl.so.3', '3.2.0'))

    def check_missing(self):
        with self.assertRaisesRegex(
                utils.Missing, 'oneDNN 3 is not installed.*cudnn is left out'
                '.*pip install onednn-devel-cpu-gomp=='):
            onednn.find()

    def test_absent(self):
        self.check_missing()

    def test_no_headers(self):
        self.install(headers=False)
        self.check_missing()

    def test_no_library(self):
        self.install(library=False)
        self.check_missing()

    def test_old(self):
        self.install(major=2)
        self.check_missing()


class TestOpenBLAS(unittest.TestCase):

    def test_found(self):
        machine = fakes.Machine(self)
        fakes.distribution(machine.site, 'scipy-openblas32', version='0.3.34')
        self.assertEqual(openblas.find(), '0.3.34')

    def test_absent(self):
        fakes.Machine(self)
        with self.assertRaisesRegex(utils.Missing,
                                    "OpenBLAS .* NumPy's BLAS.*slower"):
            openblas.find()
