import copy
import doctest
import importlib.util
import inspect
import sys
import unittest
import warnings
from unittest import mock

import numpy as np

import chainer
from chainer import cuda, link, variable


def load_without_cupy():
    """Loads ``chainer.cuda`` as it is where CuPy cannot be imported."""
    spec = importlib.util.spec_from_file_location(
        'cuda_without_cupy', cuda.__file__)
    module = importlib.util.module_from_spec(spec)
    with mock.patch.dict(sys.modules, {'cupy': None, 'cupy.cuda': None}):
        spec.loader.exec_module(module)
    return module


absent = load_without_cupy()


class TestAbsence(unittest.TestCase):

    def test_state(self):
        self.assertIs(absent.available, False)
        self.assertIs(absent.cudnn_enabled, False)
        self.assertIsNone(absent.memory_pool)

    def check_explains(self, function, *args):
        with self.assertRaises(RuntimeError) as cm:
            function(*args)
        message = str(cm.exception)
        self.assertIn('CuPy is not available', message)
        self.assertIn('C++ compiler or a CUDA toolkit', message)
        self.assertIn('--gpu -1', message)
        return message

    def test_cause_is_named(self):
        message = self.check_explains(absent.check_cuda_available)
        self.assertIn('(import of cupy halted', message)

    def test_functions(self):
        x = np.zeros(2, 'f')
        self.check_explains(absent.to_gpu, x)
        self.check_explains(absent.to_gpu, x, 0)
        self.check_explains(absent.copy, x)
        self.check_explains(absent.get_device, 0)
        self.check_explains(absent.get_device, None, np.int64(1))
        self.check_explains(absent.elementwise, 'T x', 'T y', 'y = x', 'k')
        self.check_explains(absent.reduce, 'T x', 'T y', 'x', 'a + b',
                            'y = a', '0', 'k')

    def test_classes(self):
        for cls, args in ((absent.Device, ()), (absent.Device, (0,)),
                          (absent.Event, ()), (absent.Stream, (True,))):
            message = self.check_explains(cls, *args)
            self.assertIn(f'{cls.__name__} is used', message)
            self.assertFalse(isinstance(0, cls))

    def test_arrays_are_not_device_arrays(self):
        self.assertNotIsInstance(np.zeros(1), absent.ndarray)

    def test_names_in_cupy(self):
        for function in (lambda: absent.cupy.zeros,
                         lambda: absent.cupy.ElementwiseKernel('T x'),
                         lambda: absent.cupy.random.seed(0)):
            self.assertRegex(self.check_explains(function),
                             r'cupy\.\w+ is used')
        self.assertIn('cupy.cuda.Device is used', self.check_explains(
            lambda: absent.cupy.cuda.Device(0)))

    def test_names_that_tools_look_for(self):
        for module in absent.cupy, absent.cupy.cuda:
            for name in ('__path__', '__wrapped__', '__file__',
                         '_repr_html_'):
                self.assertFalse(hasattr(module, name))
                with self.assertRaisesRegex(AttributeError, name):
                    getattr(module, name)
        self.assertEqual(inspect.unwrap(absent.cupy), absent.cupy)
        self.assertIn('cupy', repr(absent.cupy))
        self.assertIn('CuPy is not available', inspect.getdoc(absent.cupy))
        self.assertIsInstance(doctest.DocTestFinder().find(absent.cupy), list)

    def test_hasattr(self):
        self.assertFalse(hasattr(absent.cupy, 'zeros'))
        self.assertIsNone(getattr(absent.cupy.cuda, 'cudnn', None))

    def test_variable_to_gpu(self):
        data, grad = np.zeros(2, 'f'), np.zeros(2, 'f')
        x = chainer.Variable(data, grad=grad)
        with mock.patch.object(variable, 'cuda', absent):
            self.check_explains(x.to_gpu)
            self.check_explains(x.to_gpu, 0)
        self.assertIs(x.data, data)
        self.assertIs(x.grad, grad)

    def test_link_to_gpu(self):
        model = chainer.Chain(child=chainer.Link(W=2))
        with mock.patch.object(link, 'cuda', absent):
            self.check_explains(model.to_gpu)
            self.check_explains(model.to_gpu, 0)
        self.assertIs(model.xp, np)
        self.assertIsInstance(model.child.W.data, np.ndarray)


class TestGetDevice(unittest.TestCase):

    def test_what_names_no_device(self):
        for args in ((), (None,), (np.zeros(1),), (np.zeros(1), None),
                     (True,), (False,), ('0',)):
            self.assertIs(absent.get_device(*args), absent.DummyDevice)

    def test_the_cpu(self):
        for args in (-1,), (np.int32(-1),), (np.zeros(1), -1, 0), (-2,):
            self.assertIs(absent.get_device(*args), absent.DummyDevice)

    def test_device_object(self):
        device = absent.DummyDeviceType()
        self.assertIs(absent.get_device(None, device, 0), device)


class TestDummyDevice(unittest.TestCase):

    def test_id(self):
        self.assertEqual(int(cuda.DummyDevice), -1)
        self.assertEqual(cuda.DummyDevice.id, -1)

    def test_context(self):
        with cuda.get_device(np.zeros(1)) as device:
            self.assertIs(device, cuda.DummyDevice)
            with device:
                pass
        with self.assertRaises(ZeroDivisionError):
            with cuda.DummyDevice:
                raise ZeroDivisionError

    def test_equality(self):
        other = cuda.DummyDeviceType()
        self.assertTrue(other == cuda.DummyDevice)
        self.assertFalse(other != cuda.DummyDevice)
        self.assertEqual(hash(other), hash(cuda.DummyDevice))
        self.assertFalse(other == -1)
        self.assertTrue(other != -1)

    def test_nothing_to_do(self):
        self.assertIsNone(cuda.DummyDevice.use())
        self.assertIsNone(cuda.DummyDevice.synchronize())


class TestToCpu(unittest.TestCase):

    def test_array_of_the_host(self):
        x = np.zeros(2, 'f')
        self.assertIs(cuda.to_cpu(x), x)

    def test_what_is_no_array(self):
        for x in 1.0, [1.0], None, chainer.Variable(np.zeros(1, 'f')):
            with self.assertRaises(TypeError) as cm:
                cuda.to_cpu(x)
            self.assertIn(str(type(x)), str(cm.exception))


class TestGetArrayModule(unittest.TestCase):

    def test_numpy(self):
        x = np.zeros(2, 'f')
        for args in ((), (x,), (chainer.Variable(x),), (1.0, None, x)):
            self.assertIs(cuda.get_array_module(*args), np)
            self.assertIs(absent.get_array_module(*args), np)


class TestMemoize(unittest.TestCase):

    def test_without_cupy_the_function_is_left(self):
        def function():
            return 1

        self.assertIs(absent.memoize()(function), function)
        self.assertIs(absent.memoize(for_each_device=True)(function),
                      function)


class TestMaxWorkspaceSize(unittest.TestCase):

    def test_get_and_set(self):
        default = absent.get_max_workspace_size()
        self.assertEqual(default, 256 * 1024 * 1024)
        absent.set_max_workspace_size(1024)
        self.addCleanup(absent.set_max_workspace_size, default)
        self.assertEqual(absent.get_max_workspace_size(), 1024)


class TestDeprecated(unittest.TestCase):

    def test_warn_and_explain(self):
        x = np.zeros(2, 'f')
        for name, args in (
                ('init', ()), ('empty', (2,)), ('full', (2, 1)),
                ('zeros', (2,)), ('ones', (2,)), ('empty_like', (x,)),
                ('full_like', (x, 1)), ('zeros_like', (x,)),
                ('ones_like', (x,))):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter('always')
                with self.assertRaisesRegex(RuntimeError, 'CuPy'):
                    getattr(absent, name)(*args)
            warning, = caught
            self.assertIs(warning.category, DeprecationWarning)
            self.assertIn(f'chainer.cuda.{name}', str(warning.message))
            self.assertEqual(warning.filename, __file__)


class TestCopies(unittest.TestCase):

    def test_dummy_device(self):
        self.assertEqual(copy.deepcopy(cuda.DummyDevice), cuda.DummyDevice)
