"""Null pointers in place of results, which CuPy's bindings never pass.

The functions are called as C functions of the host device's libraries, so
that those that fail in no other way are seen to fail, too.
"""
import ctypes
import os
import unittest

from cupy import cuda
from cupy.cuda import nvrtc

FOLDER = os.path.dirname(cuda.__file__)
NULL = ctypes.c_void_p()


def library(name):
    return ctypes.CDLL(os.path.join(FOLDER, name))


class TestNullPlaces(unittest.TestCase):

    def fails(self, function, *arguments):
        """Checks that C returns a status, and has said which is null."""
        with self.subTest(function.__name__):
            self.detail()
            self.assertNotEqual(function(*arguments), 0)
            self.assertRegex(self.detail(), 'null|no place')

    def setUp(self):
        self.host = library('libcupy_host.so')
        take = self.host.cupyHostTakeErrorDetail
        take.restype = ctypes.c_char_p
        self.detail = lambda: take().decode()

    def test_versions(self):
        number = ctypes.byref(ctypes.c_int())
        for name in ('cudaDriverGetVersion', 'cudaRuntimeGetVersion',
                     'curandGetVersion', 'nvrtcGetNumSupportedArchs',
                     'nvrtcGetSupportedArchs'):
            function = getattr(self.host, name)
            self.assertEqual(function(number), 0)
            self.fails(function, NULL)
        self.fails(self.host.nvrtcVersion, NULL, number)
        self.fails(self.host.nvrtcVersion, number, NULL)

    def test_functions_of_the_driver(self):
        find = self.host.cudaGetDriverEntryPoint
        flags, found = ctypes.c_ulonglong(0), ctypes.c_void_p()
        place = ctypes.byref(found)
        self.assertEqual(find(b'cuLaunchKernel', place, flags, NULL), 0)
        self.assertTrue(found.value)
        self.fails(find, NULL, place, flags, NULL)
        self.fails(find, b'cuLaunchKernel', NULL, flags, NULL)
        self.assertEqual(find(b'cuNoSuch', place, flags, NULL), 0)
        self.assertFalse(found.value)

    def test_programs(self):
        made = ctypes.byref(ctypes.c_void_p())
        create = self.host.nvrtcCreateProgram
        self.fails(create, NULL, b'', b'name', 0, NULL, NULL)
        self.fails(create, made, NULL, b'name', 0, NULL, NULL)
        self.fails(create, made, b'', b'name', 1, NULL, NULL)
        program = nvrtc.createProgram('', 'text.cu')
        self.addCleanup(nvrtc.destroyProgram, program)
        nvrtc.compileProgram(program, ())
        for name in ('CUBIN', 'PTX', 'ProgramLog'):
            self.fails(getattr(self.host, f'nvrtcGet{name}'),
                       ctypes.c_void_p(program), NULL)

    def test_handles(self):
        self.fails(self.host.cublasCreate, NULL)
        self.fails(self.host.curandCreateGenerator, NULL, 100)

    def test_cudnn(self):
        dnn = library('libcupy_host_dnn.so')
        self.fails(dnn.cudnnCreate, NULL)
        for kind in ('Tensor', 'Filter', 'Convolution', 'Pooling',
                     'Activation'):
            self.fails(getattr(dnn, f'cudnnCreate{kind}Descriptor'), NULL)
