import os
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import compiler, cuda, utils

LIBRARIES = ('cudart', 'nvrtc', 'cublas', 'curand')


class CudaTest(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)
        self.default = self.machine.default
        self.native, self.foreign = fakes.processors()

    def find(self):
        return cuda.find(fakes.AnyCompiler())

    def check_missing(self, *parts):
        with self.assertRaises(utils.Missing) as raised:
            self.find()
        text = str(raised.exception)
        self.assertNotIn('\n', text)
        for part in parts:
            self.assertRegex(text, re.escape(part))
        return text


class TestPlaces(CudaTest):

    def names(self):
        return [place.name for place in cuda.places()]

    def test_default(self):
        self.assertEqual(self.names(), [self.default])

    def test_nvcc_comes_first(self):
        fakes.program(self.machine.bin, 'nvcc', '')
        self.assertEqual(self.names(), [self.machine.root, self.default])

    def test_nvcc_is_a_link(self):
        real = fakes.program(f'{self.machine.root}/cuda-13/bin', 'nvcc', '')
        os.symlink(real, f'{self.machine.bin}/nvcc')
        self.assertEqual(self.names(),
                         [f'{self.machine.root}/cuda-13', self.default])

    def test_variable_counts_alone(self):
        fakes.program(self.machine.bin, 'nvcc', '')
        self.machine.environment['CUDA_PATH'] = '/opt/cuda'
        self.assertEqual(self.names(), ['/opt/cuda'])

    def test_empty_variable_does_not_count(self):
        self.machine.environment['CUDA_PATH'] = ''
        self.assertEqual(self.names(), [self.default])

    def test_folders(self):
        for name in ['include/cccl', 'lib64', 'lib/x86_64-linux-gnu']:
            os.makedirs(f'{self.default}/{name}')
        place, = cuda.places()
        self.assertEqual(place.include_dirs, [
            f'{self.default}/include', f'{self.default}/include/cccl'])
        self.assertEqual(place.library_dirs, [
            f'{self.default}/lib64', f'{self.default}/lib',
            f'{self.default}/lib/x86_64-linux-gnu'])

    def test_links_count_once(self):
        os.makedirs(f'{self.default}/lib')
        os.symlink('lib', f'{self.default}/lib64')
        self.assertEqual(cuda.places()[0].library_dirs,
                         [f'{self.default}/lib64'])

    def test_wheels(self):
        nvidia = f'{self.machine.site}/nvidia'
        for name in ['cu12', 'cu13', 'cudnn', 'cublas']:
            os.makedirs(f'{nvidia}/{name}/include')
            os.makedirs(f'{nvidia}/{name}/lib')
        self.assertEqual(
            [place.include_dirs for place in cuda.places()[1:]],
            [[f'{nvidia}/cu13/include', f'{nvidia}/cudnn/include'],
             [f'{nvidia}/cu12/include', f'{nvidia}/cudnn/include'],
             [f'{nvidia}/cublas/include', f'{nvidia}/cudnn/include']])


class TestFind(CudaTest):

    def check_found(self, toolkit, libraries=None):
        if libraries is None:
            libraries = {key: f'{self.default}/lib64/{file}'
                         for key, file in fakes.FILES.items()}
        self.assertEqual({key: found.path
                          for key, found in toolkit.findings.items()},
                         libraries)
        self.assertEqual({found.problem
                          for found in toolkit.findings.values()}, {None})
        self.assertEqual(toolkit.findings['cudart'].version, (13, 0))
        self.assertEqual(toolkit.findings['cudnn'].version, (9, 28))

    def test_default(self):
        fakes.toolkit(self.default)
        toolkit = self.find()
        self.check_found(toolkit)
        self.assertEqual(toolkit.name, self.default)
        self.assertEqual(toolkit.include_dirs, [f'{self.default}/include'])

    def test_variable(self):
        fakes.toolkit(f'{self.machine.root}/cuda')
        fakes.toolkit(self.default)
        self.machine.environment['CUDA_PATH'] = f'{self.machine.root}/cuda'
        self.assertEqual(self.find().name, f'{self.machine.root}/cuda')

    def test_nvcc(self):
        fakes.program(f'{self.machine.root}/cuda/bin', 'nvcc', '')
        self.machine.environment['PATH'] = f'{self.machine.root}/cuda/bin'
        fakes.toolkit(f'{self.machine.root}/cuda')
        fakes.toolkit(self.default)
        self.assertEqual(self.find().name, f'{self.machine.root}/cuda')

    def test_nvcc_that_is_elsewhere(self):
        fakes.program(self.machine.bin, 'nvcc', '')
        fakes.toolkit(self.default)
        self.assertEqual(self.find().name, self.default)

    def test_complete_place_after_an_incomplete_one(self):
        fakes.toolkit(self.default, ['cudart', 'nvrtc'])
        fakes.toolkit(f'{self.machine.site}/nvidia/cu13', lib='lib')
        self.assertEqual(self.find().name,
                         f'the wheels in {self.machine.site}/nvidia')

    def test_wheels_of_13(self):
        nvidia = f'{self.machine.site}/nvidia'
        fakes.toolkit(f'{nvidia}/cu13', LIBRARIES, lib='lib')
        fakes.toolkit(f'{nvidia}/cudnn', ['cudnn'], lib='lib')
        self.check_found(self.find(), {
            **{key: f'{nvidia}/cu13/lib/{fakes.FILES[key]}'
               for key in LIBRARIES},
            'cudnn': f'{nvidia}/cudnn/lib/libcudnn.so.9'})

    def test_wheels_of_12(self):
        nvidia = f'{self.machine.site}/nvidia'
        folders = {'cudart': 'cuda_runtime', 'nvrtc': 'cuda_nvrtc',
                   'cublas': 'cublas', 'curand': 'curand', 'cudnn': 'cudnn'}
        for key, folder in folders.items():
            fakes.toolkit(f'{nvidia}/{folder}', [key], lib='lib')
        self.check_found(self.find(), {
            key: f'{nvidia}/{folder}/lib/{fakes.FILES[key]}'
            for key, folder in folders.items()})

    def test_cudnn_of_the_system(self):
        fakes.toolkit(self.default, LIBRARIES)
        fakes.toolkit(self.machine.system, ['cudnn'], lib='lib')
        found = self.find().findings['cudnn']
        self.assertEqual(found.path, f'{self.machine.system}/lib/'
                                     f'libcudnn.so.9')
        self.assertIsNone(found.problem)

    def test_no_other_library_of_the_system(self):
        fakes.toolkit(self.machine.system, lib='lib')
        self.check_missing('CUDA was not found')

    def test_shortest_name_of_a_library(self):
        fakes.toolkit(self.default)
        lib = f'{self.default}/lib64'
        fakes.write(lib, {'libcudart.so.13.0.96': '',
                          'libnvrtc.so.13.0.88': '', 'libnvrtc.so': ''})
        found = self.find().findings
        self.assertEqual(found['cudart'].path, f'{lib}/libcudart.so.13')
        self.assertEqual(found['nvrtc'].path, f'{lib}/libnvrtc.so')

    def test_library_of_another_processor_is_passed_over(self):
        fakes.toolkit(self.default)
        for folder in 'lib64', 'lib':
            fakes.library(f'{self.default}/{folder}/libcublas.so',
                          self.foreign if folder == 'lib64' else self.native)
        found = self.find().findings['cublas']
        self.assertEqual(found.path, f'{self.default}/lib/libcublas.so')
        self.assertIsNone(found.problem)

    def test_targets(self):
        for target in 'x86_64-linux', 'sbsa-linux':
            shutil.rmtree(self.default, ignore_errors=True)
            root = f'{self.default}/targets/{target}'
            fakes.toolkit(root, lib='lib')
            toolkit = self.find()
            self.assertEqual(toolkit.include_dirs, [f'{root}/include'])
            self.assertEqual(toolkit.findings['curand'].path,
                             f'{root}/lib/libcurand.so.10')

    def test_version_in_the_name_that_a_link_leads_to(self):
        fakes.toolkit(self.default)
        for name in 'libcudart.so.13.0.96', 'libcudart.so.12.9.79':
            link = f'{self.default}/lib64/libcudart.so'
            fakes.write(os.path.dirname(link), {name: ''})
            if os.path.lexists(link):
                os.remove(link)
            os.symlink(name, link)
            if '13' in name:
                self.assertEqual(self.find().findings['cudart'].path, link)
        self.check_missing(f'CUDA runtime (cuda_runtime_api.h is of version '
                           f'13.0, but {link} is of version 12)')

    def test_other_library_of_a_longer_name(self):
        fakes.toolkit(self.default, ['cudart', 'nvrtc', 'curand'])
        fakes.write(f'{self.default}/lib64', {'libcublasLt.so': '',
                                              'libcublas_static.a': ''})
        fakes.write(f'{self.default}/include', fakes.HEADERS['cublas'])
        self.check_missing('cuBLAS (no libcublas.so)')


class TestMissing(CudaTest):

    def test_nothing(self):
        text = self.check_missing('CUDA was not found: CUDA_PATH is not set',
                                  'nvcc', self.default, 'nvidia-* wheels')
        self.assertNotIn('cannot be used', text)

    def test_nothing_where_the_variable_points(self):
        fakes.toolkit(self.default)
        self.machine.environment['CUDA_PATH'] = '/no/such'
        text = self.check_missing()
        self.assertEqual(text, 'CUDA_PATH is /no/such, and there is no such '
                               'folder')

    def test_partial_toolkit(self):
        # What the compiler's package alone brings.
        fakes.toolkit(self.default, ['cudart'])
        self.assertEqual(self.check_missing(), (
            f'CUDA in {self.default} cannot be used: '
            'NVRTC (no nvrtc.h and no libnvrtc.so), '
            'cuBLAS (no cublas_v2.h and no libcublas.so), '
            'cuRAND (no curand.h and no libcurand.so)'))

    def test_each_library_is_required(self):
        for key in LIBRARIES:
            shutil.rmtree(self.default, ignore_errors=True)
            fakes.toolkit(self.default, [k for k in fakes.FILES if k != key])
            text = self.check_missing(f'{cuda.LIBRARIES[key].title} (no ')
            self.assertEqual(text.count('(no '), 1)

    def test_each_header_is_required(self):
        for key in LIBRARIES:
            header = cuda.LIBRARIES[key].header
            fakes.toolkit(self.default)
            os.remove(f'{self.default}/include/{header}')
            self.check_missing(f'{cuda.LIBRARIES[key].title} (no {header})')

    def test_each_file_is_required(self):
        for key in LIBRARIES:
            fakes.toolkit(self.default)
            os.remove(f'{self.default}/lib64/{fakes.FILES[key]}')
            self.check_missing(f'{cuda.LIBRARIES[key].title} '
                               f'(no {cuda.LIBRARIES[key].file})')

    def test_the_most_complete_one_is_told(self):
        fakes.toolkit(self.default, ['cudart'])
        fakes.toolkit(f'{self.machine.site}/nvidia/cu13',
                      ['cudart', 'nvrtc', 'cublas'], lib='lib')
        text = self.check_missing(self.machine.site, 'cuRAND')
        self.assertNotIn(self.default, text)

    def test_cudnn_alone_is_not_a_toolkit(self):
        fakes.toolkit(self.default, ['cudnn'])
        self.check_missing('CUDA was not found')


class TestVersions(CudaTest):

    def set_version(self, header, **macros):
        fakes.toolkit(self.default)
        # Their names do not tell a version.
        fakes.write(f'{self.default}/lib64', {'libcudart.so': '',
                                              'libcudnn.so': ''})
        fakes.write(f'{self.default}/include', {header: ''.join(
            f'#define {name} {value}\n' for name, value in macros.items())})

    def test_cuda(self):
        for number, version in [(11020, (11, 2)), (12090, (12, 9)),
                                (13000, (13, 0))]:
            self.set_version('cuda.h', CUDA_VERSION=number)
            self.assertEqual(self.find().findings['cudart'].version, version)

    def test_cuda_too_old(self):
        for number, version in [(11010, '11.1'), (8000, '8.0')]:
            self.set_version('cuda.h', CUDA_VERSION=number)
            self.check_missing(f'CUDA runtime (version {version}, but 11.2 '
                               f'or later is needed)')

    def test_cuda_unknown(self):
        self.set_version('cuda.h')
        self.check_missing('CUDA runtime (version unknown, but 11.2')

    def test_cudnn(self):
        for major, minor in [(8, 0), (8, 9), (9, 28)]:
            self.set_version('cudnn_version.h', CUDNN_MAJOR=major,
                             CUDNN_MINOR=minor)
            found = self.find().findings['cudnn']
            self.assertEqual(found.version, (major, minor))
            self.assertIsNone(found.problem)

    def test_cudnn_too_old_is_left_out(self):
        self.set_version('cudnn_version.h', CUDNN_MAJOR=7, CUDNN_MINOR=6)
        toolkit = self.find()
        self.assertEqual(
            cuda.problem(toolkit, 'cudnn'),
            'cuDNN (version 7.6, but 8.0 or later is needed)')

    def test_cudnn_absent(self):
        fakes.toolkit(self.default, LIBRARIES)
        self.assertEqual(cuda.problem(self.find(), 'cudnn'),
                         'cuDNN (no cudnn.h and no libcudnn.so)')


class TestHeadersThatDoNotCompile(CudaTest):

    def setUp(self):
        real = shutil.which('c++') or shutil.which('g++')
        super().setUp()
        os.symlink(real, f'{self.machine.bin}/c++')
        self.machine.environment['PATH'] += f':{os.path.dirname(real)}:/bin'
        fakes.toolkit(self.default)

    def find(self):
        return cuda.find(compiler.find())

    def test_complete(self):
        self.assertIsNone(self.find().findings['cudart'].problem)

    def test_no_crt(self):
        os.remove(f'{self.default}/include/crt/host_defines.h')
        self.check_missing(
            'CUDA runtime (cuda_runtime_api.h does not compile: '
            'crt/host_defines.h: No such file or directory; '
            'pip install nvidia-cuda-crt, or nvidia-cuda-nvcc-cu12 for')

    def test_no_cccl(self):
        os.remove(f'{self.default}/include/nv/target')
        self.check_missing(
            'cuBLAS (cublas_v2.h does not compile: nv/target: No such file '
            'or directory; pip install nvidia-cuda-cccl')

    def test_cccl_in_a_folder_of_its_own(self):
        os.makedirs(f'{self.default}/include/cccl')
        os.rename(f'{self.default}/include/nv',
                  f'{self.default}/include/cccl/nv')
        self.assertIsNone(self.find().findings['cublas'].problem)

    def test_other_error(self):
        fakes.write(self.default, {'include/curand.h': '#error too new\n'})
        self.check_missing('cuRAND (curand.h does not compile: ', 'too new')
