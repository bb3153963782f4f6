"""The code of the tutorial's chapter "Define your own function"."""
import math
import unittest

import numpy as np

import chainer.functions as F
from chainer import Function, Link, Variable, cuda, gradient_check, testing
from chainer.testing import attr


class MulAddOnCPU(Function):
    def forward_cpu(self, inputs):
        x, y, z = inputs
        w = x * y + z
        return w,

    def backward_cpu(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs

        gx = y * gw
        gy = x * gw
        gz = gw
        return gx, gy, gz


class MulAddWithGPU(MulAddOnCPU):
    def forward_gpu(self, inputs):
        x, y, z = inputs
        w = x * y + z
        return w,

    def backward_gpu(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs

        gx = y * gw
        gy = x * gw
        gz = gw
        return gx, gy, gz


class MulAdd(Function):
    def forward(self, inputs):
        x, y, z = inputs
        w = x * y + z
        return w,

    def backward(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs

        gx = y * gw
        gy = x * gw
        gz = gw
        return gx, gy, gz


def muladd(x, y, z):
    return MulAdd()(x, y, z)


class TestMulAdd(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)
        self.x = Variable(np.random.uniform(-1, 1, (3, 2)).astype(np.float32))
        self.y = Variable(np.random.uniform(-1, 1, (3, 2)).astype(np.float32))
        self.z = Variable(np.random.uniform(-1, 1, (3, 2)).astype(np.float32))

    def check(self, func):
        x, y, z = self.x, self.y, self.z
        w = func(x, y, z)
        np.testing.assert_array_equal(w.data, x.data * y.data + z.data)
        w.grad = np.random.randn(3, 2).astype(np.float32)
        w.backward()
        np.testing.assert_array_equal(x.grad, y.data * w.grad)
        np.testing.assert_array_equal(y.grad, x.data * w.grad)
        np.testing.assert_array_equal(z.grad, w.grad)

    def test_cpu(self):
        self.check(MulAddOnCPU())

    def test_cpu_and_gpu(self):
        self.check(MulAddWithGPU())

    def test_unified(self):
        self.check(MulAdd())

    def test_wrapper(self):
        self.check(muladd)

    def test_instance_cannot_be_used_twice(self):
        f = MulAdd()
        w = f(self.x, self.y, self.z)
        with self.assertRaisesRegex(RuntimeError, 'MulAdd'):
            f(w, self.y, self.z)


class ExpAddTwice(Function):
    """The first version, with the code of the CPU and the GPU apart."""

    def forward_cpu(self, inputs):
        x, y = inputs
        z = np.exp(x) + np.exp(y)
        return z,

    def backward_cpu(self, inputs, grad_outputs):
        x, y = inputs
        gz, = grad_outputs

        gx = gz * np.exp(x)
        gy = gz * np.exp(y)
        return gx, gy

    def forward_gpu(self, inputs):
        cupy = cuda.cupy
        x, y = inputs
        z = cupy.exp(x) + cupy.exp(y)
        return z,

    def backward_gpu(self, inputs, grad_outputs):
        cupy = cuda.cupy
        x, y = inputs
        gz, = grad_outputs

        gx = gz * cupy.exp(x)
        gy = gz * cupy.exp(y)
        return gx, gy


class ExpAdd(Function):
    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        x, y = inputs
        z = xp.exp(x) + xp.exp(y)
        return z,

    def backward(self, inputs, grad_outputs):
        xp = cuda.get_array_module(*inputs)
        x, y = inputs
        gz, = grad_outputs

        gx = gz * xp.exp(x)
        gy = gz * xp.exp(y)
        return gx, gy


def expadd(x, y):
    return ExpAdd()(x, y)


class TestExpAdd(unittest.TestCase):

    def check(self, func):
        x = np.array([0, 1, -2], np.float32)
        y = np.array([2, 0, 1], np.float32)
        gz = np.array([1, 2, 3], np.float32)
        z = func(Variable(x), Variable(y))
        np.testing.assert_allclose(z.data, [
            1 + math.e ** 2, math.e + 1, math.e ** -2 + math.e], rtol=1e-6)
        gradient_check.check_backward(func, (x, y), gz, dtype=np.float64)

    def test_cpu(self):
        self.check(lambda x, y: ExpAddTwice()(x, y))

    def test_unified(self):
        self.check(expadd)


class MulAddByKernel(MulAddOnCPU):
    def forward_gpu(self, inputs):
        x, y, z = inputs
        w = cuda.elementwise(
            'float32 x, float32 y, float32 z',
            'float32 w',
            'w = x * y + z',
            'muladd_fwd')(x, y, z)
        return w,

    def backward_gpu(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs

        gx, gy = cuda.elementwise(
            'float32 x, float32 y, float32 gw',
            'float32 gx, float32 gy',
            '''
               gx = y * gw;
               gy = x * gw;
            ''',
            'muladd_bwd')(x, y, gw)

        gz = gw
        return gx, gy, gz


class MulAddOfAnyType(MulAddOnCPU):
    def forward_gpu(self, inputs):
        x, y, z = inputs
        w = cuda.elementwise(
            'T x, T y, T z',
            'T w',
            'w = x * y + z',
            'muladd_fwd')(x, y, z)
        return w,

    def backward_gpu(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs

        gx, gy = cuda.elementwise(
            'T x, T y, T gw',
            'T gx, T gy',
            '''
               gx = y * gw;
               gy = x * gw;
            ''',
            'muladd_bwd')(x, y, gw)

        gz = gw
        return gx, gy, gz


@attr.gpu
class TestOnDevice(unittest.TestCase):

    def check(self, function, dtype=np.float32, rtol=1e-6):
        np.random.seed(0)
        x, y, z, gw = [np.random.uniform(-1, 1, (3, 2)).astype(dtype)
                       for _ in range(4)]
        variables = [Variable(cuda.to_gpu(a)) for a in (x, y, z)]
        w = function(*variables)
        self.assertIsInstance(w.data, cuda.ndarray)
        w.grad = cuda.to_gpu(gw)
        w.backward()
        for actual, expected in zip(
                [w.data] + [v.grad for v in variables],
                [x * y + z, y * gw, x * gw, gw]):
            self.assertEqual(actual.dtype, dtype)
            np.testing.assert_allclose(
                actual.get(), expected, rtol=rtol, atol=rtol)

    def test_muladd(self):
        self.check(MulAddWithGPU())
        self.check(muladd)

    def test_kernel(self):
        self.check(MulAddByKernel())

    def test_kernel_of_one_type(self):
        x = cuda.to_gpu(np.ones(2))
        with self.assertRaisesRegex(TypeError, 'float64'):
            MulAddByKernel()(x, x, x)

    def test_type_placeholder(self):
        for dtype, rtol in (('e', 1e-3), ('f', 1e-6), ('d', 1e-12)):
            self.check(MulAddOfAnyType(), np.dtype(dtype), rtol)

    def test_expadd(self):
        x = np.array([0, 1, -2], np.float32)
        y = np.array([2, 0, 1], np.float32)
        gz = cuda.to_gpu(np.array([1, 2, 3], np.float32))
        for function in (expadd, lambda x, y: ExpAddTwice()(x, y)):
            z = function(cuda.to_gpu(x), cuda.to_gpu(y))
            np.testing.assert_allclose(
                z.data.get(), np.exp(x) + np.exp(y), rtol=1e-6)
            gradient_check.check_backward(
                function, (cuda.to_gpu(x), cuda.to_gpu(y)), gz,
                dtype=np.float64)

    def test_links(self):
        np.random.seed(0)
        for link in (EltwiseParamProduct((4, 3)), Linear(3, 2)):
            x = np.random.randn(4, 3).astype(np.float32)
            expected = link(Variable(x)).data
            link.to_gpu()
            y = link(Variable(cuda.to_gpu(x)))
            np.testing.assert_allclose(
                y.data.get(), expected, rtol=1e-5, atol=1e-6)
            gy = cuda.to_gpu(np.random.randn(*y.shape).astype(np.float32))
            gradient_check.check_backward(
                link, cuda.to_gpu(x), gy, tuple(link.params()),
                dtype=np.float64)

    def test_backward_gpu_of_relu(self):
        x = Variable(cuda.to_gpu(np.random.randn(3, 2).astype(np.float32)))
        y = F.relu(x)
        y.grad = cuda.to_gpu(np.random.randn(3, 2).astype(np.float32))
        y.backward()

        f = lambda: (F.relu(x).data,)  # noqa: E731 - as the tutorial has it
        gx, = gradient_check.numerical_grad(f, (x.data,), (y.grad,))
        testing.assert_allclose(gx, x.grad)


class EltwiseParamProduct(Link):
    def __init__(self, shape):
        # By passing a shape of the parameter, the initializer allocates a
        # parameter variable of the shape.
        super(EltwiseParamProduct, self).__init__(W=shape)
        self.W.data[...] = np.random.randn(*shape)

    def __call__(self, x):
        return self.W * x


class EltwiseParamProductAdded(Link):
    def __init__(self, shape):
        super(EltwiseParamProductAdded, self).__init__()
        self.add_param('W', shape)
        self.W.data[...] = np.random.randn(*shape)

    def __call__(self, x):
        return self.W * x


class LinearFunction(Function):
    def forward(self, inputs):
        x, W, b = inputs
        return x.dot(W.T) + b,

    def backward(self, inputs, grad_outputs):
        x, W, b = inputs
        gy, = grad_outputs

        gx = gy.dot(W)
        gW = gy.T.dot(x)
        gb = gy.sum(axis=0)
        return gx, gW, gb


def linear(x, W, b):
    return LinearFunction()(x, W, b)


class Linear(Link):
    def __init__(self, in_size, out_size):
        super(Linear, self).__init__(W=(out_size, in_size), b=out_size)
        self.W.data[...] = (
            np.random.randn(out_size, in_size) / math.sqrt(in_size))
        self.b.data.fill(0)

    def __call__(self, x):
        return linear(x, self.W, self.b)


class TestLinks(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)

    def check_eltwise_param_product(self, link):
        self.assertEqual([name for name, _ in link.namedparams()], ['/W'])
        x = np.random.randn(3, 2).astype(np.float32)
        gy = np.random.randn(3, 2).astype(np.float32)
        np.testing.assert_array_equal(
            link(Variable(x)).data, link.W.data * x)
        gradient_check.check_backward(
            link, x, gy, link.W, dtype=np.float64)

    def test_parameter_of_the_constructor(self):
        self.check_eltwise_param_product(EltwiseParamProduct((3, 2)))

    def test_parameter_added_later(self):
        self.check_eltwise_param_product(EltwiseParamProductAdded((3, 2)))

    def test_linear(self):
        link = Linear(3, 2)
        self.assertEqual(link.W.data.shape, (2, 3))
        self.assertEqual(link.b.data.shape, (2,))
        x = np.random.randn(4, 3).astype(np.float32)
        gy = np.random.randn(4, 2).astype(np.float32)
        np.testing.assert_allclose(
            link(Variable(x)).data,
            np.einsum('ni,oi->no', x, link.W.data), rtol=1e-5)
        gradient_check.check_backward(
            link, x, gy, (link.W, link.b), dtype=np.float64)


class TestTestingFunction(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)

    def test_numerical_grad(self):
        x = np.random.randn(4, 3).astype(np.float32)
        gy = np.ones((4, 3), dtype=np.float32)
        f = lambda: (x * x,)  # noqa: E731 - as the tutorial has it
        gx = gradient_check.numerical_grad(f, (x,), (gy,))
        self.assertEqual(len(gx), 1)
        np.testing.assert_allclose(gx[0], 2 * x, atol=1e-3)


class TestReLU(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)

    def test_backward_cpu(self):
        x = Variable(np.random.randn(3, 2).astype(np.float32))
        y = F.relu(x)
        y.grad = np.random.randn(3, 2).astype(np.float32)
        y.backward()

        f = lambda: (F.relu(x).data,)  # noqa: E731 - as the tutorial has it
        gx, = gradient_check.numerical_grad(f, (x.data,), (y.grad,))
        testing.assert_allclose(gx, x.grad)
