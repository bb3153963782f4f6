"""Every argument of the driver's functions, wrong in every way."""
import ctypes
import os
import sys
import tempfile
import unittest

from cupy.cuda import driver, nvrtc, runtime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bad_arguments import (  # noqa: E402
    Argument,
    Array,
    Bad,
    Handle,
    Stream,
    check,
    check_without_device,
)

SOURCE = '''
__constant__ int scale[2];
extern "C" __global__ void f(int* out, int value) { out[threadIdx.x] = value; }
'''


def compile_(source):
    program = nvrtc.createProgram(source, 'text.cu')
    try:
        nvrtc.compileProgram(program, ())
        return nvrtc.getCUBIN(program)
    finally:
        nvrtc.destroyProgram(program)


IMAGE = compile_(SOURCE)


def module():
    return Handle(lambda: driver.moduleLoadData(IMAGE), driver.moduleUnload,
                  device=False, gone='no module that is loaded')


def function(device=True):
    """A kernel, destroyed by unloading its module."""
    modules = {}

    def create():
        loaded = driver.moduleLoadData(IMAGE)
        kernel = driver.moduleGetFunction(loaded, 'f')
        modules[kernel] = loaded
        return kernel

    return Function(create, lambda kernel: driver.moduleUnload(
        modules.pop(kernel)), device=device, gone='no function of a module')


class Function(Handle):

    def bad(self):
        for bad in super().bad():
            if bad.device:
                bad.words = 'loaded on device 0, but device 1 is current'
            yield bad


class Parameters(Argument):
    """The address of the addresses of a kernel's arguments."""

    def __init__(self, array):
        self._array = array
        self._values = (ctypes.c_void_p(array.good()), ctypes.c_int(7))
        self._kept = [self._pointers(*map(ctypes.addressof, self._values)),
                      self._pointers(0, ctypes.addressof(self._values[1])),
                      self._pointers(ctypes.addressof(self._values[0]), 0)]

    def _pointers(self, *addresses):
        return (ctypes.c_void_p * 2)(*addresses)

    def good(self):
        return ctypes.addressof(self._kept[0])

    def bad(self):
        yield Bad('null', 0, 'there are no arguments')
        for i in (0, 1):
            yield Bad(f'with a null pointer in place of argument {i}',
                      ctypes.addressof(self._kept[1 + i]), 'null pointer')

    def check_unchanged(self, test):
        self._array.check_unchanged(test)

    def close(self):
        self._array.close()


class TestBadArguments(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)

    def check(self, function, *arguments):
        check(self, driver.CUDADriverError, function, *arguments)

    def fails(self, words, function, *arguments):
        with self.assertRaisesRegex(driver.CUDADriverError, words):
            function(*arguments)

    def test_images(self):
        # The bindings take no pointers, but what is no image goes through.
        for image in (bytes(64), b'x' * 5000):
            self.fails('not', driver.moduleLoadData, image)
        with tempfile.TemporaryDirectory() as folder:
            self.fails('No such file', driver.moduleLoad, folder + '/none')
            self.fails('no shared object', driver.moduleLoad, folder)

    def test_unload(self):
        loaded = driver.moduleLoadData(IMAGE)
        for bad in (0, 12344, loaded + 1):
            self.fails('module', driver.moduleUnload, bad)
        driver.moduleUnload(loaded)
        self.fails('no module that is loaded', driver.moduleUnload, loaded)

    def test_modules(self):
        for get, good in ((driver.moduleGetFunction, 'f'),
                          (driver.moduleGetGlobal, 'scale')):
            with self.subTest(good):
                self.check(get, module(),
                           Argument(good, 'none', '', good + ' '))

    def test_variable_of_a_module_that_is_gone(self):
        loaded = driver.moduleLoadData(IMAGE)
        ptr, size = driver.moduleGetGlobal(loaded, 'scale')
        runtime.memset(ptr, 1, size)
        with self.assertRaisesRegex(runtime.CUDARuntimeError, 'past the end'):
            runtime.memset(ptr, 1, size + 1)
        driver.moduleUnload(loaded)
        with self.assertRaisesRegex(runtime.CUDARuntimeError,
                                    'in no device memory'):
            runtime.memset(ptr, 1, size)

    def test_parameters(self):
        self.check(driver.funcGetParamSizes, function(device=False))

    def test_launch(self):
        self.check(
            driver.launchKernel, function(),
            Argument(1, 0, 2 ** 31), Argument(1, 0, 65536),
            Argument(1, 0, 65536), Argument(16, 0, 1025),
            Argument(1, 0, 1025), Argument(1, 0, 65),
            Argument(0, 49153, 2 ** 32 - 1), Stream(),
            Parameters(Array(16, 'i4')))

    def test_launch_in_null_stream_of_another_device(self):
        loaded = driver.moduleLoadData(IMAGE)
        self.addCleanup(driver.moduleUnload, loaded)
        kernel = driver.moduleGetFunction(loaded, 'f')
        values = Parameters(Array(16, 'i4'))
        self.addCleanup(values.close)
        runtime.setDevice(1)
        self.addCleanup(runtime.setDevice, 0)
        self.fails('loaded on device 0, but device 1', driver.launchKernel,
                   kernel, 1, 1, 1, 16, 1, 1, 0, 0, values.good())
        values.check_unchanged(self)

    def test_no_device(self):
        check_without_device(self, '''
from cupy.cuda import driver, runtime
try:
    driver.moduleLoadData(bytes(64))
except runtime.CUDARuntimeError as error:
    assert error.status == 100, error
else:
    raise AssertionError('loaded')
''')
