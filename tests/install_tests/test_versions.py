import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import versions


class TestVersions(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_cuda(self):
        for text, expected in [
                ('#define CUDA_VERSION 13000\n', (13, 0)),
                ('#define CUDA_VERSION 12090\n', (12, 9)),
                ('#define CUDA_VERSION 11020\n', (11, 2)),
                ('// x\n  #  define\tCUDA_VERSION  10010 /* x */', (10, 1)),
                ('#define __CUDA_API_VERSION CUDA_VERSION\n', None),
                ('#define CUDA_VERSION unknown\n', None)]:
            fakes.write(self.folder, {'cuda.h': text})
            self.assertEqual(versions.cuda([self.folder]), expected, text)

    def test_cudnn(self):
        fakes.write(self.folder, {
            'cudnn.h': '#include "cudnn_version.h"\n',
            'cudnn_version.h': '#define CUDNN_MAJOR 8\n'
                               '#define CUDNN_MINOR 9\n'})
        self.assertEqual(versions.cudnn([self.folder]), (8, 9))

    def test_cudnn_before_8(self):
        fakes.write(self.folder, {'cudnn.h': '#define CUDNN_MAJOR 7\n'
                                             '#define CUDNN_MINOR 6\n'})
        self.assertEqual(versions.cudnn([self.folder]), (7, 6))

    def test_onednn(self):
        fakes.write(self.folder, {
            'oneapi/dnnl/dnnl_version.h':
                '#define DNNL_VERSION_MAJOR 3\n#define DNNL_VERSION_MINOR 2\n'
                '#define DNNL_VERSION_PATCH 1\n'})
        self.assertEqual(versions.onednn([self.folder]), (3, 2, 1))

    def test_first_folder_that_has_it(self):
        fakes.write(f'{self.folder}/b', {'cuda.h': '#define CUDA_VERSION 1\n'})
        self.assertEqual(
            versions.cuda([f'{self.folder}/a', f'{self.folder}/b']), (0, 0))

    def test_absent(self):
        self.assertIsNone(versions.cuda([self.folder]))
        self.assertIsNone(versions.cudnn([self.folder]))
        self.assertIsNone(versions.onednn([self.folder]))

    def test_text(self):
        self.assertEqual(versions.text((11, 2)), '11.2')
