"""Arrays of several places in one function, and what functions do there."""
import os
import subprocess
import sys
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda
from chainer.testing import attr
from chainer.utils import places


def on(device, array):
    return cuda.to_gpu(np.asarray(array), device)


def notes(error):
    """What is shown of an exception, with its notes."""
    return '\n'.join([str(error), *getattr(error, '__notes__', ())])


class MulAdd(chainer.Function):

    argument_names = 'x', 'y'
    devices = None

    def forward(self, inputs):
        self.devices = [cuda.Device().id]
        x, y, z = inputs
        return x * y + z,

    def backward(self, inputs, grad_outputs):
        self.devices.append(cuda.Device().id)
        x, y, z = inputs
        gw, = grad_outputs
        return y * gw, x * gw, gw


class Broken(chainer.Function):

    def __init__(self, forward=False):
        self.fails = forward

    def forward(self, inputs):
        if self.fails:
            raise ValueError('broken')
        return inputs[0].copy(),

    def backward(self, inputs, grad_outputs):
        raise ValueError('broken')


class TestNotes(unittest.TestCase):

    def test_function_is_named(self):
        x = chainer.Variable(np.ones(1, 'f'))
        for where in ('forward', 'backward'):
            with self.assertRaisesRegex(ValueError, '^broken') as cm:
                Broken(where == 'forward')(x).backward()
            self.assertIn(f'It happened in {where} of Broken',
                          notes(cm.exception))
        with chainer.DebugMode(True):
            y = Broken()(x)
        with self.assertRaises(ValueError) as cm:
            y.backward()
        self.assertIn('y = Broken()(x)', notes(cm.exception))

    def test_exceptions_without_notes(self):
        class Old(Exception):
            add_note = property()   # as in Python 3.10

        for args, text in ((('a', 1), "('a\\nb', 1)"), ((2,), '2'), ((), '')):
            error = Old(*args)
            places.add_note(error, 'b')
            self.assertEqual(str(error), text)

    def test_subclasses_of_arrays_can_be_mixed(self):
        class Subclass(np.ndarray):
            pass

        x = np.ones(2, 'f')
        y = MulAddOfTheHost()(x, x.view(Subclass), x)
        np.testing.assert_array_equal(y.data, [2, 2])

    def test_names(self):
        self.assertEqual(places.name_of(np.zeros(1)), 'in host memory')


class MulAddOfTheHost(chainer.Function):

    def forward_cpu(self, inputs):
        x, y, z = inputs
        return x * y + z,


@attr.gpu
class TestMixOfHostAndDevice(unittest.TestCase):

    def check(self, function, *inputs):
        with self.assertRaises(TypeError) as cm:
            function(*inputs)
        message = str(cm.exception)
        self.assertIn('in different places', message)
        self.assertIn('to_gpu', message)
        return message

    def test_every_position(self):
        for device_at in range(1, 7):
            inputs = [np.ones(2, 'f') for _ in range(3)]
            for i in range(3):
                if device_at >> i & 1:
                    inputs[i] = cuda.to_gpu(inputs[i])
            message = self.check(MulAdd(), *inputs)
            for i, name in enumerate(('x', 'y', 'argument 3')):
                where = ('on device 0' if device_at >> i & 1
                         else 'in host memory')
                self.assertIn(f'{name} is {where}', message)

    def test_links(self):
        model = L.Linear(3, 2)
        x = np.ones((1, 3), 'f')
        self.assertIn('x is on device 0, W is in host memory, b is in host',
                      self.check(model, cuda.to_gpu(x)))
        model.to_gpu()
        self.assertIn('x is in host memory, W is on device 0',
                      self.check(model, x))
        self.assertIn('LinearFunction', self.check(
            L.Linear(3, 2, nobias=True), cuda.to_gpu(x)))

    def test_operators_and_losses(self):
        x = chainer.Variable(np.ones((2, 3), 'f'))
        y = chainer.Variable(cuda.to_gpu(x.data))
        self.check(lambda: x + y)
        self.check(lambda: y * x)
        self.check(F.softmax_cross_entropy, y, np.zeros(2, 'i'))
        self.check(F.concat, [x, y])

    def test_names_of_variables(self):
        x = chainer.Variable(np.ones(2, 'f'), name='temperature')
        self.assertIn('temperature is in host memory', self.check(
            lambda z: MulAdd()(z, z, x), cuda.to_gpu(x.data)))

    def test_gradient(self):
        x = chainer.Variable(cuda.to_gpu(np.ones(2, 'f')))
        with self.assertRaisesRegex(TypeError, 'numpy.ndarray'):
            x.grad = np.ones(2, 'f')
        y = MulAdd()(x, x, x)
        y._grad = np.ones(2, 'f')
        with self.assertRaises(TypeError) as cm:
            y.backward()
        message = notes(cm.exception)
        self.assertIn('in backward of MulAdd', message)
        self.assertIn('gradients of its outputs are in host memory', message)

    def test_optimizer(self):
        for device in (False, True):
            model = L.Linear(3, 2)
            optimizer = chainer.optimizers.Adam()
            optimizer.setup(model)
            model.zerograds()
            if device:
                model.to_gpu()
                model.W.data = model.W.data.get()
            else:
                model.W.data = cuda.to_gpu(model.W.data)
            with self.assertRaises(ValueError) as cm:
                optimizer.update()
            self.assertRegex(
                str(cm.exception),
                'parameter /W is in host memory, but its gradient is on dev'
                if device else
                'parameter /W is on device 0, but its gradient is in host')
            self.assertIn('to_gpu(device)', str(cm.exception))


@attr.multi_gpu(2)
class TestSeveralDevices(unittest.TestCase):

    def test_mix(self):
        for ids in ((0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1)):
            with self.assertRaises(ValueError) as cm:
                MulAdd()(*[on(i, np.ones(2, 'f')) for i in ids])
            message = str(cm.exception)
            self.assertIn(f'x is on device {ids[0]}, y is on device {ids[1]}, '
                          f'argument 3 is on device {ids[2]}', message)
            self.assertIn('F.copy(x, device)', message)

    def test_views_are_no_way_around(self):
        x, y = on(0, np.ones((1, 2), 'f')), on(1, np.ones((1, 2), 'f'))
        with self.assertRaisesRegex(ValueError, 'xs|argument'):
            F.concat([x, y])

    def test_device_of_the_inputs_is_current(self):
        for ids in ((0, 0), (0, 1), (1, 0), (1, 1)):
            current, device = ids
            x = chainer.Variable(on(device, np.array([2, 3], 'f')))
            f = MulAdd()
            with cuda.Device(current):
                y = f(x, x, x)
                y.grad = on(device, np.ones(2, 'f'))
                y.backward()
                self.assertEqual(cuda.Device().id, current)
            self.assertEqual(f.devices, [device, device])
            for array in (y.data, x.grad):
                self.assertEqual(array.device.id, device)
            # Three uses of x: their gradients were added up on its device.
            np.testing.assert_array_equal(x.grad.get(), [5, 7])

    def test_gradient(self):
        x = chainer.Variable(on(0, np.ones(2, 'f')))
        with self.assertRaisesRegex(
                ValueError, r'is on device 1, not 0.*out_device=0'):
            x.grad = on(1, np.ones(2, 'f'))
        self.assertIsNone(x.grad)
        y = MulAdd()(x, x, x)
        y._grad = on(1, np.ones(2, 'f'))
        with self.assertRaises(ValueError) as cm:
            y.backward()
        self.assertIn('gradients of its outputs are on device 1',
                      notes(cm.exception))

    def test_optimizer(self):
        model = L.Linear(3, 2).to_gpu(0)
        optimizer = chainer.optimizers.Adam()
        optimizer.setup(model)
        model.zerograds()
        model.b._grad = on(1, np.zeros(2, 'f'))
        with self.assertRaisesRegex(ValueError, 'parameter /b is on device '
                                    '0, but its gradient is on device 1'):
            optimizer.update()

    def test_graph_over_two_devices(self):
        x = chainer.Variable(on(0, np.array([2], 'f')))
        z = F.copy(x, 1)
        y = x + F.copy(z * z * z, 0)
        self.assertEqual((z.data.device.id, y.data.device.id), (1, 0))
        y.backward(retain_grad=True)
        self.assertEqual((z.grad.device.id, x.grad.device.id), (1, 0))
        self.assertEqual(float(x.grad[0]), 13)

    def test_gradients_that_share_memory(self):
        class Both(chainer.Function):
            def forward(self, inputs):
                return inputs[0] + inputs[1],

            def backward(self, inputs, grad_outputs):
                return grad_outputs * 2

        x, y = [chainer.Variable(on(1, np.ones(2, 'f'))) for _ in range(2)]
        z = Both()(x, y)
        z.grad = on(1, np.ones(2, 'f'))
        z.backward()
        for grad in (x.grad, y.grad):
            self.assertEqual(grad.device.id, 1)
        with cuda.Device(1):
            x.grad.fill(5)
        np.testing.assert_array_equal(y.grad.get(), 1)

    def test_nan_in_debug_mode(self):
        x = chainer.Variable(on(1, np.array([-1], 'f')))
        with chainer.DebugMode(True):
            with self.assertRaisesRegex(RuntimeError, 'NaN.*Log'):
                F.log(x)


@attr.gpu
class TestOutOfRange(unittest.TestCase):

    CODE = '''
import warnings
warnings.simplefilter('ignore')
import numpy as np
import chainer
from chainer import cuda

class Pick(chainer.Function):
    def forward_gpu(self, inputs):
        return cuda.elementwise(
            'raw T x, I at', 'T y', 'y = x[at]', 'pick')(*inputs),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.cupy.zeros_like(inputs[0])
        cuda.elementwise(
            'I at, T gy', 'raw T gx', 'gx[at + 1] = gy', 'unpick')(
                inputs[1], grad_outputs[0], gx)
        return gx, None

def attempt(*index):
    x = chainer.Variable(cuda.to_gpu(np.arange(4, dtype='f')))
    try:
        y = Pick()(x, cuda.to_gpu(np.array(index, 'i')))
        y.grad = y.data
        y.backward()
        print(x.grad)
    except Exception as error:
        print(error, *getattr(error, '__notes__', ()))

attempt(0, 2)
attempt(0, 4)
attempt(3, 2)
with chainer.DebugMode(True):
    attempt(3, 0)
'''

    def test_function_is_named(self):
        if cuda.cupy.cuda.backend != 'host':
            self.skipTest('only the host device checks indices')
        result = subprocess.run(
            [sys.executable, '-c', self.CODE], text=True, check=True,
            capture_output=True, timeout=120,
            env=dict(os.environ, CUPY_HOST_CHECK='1'))
        fine, forward, backward, where, *_ = result.stdout.splitlines()
        self.assertEqual(fine, '[0. 0. 0. 2.]')
        self.assertRegex(
            forward, 'kernel pick: index 4 is out of range for argument x of '
            'size 4.* It happened in forward of Pick')
        self.assertRegex(
            backward, 'kernel unpick: index 4 is out of range for argument '
            'gx of size 4.* It happened in backward of Pick')
        self.assertRegex(
            where, 'backward of Pick, which was called here:')
