import ctypes
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

import numpy

import cupy
from cupy import cuda, cudnn
from cupy.cuda import cudnn as libcudnn
from cupy.cuda import onednn

FLOAT = libcudnn.CUDNN_DATA_FLOAT
NCHW = libcudnn.CUDNN_TENSOR_NCHW


class CudnnTestCase(unittest.TestCase):

    def fails(self, status, words, function, *args):
        with self.assertRaises(libcudnn.CuDNNError) as context:
            function(*args)
        self.assertEqual(status, context.exception.status)
        self.assertIn(words, str(context.exception))

    def fails_as_bad(self, words, function, *args):
        self.fails(libcudnn.CUDNN_STATUS_BAD_PARAM, words, function, *args)

    def fails_as_unsupported(self, words, function, *args):
        self.fails(libcudnn.CUDNN_STATUS_NOT_SUPPORTED, words, function,
                   *args)


class TestError(unittest.TestCase):

    def test_text(self):
        with self.assertRaises(libcudnn.CuDNNError) as context:
            libcudnn.destroyTensorDescriptor(12345)
        error = context.exception
        self.assertIsInstance(error, RuntimeError)
        self.assertEqual(libcudnn.CUDNN_STATUS_BAD_PARAM, error.status)
        for words in ('CUDNN_STATUS_BAD_PARAM', str(error.status),
                      'cudnnDestroyTensorDescriptor', '0x3039'):
            self.assertIn(words, str(error))

    def test_by_status_alone(self):
        self.assertEqual(
            f'CUDNN_STATUS_NOT_SUPPORTED '
            f'({libcudnn.CUDNN_STATUS_NOT_SUPPORTED})',
            str(libcudnn.CuDNNError(libcudnn.CUDNN_STATUS_NOT_SUPPORTED)))

    def test_pickle(self):
        error = libcudnn.CuDNNError(
            libcudnn.CUDNN_STATUS_BAD_PARAM, 'cudnnCreate', 'because')
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual(str(error), str(copy))
        self.assertEqual(error.status, copy.status)


class TestHandle(CudnnTestCase):

    def test_version(self):
        self.assertGreaterEqual(libcudnn.getVersion(), 8000)

    def test_stream(self):
        handle = libcudnn.create()
        self.assertEqual(0, libcudnn.getStream(handle))
        libcudnn.setStream(handle, 0)
        self.assertEqual(0, libcudnn.getStream(handle))
        libcudnn.destroy(handle)

    def test_handles_that_are_none(self):
        status = libcudnn.CUDNN_STATUS_NOT_INITIALIZED
        dead = libcudnn.create()
        libcudnn.destroy(dead)
        x = cupy.empty((1, 1, 1, 1), 'f')
        desc = cudnn.create_tensor_descriptor(x)
        one = cudnn.scalar(1, 'f')
        for handle in 0, 1, dead, desc.value:
            self.fails(status, 'handle', libcudnn.setStream, handle, 0)
            self.fails(status, 'handle', libcudnn.destroy, handle)
            self.fails(status, 'handle', libcudnn.addTensor, handle, one.data,
                       desc.value, x.data.ptr, one.data, desc.value,
                       x.data.ptr)


class TestDescriptors(CudnnTestCase):

    KINDS = 'Tensor', 'Filter', 'Convolution', 'Pooling', 'Activation'

    def create(self, kind):
        return getattr(libcudnn, f'create{kind}Descriptor')()

    def destroy(self, kind, desc):
        getattr(libcudnn, f'destroy{kind}Descriptor')(desc)

    def test_life(self):
        for kind in self.KINDS:
            desc = self.create(kind)
            self.assertNotEqual(0, desc)
            self.destroy(kind, desc)
            self.fails_as_bad('destroyed', self.destroy, kind, desc)
            self.fails_as_bad('(nil)', self.destroy, kind, 0)

    def test_kinds_are_told_apart(self):
        for kind, other in zip(self.KINDS, self.KINDS[1:]):
            desc = self.create(kind)
            self.fails_as_bad(f'is no {other.lower()} descriptor',
                              self.destroy, other, desc)
            self.destroy(kind, desc)

    def test_not_set_yet(self):
        x = cupy.empty((1, 1, 1, 1), 'f')
        one = cudnn.scalar(1, 'f')
        desc = self.create('Tensor')
        self.fails_as_bad(
            'not set', libcudnn.addTensor, cudnn.get_handle(), one.data, desc,
            x.data.ptr, one.data, desc, x.data.ptr)
        self.destroy('Tensor', desc)

    def test_bad_tensors(self):
        desc = self.create('Tensor')
        self.addCleanup(self.destroy, 'Tensor', desc)
        self.fails_as_bad('not 0', libcudnn.setTensor4dDescriptor, desc, NCHW,
                          FLOAT, 1, 0, 1, 1)
        self.fails_as_unsupported(
            'format 2', libcudnn.setTensor4dDescriptor, desc, 2, FLOAT, 1, 1,
            1, 1)
        self.fails_as_unsupported(
            'data type 3', libcudnn.setTensor4dDescriptor, desc, NCHW, 3, 1,
            1, 1, 1)
        self.fails_as_bad(
            'stride', libcudnn.setTensor4dDescriptorEx, desc, FLOAT, 2, 2, 2,
            2, 8, 4, -2, 1)
        self.fails_as_unsupported(
            '2^31', libcudnn.setTensor4dDescriptor, desc, NCHW, FLOAT, 2,
            2 ** 16, 2 ** 15, 1)
        ones = numpy.ones(9, numpy.intc).ctypes
        for ndim in 3, 9:
            self.fails_as_unsupported(
                f'{ndim} dimensions', libcudnn.setTensorNdDescriptor, desc,
                FLOAT, ndim, ones.data, ones.data)
        self.fails_as_bad('null', libcudnn.setTensorNdDescriptor, desc, FLOAT,
                          4, 0, ones.data)
        self.fails_as_bad('null', libcudnn.setTensorNdDescriptor, desc, FLOAT,
                          4, ones.data, 0)

    def test_bad_filters(self):
        desc = self.create('Filter')
        self.addCleanup(self.destroy, 'Filter', desc)
        self.fails_as_bad('not -1', libcudnn.setFilter4dDescriptor, desc,
                          FLOAT, NCHW, 1, 1, 1, -1)
        ones = numpy.ones(2, numpy.intc).ctypes
        self.fails_as_unsupported(
            '2 dimensions', libcudnn.setFilterNdDescriptor, desc, FLOAT, NCHW,
            2, ones.data)

    def test_bad_convolutions(self):
        desc = self.create('Convolution')
        self.addCleanup(self.destroy, 'Convolution', desc)
        good = [1, 1, 1, 1, 1, 1, libcudnn.CUDNN_CONVOLUTION, FLOAT]
        for i, value, words in [
                (0, -1, 'padding'), (3, 0, 'stride'), (5, 0, 'dilation'),
                (6, 2, 'mode 2')]:
            bad = good[:i] + [value] + good[i + 1:]
            self.fails_as_bad(words, libcudnn.setConvolution2dDescriptor,
                              desc, *bad)
        self.fails_as_bad('groups', libcudnn.setConvolutionGroupCount, desc,
                          0)
        self.fails_as_bad('math', libcudnn.setConvolutionMathType, desc, 4)
        ones = numpy.ones(4, numpy.intc).ctypes
        for ndim in 1, 4:
            self.fails_as_unsupported(
                f'{ndim} spatial', libcudnn.setConvolutionNdDescriptor, desc,
                ndim, ones.data, ones.data, ones.data, 0, FLOAT)

    def test_math_types(self):
        desc = self.create('Convolution')
        for math in (libcudnn.CUDNN_DEFAULT_MATH,
                     libcudnn.CUDNN_TENSOR_OP_MATH,
                     libcudnn.CUDNN_FMA_MATH):
            libcudnn.setConvolutionMathType(desc, math)
        self.destroy('Convolution', desc)

    def test_a_failed_call_changes_nothing(self):
        x = cupy.array(numpy.ones((2, 2, 2, 2), 'f'))
        desc = cudnn.create_tensor_descriptor(x)
        self.fails_as_bad('dimension', libcudnn.setTensor4dDescriptor,
                          desc.value, NCHW, FLOAT, 1, 1, 1, -3)
        two = cudnn.scalar(2, 'f')
        libcudnn.scaleTensor(cudnn.get_handle(), desc.value, x.data.ptr,
                             two.data)
        numpy.testing.assert_array_equal(x.get(), 2)

    def test_threads_make_and_destroy(self):
        seen, failures = [], []

        def work():
            try:
                for _ in range(300):
                    desc = libcudnn.createTensorDescriptor()
                    libcudnn.setTensor4dDescriptor(
                        desc, NCHW, FLOAT, 1, 1, 1, 1)
                    libcudnn.destroyTensorDescriptor(desc)
                seen.append(True)
            except libcudnn.CuDNNError as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(([], 8), (failures, len(seen)))


def run(text, **environ):
    """Runs a program of its own; returns what it prints."""
    program = 'import os, numpy, cupy\nfrom cupy import cudnn\n' + (
        'from cupy.cuda import cudnn as libcudnn, runtime\n') + text
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, '-c', program], capture_output=True, text=True,
        timeout=120, env={**os.environ, 'PYTHONPATH': path, **environ})
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout.split()


CONVOLVE = '''
def convolve():
    x = cupy.array(numpy.ones((4, 8, 32, 32), 'f'))
    w = cupy.array(numpy.ones((8, 8, 3, 3), 'f'))
    xd = cudnn.create_tensor_descriptor(x)
    wd = cudnn.create_filter_descriptor(w)
    conv = cudnn.create_convolution_descriptor((1, 1), (1, 1), 'f')
    y = cupy.array(numpy.zeros(x.shape, 'f'))
    one, zero = cudnn.scalar(1, 'f'), cudnn.scalar(0, 'f')
    handle = cudnn.get_handle()
    for algo in 0, 1:
        size = libcudnn.getConvolutionForwardWorkspaceSize(
            handle, xd.value, wd.value, conv.value, xd.value, algo)
        work = cupy.array(numpy.empty(size + 1, 'b'))
        libcudnn.convolutionForward(
            handle, one.data, xd.value, x.data.ptr, wd.value, w.data.ptr,
            conv.value, algo, work.data.ptr, size, zero.data, xd.value,
            y.data.ptr)
        assert y.get()[0, 0, 5, 5] == 72
'''


class TestProcesses(unittest.TestCase):

    def test_a_forked_child_goes_on(self):
        # OpenMP's workers do not exist in the child; it must not wait for
        # them, neither in oneDNN nor in what was prepared by the parent.
        self.assertEqual(['0'], run(CONVOLVE + '''
convolve()
child = os.fork()
if child == 0:
    try:
        convolve()
        os._exit(0)
    finally:
        os._exit(1)
print(os.waitpid(child, 0)[1])
''', OMP_NUM_THREADS='2'))

    def test_a_handle_for_each_device(self):
        self.assertEqual(['True', 'True'], run(CONVOLVE + '''
first = cudnn.get_handle()
runtime.setDevice(1)
convolve()
print(first != cudnn.get_handle())
try:
    libcudnn.setStream(first, 0)
except libcudnn.CuDNNError as error:
    print('belongs to device 0' in str(error))
''', CUPY_HOST_DEVICES='2'))

    def test_one_thread_if_so_wished(self):
        self.assertEqual(['0'], run(CONVOLVE + '''
before = len(os.listdir('/proc/self/task'))
convolve()
print(len(os.listdir('/proc/self/task')) - before)
''', CUPY_HOST_THREADS='1', OMP_NUM_THREADS='3'))


class TestOnednn(unittest.TestCase):
    """What comes before the import of ``cupy.cuda.cudnn``."""

    def test_all_is_there(self):
        onednn.load()
        self.assertTrue(cuda.cudnn_enabled)
        self.assertIsNone(cuda.cudnn_error)

    def test_library_is_missing(self):
        with mock.patch.object(onednn, '_find', lambda: '/none/libdnnl'):
            with self.assertRaisesRegex(
                    ImportError, 'could not be loaded.*onednn-cpu-gomp'):
                onednn.load()

    def test_built_without(self):
        with tempfile.TemporaryDirectory() as folder:
            with mock.patch.object(onednn, '_FOLDER', folder):
                with self.assertRaisesRegex(ImportError, 'built without'):
                    onednn.load()

    def test_cuda_needs_no_onednn(self):
        with tempfile.TemporaryDirectory() as folder:
            open(os.path.join(folder, 'cudnn.cpython.so'), 'w').close()
            with mock.patch.object(onednn, '_FOLDER', folder), (
                    mock.patch.object(ctypes, 'CDLL')) as load:
                onednn.load()
        load.assert_not_called()

    def test_package_is_missing(self):
        with mock.patch.object(sys, 'path', []):
            self.assertIsNone(onednn._find())
        self.assertEqual('libdnnl.so.3', os.path.basename(onednn._find()))
