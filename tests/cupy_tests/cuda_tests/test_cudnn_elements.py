import unittest

import numpy

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn

FACTORS = (1, 0), (2, 0), (1, 1), (-.5, .25), (0, 2), (0, 0)
RTOL = {'e': 2e-3, 'f': 2e-6, 'd': 1e-14}
SHAPE = 2, 3, 5, 7
LARGE = 2, 4, 65, 67  # large enough to be cut into parts
KEEP_NAN = libcudnn.CUDNN_PROPAGATE_NAN
DROP_NAN = libcudnn.CUDNN_NOT_PROPAGATE_NAN


def random(shape, dtype, seed=0):
    return numpy.random.RandomState(seed).uniform(
        -3, 3, shape).astype(dtype)


def spread(a):
    """Puts an array between elements that do not belong to it."""
    big = numpy.full(a.shape[:-1] + (2 * a.shape[-1] + 1,), 7, a.dtype)
    big[..., 1::2] = a
    return cupy.array(big)[..., 1::2]


def operands(*arrays):
    """Returns descriptors, and the arguments that the functions take."""
    descs = [cudnn.create_tensor_descriptor(a) for a in arrays]
    return descs, [value for desc, a in zip(descs, arrays)
                   for value in (desc.value, a.data.ptr)]


def assert_close(actual, expected, dtype):
    numpy.testing.assert_allclose(
        actual.get(), expected, rtol=RTOL[dtype], atol=RTOL[dtype])


def blend(alpha, result, beta, before):
    return alpha * result + (beta * before if beta else 0)


def before(shape, dtype, beta):
    """What an output holds: if it must not be read, NaNs."""
    if beta:
        return random(shape, dtype, 9)
    return numpy.full(shape, numpy.nan, dtype)


class TestAddTensor(unittest.TestCase):

    def check(self, a_shape, c_shape, dtype, alpha=1, beta=1,
              place=cupy.array):
        a, c = random(a_shape, dtype), before(c_shape, dtype, beta)
        expected = blend(alpha, a.astype('d'), beta, c.astype('d'))
        expected = numpy.broadcast_to(expected, c_shape)
        c = place(c)
        self.add(place(a), c, alpha, beta)
        assert_close(c, expected, dtype)

    def add(self, a, c, alpha, beta):
        descs, (a_desc, a_ptr, c_desc, c_ptr) = operands(a, c)
        alpha, beta = cudnn.scalar(alpha, c.dtype), cudnn.scalar(beta, c.dtype)
        libcudnn.addTensor(
            cudnn.get_handle(), alpha.data, a_desc, a_ptr, beta.data, c_desc,
            c_ptr)

    def test_every_broadcast(self):
        for mask in numpy.ndindex(2, 2, 2, 2):
            a_shape = tuple(n if m else 1 for n, m in zip(SHAPE, mask))
            self.check(a_shape, SHAPE, 'f')

    def test_shapes(self):
        for a_shape, c_shape in [
                ((1, 1, 1, 1), (1, 1, 1, 1)), ((1, 4, 1, 1), LARGE),
                ((1, 500, 1, 1), (200, 500, 1, 1)),
                ((1, 3, 1, 2, 1), (2, 3, 4, 2, 5)),
                ((2, 1, 3, 1, 2, 1), (2, 2, 3, 2, 2, 2))]:
            self.check(a_shape, c_shape, 'f')

    def test_factors(self):
        for dtype in 'efd':
            for alpha, beta in FACTORS:
                self.check((1, 3, 1, 1), SHAPE, dtype, alpha, beta)
                self.check(SHAPE, SHAPE, dtype, alpha, beta, spread)

    def test_shapes_that_do_not_fit(self):
        for a_shape in (1, 4, 1, 1), (1, 3, 1, 1, 1), (2, 3, 5, 2):
            with self.assertRaises(libcudnn.CuDNNError) as context:
                self.add(cupy.empty(a_shape, 'f'), cupy.empty(SHAPE, 'f'), 1,
                         1)
            self.assertEqual(libcudnn.CUDNN_STATUS_BAD_PARAM,
                             context.exception.status)
            self.assertIn('aDesc', str(context.exception))


class TestSetAndScale(unittest.TestCase):

    def check_set(self, shape, dtype, place):
        y = place(before(shape, dtype, 0))
        value = numpy.array(1.25, dtype)
        descs, (desc, ptr) = operands(y)
        libcudnn.setTensor(cudnn.get_handle(), desc, ptr, value.ctypes.data)
        numpy.testing.assert_array_equal(y.get(), 1.25)

    def check_scale(self, shape, dtype, place):
        y = random(shape, dtype)
        expected = y * 2.5
        y = place(y)
        descs, (desc, ptr) = operands(y)
        scale = cudnn.scalar(2.5, dtype)
        libcudnn.scaleTensor(cudnn.get_handle(), desc, ptr, scale.data)
        assert_close(y, expected, dtype)

    def test_both(self):
        for dtype in 'efd':
            for shape in (1, 1, 1, 1), SHAPE, LARGE:
                for place in cupy.array, spread:
                    self.check_set(shape, dtype, place)
                    self.check_scale(shape, dtype, place)

    def test_gaps_between_elements_are_left_alone(self):
        y = spread(random(SHAPE, 'e'))
        whole = y.base
        descs, (desc, ptr) = operands(y)
        value = numpy.array(2, 'e')
        libcudnn.setTensor(cudnn.get_handle(), desc, ptr, value.ctypes.data)
        numpy.testing.assert_array_equal(whole.get()[..., ::2], 7)


def elu(x):
    return numpy.where(x > 0, x, .5 * numpy.expm1(numpy.minimum(x, 0)))


# Mode, coefficient, function, derivative.
FUNCTIONS = [
    (libcudnn.CUDNN_ACTIVATION_SIGMOID, 0,
     lambda x: 1 / (1 + numpy.exp(-x)),
     lambda x: numpy.exp(-x) / (1 + numpy.exp(-x)) ** 2),
    (libcudnn.CUDNN_ACTIVATION_RELU, 0,
     lambda x: numpy.maximum(x, 0), lambda x: x > 0),
    (libcudnn.CUDNN_ACTIVATION_TANH, 0,
     numpy.tanh, lambda x: numpy.cosh(x) ** -2),
    (libcudnn.CUDNN_ACTIVATION_CLIPPED_RELU, 1.5,
     lambda x: numpy.clip(x, 0, 1.5), lambda x: (x > 0) & (x < 1.5)),
    (libcudnn.CUDNN_ACTIVATION_ELU, .5,
     elu, lambda x: numpy.where(x > 0, 1, .5 * numpy.exp(x))),
]


class TestActivation(unittest.TestCase):

    def forward(self, mode, coef, x, y, alpha=1, beta=0, nan=DROP_NAN):
        dtype = x.dtype
        act = cudnn.create_activation_descriptor(mode, nan, coef)
        alpha, beta = cudnn.scalar(alpha, dtype), cudnn.scalar(beta, dtype)
        descs, (x_desc, x_ptr, y_desc, y_ptr) = operands(x, y)
        libcudnn.activationForward(
            cudnn.get_handle(), act.value, alpha.data, x_desc, x_ptr,
            beta.data, y_desc, y_ptr)

    def backward(self, mode, coef, y, gy, x, gx, alpha=1, beta=0):
        dtype = x.dtype
        act = cudnn.create_activation_descriptor(mode, DROP_NAN, coef)
        alpha, beta = cudnn.scalar(alpha, dtype), cudnn.scalar(beta, dtype)
        descs, args = operands(y, gy, x, gx)
        libcudnn.activationBackward(
            cudnn.get_handle(), act.value, alpha.data, *args[:6], beta.data,
            *args[6:])

    def check(self, function, shape, dtype, alpha=1, beta=0,
              place=cupy.array):
        mode, coef, f, df = function
        x, gy = random(shape, dtype), random(shape, dtype, 1)
        exact = x.astype('d')
        out = before(shape, dtype, beta)
        expected = blend(alpha, f(exact), beta, out)
        expected_gx = blend(alpha, df(exact) * gy, beta, out)
        y, x, gy = place(f(exact).astype(dtype)), place(x), place(gy)
        result, gx = place(out), place(out)
        with self.subTest(mode=mode, dtype=dtype, alpha=alpha, beta=beta):
            self.forward(mode, coef, x, result, alpha, beta)
            assert_close(result, expected, dtype)
            self.backward(mode, coef, y, gy, x, gx, alpha, beta)
            # The derivatives come from the rounded result.
            numpy.testing.assert_allclose(
                gx.get(), expected_gx, rtol=10 * RTOL[dtype],
                atol=10 * RTOL[dtype])

    def test_functions(self):
        for function in FUNCTIONS:
            for dtype in 'efd':
                for shape in (1, 1, 1, 1), SHAPE, LARGE, (2, 2, 2, 2, 2):
                    self.check(function, shape, dtype)

    def test_factors_and_strides(self):
        for function in FUNCTIONS:
            for dtype in 'efd':
                for alpha, beta in FACTORS:
                    self.check(function, SHAPE, dtype, alpha, beta, spread)

    def test_in_place(self):
        for mode, coef, f, _ in FUNCTIONS:
            for beta in 0, 1:
                x = random(SHAPE, 'f')
                expected = blend(1, f(x.astype('d')), beta, x)
                x = cupy.array(x)
                self.forward(mode, coef, x, x, 1, beta)
                assert_close(x, expected, 'f')

    def test_extremes(self):
        x = numpy.array([-1e30, -200, -0., 200, 1e30], 'f')
        x = x.reshape(1, 1, 1, 5)
        for mode, coef, f, _ in FUNCTIONS:
            y = cupy.empty(x.shape, 'f')
            self.forward(mode, coef, cupy.array(x), y)
            with numpy.errstate(over='ignore'):
                assert_close(y, f(x.astype('d')).astype('f'), 'f')

    def test_small_arguments_keep_their_digits(self):
        x = numpy.array([-1e-6, 1e-6, -3e-3, 3e-3], 'f').reshape(1, 1, 1, 4)
        for i in 2, 4:
            mode, coef, f, _ = FUNCTIONS[i]
            y = cupy.empty(x.shape, 'f')
            self.forward(mode, coef, cupy.array(x), y)
            numpy.testing.assert_allclose(
                y.get(), f(x.astype('d')), rtol=1e-6)

    def test_nan(self):
        relu, clipped = FUNCTIONS[1], FUNCTIONS[3]
        for mode, coef, _, _ in relu, clipped:
            for nan, expected in (KEEP_NAN, numpy.nan), (DROP_NAN, 0):
                x = cupy.array(numpy.full(SHAPE, numpy.nan, 'f'))
                self.forward(mode, coef, x, x, nan=nan)
                numpy.testing.assert_array_equal(x.get(), expected)
        for i in 0, 2, 4:
            x = cupy.array(numpy.full(SHAPE, numpy.nan, 'f'))
            self.forward(FUNCTIONS[i][0], FUNCTIONS[i][1], x, x)
            self.assertTrue(numpy.isnan(x.get()).all())

    def test_shapes_that_differ(self):
        x, y = cupy.empty(SHAPE, 'f'), cupy.empty((2, 3, 5, 6), 'f')
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'yDesc'):
            self.forward(libcudnn.CUDNN_ACTIVATION_RELU, 0, x, y)
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'dxDesc'):
            self.backward(libcudnn.CUDNN_ACTIVATION_RELU, 0, x, x, x, y)

    def test_types_that_differ(self):
        x, y = cupy.empty(SHAPE, 'f'), cupy.empty(SHAPE, 'd')
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'data type'):
            self.forward(libcudnn.CUDNN_ACTIVATION_RELU, 0, x, y)

    def test_unknown_mode(self):
        with self.assertRaises(libcudnn.CuDNNError) as context:
            cudnn.create_activation_descriptor(17)
        self.assertEqual(libcudnn.CUDNN_STATUS_NOT_SUPPORTED,
                         context.exception.status)


class TestHalf(unittest.TestCase):

    def copy(self, x, y):
        descs, (x_desc, x_ptr, y_desc, y_ptr) = operands(x, y)
        one, zero = cudnn.scalar(1, x.dtype), cudnn.scalar(0, x.dtype)
        libcudnn.addTensor(
            cudnn.get_handle(), one.data, x_desc, x_ptr, zero.data, y_desc,
            y_ptr)

    def test_every_half_is_kept(self):
        bits = numpy.arange(2 ** 16, dtype=numpy.uint16)
        x = bits.view('e').reshape(1, 1, 256, 256)
        y = cupy.empty(x.shape, 'e')
        self.copy(cupy.array(x), y)
        actual = y.get().ravel()
        numbers = ~numpy.isnan(actual)
        numpy.testing.assert_array_equal(
            bits[numbers], actual.view(numpy.uint16)[numbers])
        numpy.testing.assert_array_equal(
            numpy.isnan(x.ravel()), numpy.isnan(actual))

    def test_rounding(self):
        # Products of a half and a factor of single precision: what NumPy
        # rounds them to.
        x = numpy.arange(2 ** 16, dtype=numpy.uint16).view('e')
        x = x[numpy.isfinite(x)].reshape(1, 1, 1, -1)
        for scale in .3, 1 / 3, 1 + 2 ** -11, 2. ** -10, 3e-4, 1.9:
            with numpy.errstate(over='ignore'):
                expected = (x.astype('f') * numpy.float32(scale)).astype('e')
            y = cupy.array(x)
            descs, (desc, ptr) = operands(y)
            factor = cudnn.scalar(scale, 'e')
            libcudnn.scaleTensor(cudnn.get_handle(), desc, ptr, factor.data)
            numpy.testing.assert_array_equal(y.get(), expected)
