import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy

from cupy.cuda import compiler, device, nvrtc, runtime

SOURCE = '''
#include "carray.h"
extern "C" __global__ void f(int* x) { x[0] = 1; }'''


class FakeNVRTC:

    """An NVRTC that compiles for GPUs: to what it was asked for."""

    NVRTCError = nvrtc.NVRTCError

    def __init__(self, version=(13, 0), archs=(75, 80, 90, 100, 120)):
        self.version = version
        self.archs = archs
        self.compiled = []

    def getVersion(self):
        return self.version

    def getSupportedArchs(self):
        return list(self.archs)

    def compilerIdentity(self):
        return ''

    def createProgram(self, src, name):
        return [src]

    def compileProgram(self, prog, options):
        prog.extend(options)
        self.compiled.append(prog)

    def getCUBIN(self, prog):
        return f'CUBIN {prog[-1]}'.encode()

    def getPTX(self, prog):
        return f'PTX {prog[-1]}'.encode()

    def destroyProgram(self, prog):
        prog.append('destroyed')


class GPUTest(unittest.TestCase):

    """What is compiled for a GPU, as far as no GPU is needed to see it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.parent = folder.name
        self.folder = os.path.join(folder.name, 'kernel_cache')

    def compile(self, fake, capabilities=(75,), device_id=0, options=()):
        """Returns what a module of that device would be loaded from."""
        images = []

        class Module:
            def load(self, image):
                images.append(image.decode())

        attributes = {
            runtime.devAttrComputeCapabilityMajor: lambda c: c // 10,
            runtime.devAttrComputeCapabilityMinor: lambda c: c % 10}
        with mock.patch.object(compiler, 'nvrtc', fake), \
                mock.patch.object(
                    runtime, 'deviceGetAttribute',
                    lambda attribute, device: attributes[attribute](
                        capabilities[device])), \
                mock.patch.object(compiler.function, 'Module', Module), \
                mock.patch.dict(compiler._modules, clear=True), \
                device.Device(device_id):
            compiler.compile_with_cache(
                SOURCE, options, cache_dir=self.folder)
        image, = images
        return image

    def test_architecture_of_the_device(self):
        for capability in (75, 90, 120):
            self.assertEqual(self.compile(FakeNVRTC(), (capability,)),
                             f'CUBIN -arch=sm_{capability}')

    def test_device_that_is_newer_than_the_compiler(self):
        for capability, newest in ((86, 80), (103, 100), (121, 120),
                                   (130, 120)):
            self.assertEqual(self.compile(FakeNVRTC(), (capability,)),
                             f'PTX -arch=compute_{newest}')

    def test_device_that_is_older_than_the_compiler(self):
        with self.assertRaisesRegex(
                RuntimeError, 'device 0 has compute capability 7.0, and '
                'NVRTC 13.0 compiles for 7.5 and later'):
            self.compile(FakeNVRTC(), (70,))

    def test_devices_that_differ(self):
        fake = FakeNVRTC()
        for device_id, arch in ((0, 75), (1, 90), (2, 75)):
            self.assertEqual(
                self.compile(fake, (75, 90, 75), device_id),
                f'CUBIN -arch=sm_{arch}')
        self.assertEqual(len(fake.compiled), 2)

    def test_options(self):
        fake = FakeNVRTC()
        self.compile(fake, options=('-DN=3', '--use_fast_math'))
        program, = fake.compiled
        self.assertEqual(program[1:], [
            '-DN=3', '--use_fast_math', '-I' + compiler._HEADERS,
            '-include=nvcc.h', '-arch=sm_75', 'destroyed'])

    def assert_compiled_now(self, fake, capability):
        before = len(fake.compiled)
        image = self.compile(fake, (capability,))
        self.assertEqual(len(fake.compiled), before + 1)
        self.assertEqual(self.compile(fake, (capability,)), image)
        self.assertEqual(len(fake.compiled), before + 1)

    def test_cache(self):
        self.assert_compiled_now(FakeNVRTC(), 75)
        self.assert_compiled_now(FakeNVRTC(), 80)
        self.assert_compiled_now(FakeNVRTC((13, 1)), 75)
        self.assert_compiled_now(FakeNVRTC((12, 0)), 75)
        # A device for which there is PTX, and a compiler that knows it.
        self.assert_compiled_now(FakeNVRTC(archs=(75, 80)), 90)
        self.assert_compiled_now(FakeNVRTC(archs=(75, 80, 90)), 90)
        headers = os.path.join(self.parent, 'headers')
        shutil.copytree(compiler._HEADERS, headers)
        with mock.patch.object(compiler, '_HEADERS', headers):
            self.assertEqual(
                self.compile(FakeNVRTC()), 'CUBIN -arch=sm_75')
            for name in ('carray.h', 'nvcc.h'):  # the latter in every source
                with open(os.path.join(headers, name), 'a') as f:
                    f.write('\n')
                self.assert_compiled_now(FakeNVRTC(), 75)

    def test_host_device(self):
        # Has nothing in common with a GPU of the same architecture.
        fake = FakeNVRTC(nvrtc.getVersion())
        self.assert_compiled_now(fake, 75)
        before = compiler.compilations()
        with mock.patch.dict(compiler._modules, clear=True):
            module = compiler.compile_with_cache(
                SOURCE, cache_dir=self.folder)
        self.assertEqual(compiler.compilations(), before + 1)
        out = numpy.zeros(1, 'i')
        module.get_function('f')((1,), (1,), (out.ctypes.data,))
        self.assertEqual(out, [1])
