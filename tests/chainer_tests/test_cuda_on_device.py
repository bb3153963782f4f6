"""``chainer.cuda`` where CuPy is there, with one device and with several."""
import os
import subprocess
import sys
import unittest
import warnings
from unittest import mock

import numpy as np

import chainer
from chainer import cuda
from chainer.testing import attr

cupy = cuda.cupy


def run(code, **environ):
    """Runs a program in a process of its own, and returns what it prints."""
    result = subprocess.run(
        [sys.executable, '-c', code], env=dict(os.environ, **environ),
        capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def on(device, array):
    return cuda.to_gpu(np.asarray(array), device)


@attr.gpu
class TestFirstUse(unittest.TestCase):

    CODE = '''
import warnings
import numpy as np
from chainer import cuda
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    cuda.get_device(-1), cuda.get_device(np.zeros(1))
    print(len(caught))
    {use}
    print([str(w.message) for w in caught if w.category is UserWarning])
    cuda.get_device(0), cuda.to_gpu(np.zeros(1)), {use}
    print(len(caught))
'''

    def test_host_device_is_said_once(self):
        for use in ('cuda.get_device(0)', 'cuda.to_gpu(np.zeros(1))'):
            none, said, number = run(self.CODE.format(use=use))
            self.assertEqual(none, '0')
            if cuda.cupy.cuda.backend == 'host':
                self.assertIn('the device is the CPU', said)
                self.assertEqual(number, '1')
            else:
                self.assertEqual((said, number), ('[]', '0'))


@attr.gpu
class TestState(unittest.TestCase):

    def test_names(self):
        self.assertIs(cuda.available, True)
        self.assertIs(cuda.ndarray, cupy.ndarray)
        for name in ('Device', 'Event', 'Stream'):
            self.assertIs(getattr(cuda, name), getattr(cupy.cuda, name))
        cuda.check_cuda_available()

    def test_memory_comes_from_the_pool(self):
        self.assertIsInstance(cuda.memory_pool, cupy.cuda.MemoryPool)
        before = cuda.memory_pool.used_bytes()
        x = cupy.empty(1 << 20, 'b')
        self.assertGreaterEqual(
            cuda.memory_pool.used_bytes() - before, x.nbytes)

    def test_cudnn_can_be_turned_off(self):
        code = 'from chainer import cuda; print(cuda.cudnn_enabled)'
        self.assertEqual(run(code, CHAINER_CUDNN='0'), ['False'])
        expected = [str(cupy.cuda.cudnn_enabled)]
        self.assertEqual(run(code, CHAINER_CUDNN='1'), expected)
        self.assertEqual(run(code, CHAINER_CUDNN=''), expected)

    def test_seed_of_the_environment(self):
        code = '''
import warnings
warnings.simplefilter('ignore')
import numpy as np
import chainer.functions as F
from chainer import cuda
print(F.dropout(cuda.to_gpu(np.ones(64, 'f'))).data.tolist())
'''
        first, again, other = [
            run(code, CHAINER_SEED=seed) for seed in ('1', '1', '2')]
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)


@attr.gpu
class TestGetDevice(unittest.TestCase):

    def test_first_that_names_a_device(self):
        x = cupy.zeros(2)
        device = cuda.Device(0)
        for args in ((0,), (np.int64(0),), (x,), (None, x), (device,),
                     (np.zeros(1), x), (True, 0), (x, -1), (cupy.empty(0),)):
            self.assertEqual(cuda.get_device(*args), device)
            self.assertIsInstance(cuda.get_device(*args), cuda.Device)
        self.assertIs(cuda.get_device(-1, x), cuda.DummyDevice)

    @attr.multi_gpu(2)
    def test_several(self):
        x0, x1 = on(0, [1]), on(1, [1])
        self.assertEqual(int(cuda.get_device(x1, x0)), 1)
        self.assertEqual(int(cuda.get_device(1, x0)), 1)
        with cuda.get_device(x1):
            self.assertEqual(cuda.Device().id, 1)
            self.assertEqual(int(cuda.get_device(x0)), 0)
        self.assertEqual(cuda.Device().id, 0)

    @attr.multi_gpu(2)
    def test_device_to_enter(self):
        x0, x1 = on(0, [1]), on(1, [1])
        self.assertIsNone(cuda.device_to_enter(np.zeros(1)))
        self.assertIsNone(cuda.device_to_enter(x0))
        self.assertEqual(cuda.device_to_enter(x1), cuda.Device(1))
        with cuda.Device(1):
            self.assertIsNone(cuda.device_to_enter(x1))
            self.assertEqual(cuda.device_to_enter(x0), cuda.Device(0))


class CopiesTestCase(unittest.TestCase):

    def check(self, array, device, expected):
        self.assertIsInstance(array, cuda.ndarray)
        self.assertEqual(array.device, cuda.Device(device))
        np.testing.assert_array_equal(array.get(), expected, strict=True)


ARRAYS = [np.arange(6, dtype='f').reshape(2, 3), np.array(3, 'i'),
          np.zeros((0, 2)), np.arange(12.).reshape(3, 4).T,
          np.arange(12).astype('e')[::-2], np.array([True, False])]


@attr.gpu
class TestToGpu(CopiesTestCase):

    def test_from_host(self):
        for x in ARRAYS:
            y = cuda.to_gpu(x)
            self.check(y, 0, x)
            self.check(cuda.to_gpu(x, 0), 0, x)
            self.check(cuda.to_gpu(x, cuda.Device(0)), 0, x)
            np.testing.assert_array_equal(cuda.to_cpu(y), x, strict=True)

    def test_copies(self):
        x = np.zeros(3)
        y = cuda.to_gpu(x)
        x[:] = 1
        self.check(y, 0, np.zeros(3))

    def test_stream(self):
        stream = cuda.Stream()
        for x in ARRAYS:
            y = cuda.to_gpu(x, stream=stream)
            back = cuda.to_cpu(y, stream)
            stream.synchronize()
            self.check(y, 0, x)
            np.testing.assert_array_equal(back, x, strict=True)

    def test_what_is_no_array(self):
        for x in (1.0, [1.0], None, chainer.Variable(np.zeros(1))):
            with self.assertRaisesRegex(TypeError, 'to_gpu copies'):
                cuda.to_gpu(x)

    def test_device_that_is_not_there(self):
        with self.assertRaises(cupy.cuda.runtime.CUDARuntimeError):
            cuda.to_gpu(np.zeros(1), 999)
        self.assertEqual(cuda.Device().id, 0)

    @attr.multi_gpu(2)
    def test_devices(self):
        for x in ARRAYS:
            self.check(cuda.to_gpu(x, 1), 1, x)
            with cuda.Device(1):
                self.check(cuda.to_gpu(x), 1, x)
                self.check(cuda.to_gpu(x, 0), 0, x)
                self.assertEqual(cuda.Device().id, 1)
            np.testing.assert_array_equal(
                cuda.to_cpu(cuda.to_gpu(x, 1)), x, strict=True)

    @attr.multi_gpu(2)
    def test_array_of_a_device_stays(self):
        x = on(0, [1.])
        for device in (None, 0, 1):
            self.assertIs(cuda.to_gpu(x, device), x)


@attr.gpu
class TestCopy(CopiesTestCase):

    def test_same_device(self):
        for x in ARRAYS:
            source = cuda.to_gpu(x)
            y = cuda.copy(source)
            self.assertIsNot(y, source)
            self.check(y, 0, x)
            y.fill(7)
            self.check(source, 0, x)

    def test_wrong_arguments(self):
        x = cupy.zeros((2, 3), 'f')
        with self.assertRaisesRegex(TypeError, 'to_gpu'):
            cuda.copy(np.zeros(1))
        with self.assertRaisesRegex(ValueError, r'\(2, 3\).*\(3,\)'):
            cuda.copy(x, cupy.zeros(3, 'f'))
        with self.assertRaisesRegex(TypeError, 'float32.*float64'):
            cuda.copy(x, cupy.zeros((2, 3)))

    @attr.multi_gpu(2)
    def test_between_devices(self):
        for x in ARRAYS:
            for strided in (False, True):
                with self.subTest(x=x, strided=strided):
                    source = on(0, x)
                    if strided and x.ndim == 2:
                        # Views, which have gaps on the device as well.
                        source = on(0, x.repeat(2, axis=1))[:, ::2]
                    self.check_copy(x, source)

    def check_copy(self, x, source):
        self.check(cuda.copy(source, out_device=1), 1, x)
        out = on(1, np.zeros_like(x))
        self.assertIs(cuda.copy(source, out=out), out)
        self.check(out, 1, x)
        if x.ndim == 2:
            out = on(1, np.zeros((x.shape[0], 2 * x.shape[1]), x.dtype))
            cuda.copy(source, out=out[:, 1::2], out_device=0)
            self.check(out[:, 1::2], 1, x)
            self.check(out[:, ::2], 1, np.zeros_like(x))
        stream = cuda.Stream()
        y = cuda.copy(source, out_device=1, stream=stream)
        stream.synchronize()
        self.check(y, 1, x)
        self.assertEqual(cuda.Device().id, 0)

    @attr.multi_gpu(2)
    def test_send(self):
        for x in ARRAYS:
            on_device = cuda.send(x, 1)
            self.check(on_device, 1, x)
            self.assertIs(cuda.send(on_device, 1), on_device)
            self.assertIs(cuda.send(on_device, on_device), on_device)
            self.check(cuda.send(on_device, 0), 0, x)
            self.assertIs(cuda.send(x, -1), x)
            for host in (-1, x):
                np.testing.assert_array_equal(
                    cuda.send(on_device, host), x, strict=True)


@attr.gpu
class TestKernels(unittest.TestCase):

    def test_elementwise(self):
        args = 'T x, T y', 'T z', 'z = x * y + 1', 'multiply_add_one'
        kernel = cuda.elementwise(*args)
        z = kernel(cupy.arange(3.), cupy.arange(3.))
        np.testing.assert_array_equal(z.get(), [1, 2, 5])
        self.assertIs(cuda.elementwise(*args), kernel)
        other = cuda.elementwise('T x, T y', 'T z', 'z = x', args[3])
        self.assertIsNot(other, kernel)
        self.assertIsNot(
            cuda.elementwise(*args, preamble='// one'), kernel)

    def test_reduce(self):
        args = ('T x', 'T y', 'x * x', 'a + b', 'y = sqrt(a)', '0', 'l2norm')
        kernel = cuda.reduce(*args)
        self.assertEqual(float(kernel(cupy.array([3., 4.]))), 5)
        self.assertIs(cuda.reduce(*args), kernel)

    def test_name_is_mandatory(self):
        with self.assertRaises(TypeError):
            cuda.elementwise('T x', 'T y', 'y = x')
        with self.assertRaises(TypeError):
            cuda.reduce('T x', 'T y', 'x', 'a + b', 'y = a', '0')

    def test_memoize(self):
        calls = []

        @cuda.memoize(for_each_device=True)
        def function(x):
            calls.append((x, cuda.Device().id))
            return len(calls)

        self.assertEqual([function(1), function(2), function(1)], [1, 2, 1])
        self.assertEqual(calls, [(1, 0), (2, 0)])

    @attr.multi_gpu(2)
    def test_memoize_for_each_device(self):
        each = cuda.memoize(for_each_device=True)(cuda.Device)
        self.assertEqual(each().id, 0)
        with cuda.Device(1):
            self.assertEqual(each().id, 1)
            x = cupy.arange(3.)
            y = cuda.elementwise('T x', 'T y', 'y = x + 1', 'one_more')(x)
        np.testing.assert_array_equal(y.get(), [1, 2, 3])


@attr.gpu
class TestGetArrayModule(unittest.TestCase):

    def test_cupy(self):
        x = cupy.zeros(2, 'f')
        for args in ((x,), (chainer.Variable(x),), (1.0, None, x),
                     (np.zeros(1), x)):
            self.assertIs(cuda.get_array_module(*args), cupy)
        self.assertIs(cuda.get_array_module(np.zeros(1), None), np)

    def test_softplus_of_the_tutorial(self):
        def softplus(x):
            xp = cuda.get_array_module(x)
            return xp.maximum(0, x) + xp.log1p(xp.exp(-abs(x)))

        x = np.linspace(-3, 3, 7)
        np.testing.assert_allclose(
            softplus(cuda.to_gpu(x)).get(), softplus(x), rtol=1e-12)


@attr.gpu
class TestDeprecated(unittest.TestCase):

    def test_arrays(self):
        cuda.check_cuda_available()     # what that warns of is known
        like = cupy.zeros((2, 3), 'i')
        for name, args, expected in (
                ('empty', ((2, 3),), None), ('zeros', ((2, 3),), 0),
                ('ones', ((2, 3),), 1), ('full', ((2, 3), 5), 5),
                ('empty_like', (like,), None), ('zeros_like', (like,), 0),
                ('ones_like', (like,), 1), ('full_like', (like, 5), 5)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter('always')
                x = getattr(cuda, name)(*args)
            warning, = caught
            self.assertIs(warning.category, DeprecationWarning)
            self.assertIn(f'use cupy.{name}', str(warning.message))
            self.assertIsInstance(x, cupy.ndarray)
            self.assertEqual(x.shape, (2, 3))
            self.assertEqual(x.dtype, 'i' if 'like' in name else 'f')
            if expected is not None:
                self.assertTrue((x == expected).all())

    def test_init(self):
        with self.assertWarnsRegex(DeprecationWarning, 'no call is needed'):
            self.assertIsNone(cuda.init())


@attr.gpu
class TestCheck(unittest.TestCase):

    def test_cause_is_kept(self):
        with mock.patch.object(cuda, 'available', False):
            with self.assertRaisesRegex(RuntimeError, 'CuPy'):
                cuda.check_cuda_available()
