import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def slstm_by_units(c_prev1, c_prev2, x1, x2):
    """Computes c and h, one unit at a time, in double precision."""
    c, h = numpy.empty(c_prev1.shape), numpy.empty(c_prev1.shape)
    for n, k, *position in numpy.ndindex(h.shape):
        unit = (n, k, *position)
        (a1, i1, f1, o1), (a2, i2, f2, o2) = [
            [float(x[(n, 4 * k + gate, *position)]) for gate in range(4)]
            for x in (x1, x2)]
        c[unit] = (math.tanh(a1) * sigmoid(i1) +
                   math.tanh(a2) * sigmoid(i2) +
                   float(c_prev1[unit]) * sigmoid(f1) +
                   float(c_prev2[unit]) * sigmoid(f2))
        h[unit] = math.tanh(c[unit]) * sigmoid(o1 + o2)
    return c, h


def make_inputs(dtype, batch, shape):
    random = numpy.random.RandomState(0)
    signal = (batch, 4 * shape[0]) + shape[1:]
    return (*random.uniform(-1, 1, (2, batch) + shape).astype(dtype),
            *random.uniform(-2, 2, (2,) + signal).astype(dtype))


@testing.parameterize(*testing.product({
    'batch': [3, 0],
    'shape': [(2,), (1,), (2, 2, 2), (2, 0)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestSLSTM(unittest.TestCase):

    def setUp(self):
        self.inputs = make_inputs(self.dtype, self.batch, self.shape)
        random = numpy.random.RandomState(1)
        self.gc, self.gh = random.uniform(
            -1, 1, (2, self.batch) + self.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def test_forward(self):
        c, h = F.slstm(*map(chainer.Variable, self.inputs))
        self.assertEqual((c.dtype, h.dtype), (self.dtype, self.dtype))
        expected_c, expected_h = slstm_by_units(*self.inputs)
        testing.assert_allclose(c.data, expected_c, **self.tolerance)
        testing.assert_allclose(h.data, expected_h, **self.tolerance)

    def check_backward(self, gc, gh):
        gradient_check.check_backward(
            F.slstm, self.inputs, (gc, gh), dtype=numpy.float64,
            **self.tolerance)

    def test_backward(self):
        self.check_backward(self.gc, self.gh)

    def test_backward_of_cells_alone(self):
        self.check_backward(self.gc, None)

    def test_backward_of_outputs_alone(self):
        self.check_backward(None, self.gh)


class TestSLSTMValues(unittest.TestCase):

    def test_extremes(self):
        # Each gate by itself, wide open and shut.
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            signs = numpy.array(list(numpy.ndindex(*[2] * 7))) * 2 - 1
            a1, i1, f1, a2, i2, f2, o = signs.T
            zero = numpy.zeros(128)
            x1, x2 = [chainer.Variable((x * 1000).astype(dtype)) for x in (
                numpy.stack([a1, i1, f1, zero], axis=1),
                numpy.stack([a2, i2, f2, o], axis=1))]
            c_prev1, c_prev2 = [
                chainer.Variable(numpy.full((128, 1), value, dtype))
                for value in (3, 10)]
            c, h = F.slstm(c_prev1, c_prev2, x1, x2)
            expected = (a1 * (i1 > 0) + a2 * (i2 > 0) + 3 * (f1 > 0) +
                        10 * (f2 > 0))
            self.assertEqual(c.data.ravel().tolist(), expected.tolist())
            numpy.testing.assert_allclose(
                h.data.ravel(), numpy.tanh(expected) * (o > 0), rtol=1e-3)
            c.grad = numpy.ones((128, 1), dtype)
            c.backward()
            self.assertFalse(x1.grad.any() or x2.grad.any())
            self.assertEqual(c_prev1.grad.ravel().tolist(),
                             (f1 > 0).astype(int).tolist())
            self.assertEqual(c_prev2.grad.ravel().tolist(),
                             (f2 > 0).astype(int).tolist())

    def test_sum_of_signals_beyond_half_precision(self):
        x = numpy.full((1, 4), 6e4, 'e')
        c, h = F.slstm(*numpy.zeros((2, 1, 1), 'e'), x, x)
        self.assertEqual((c.data.item(), round(h.data.item(), 3)), (2, 0.964))

    def test_children_are_different(self):
        c_prev1, c_prev2, x1, x2 = make_inputs('f', 3, (2,))
        c, _ = F.slstm(c_prev1, c_prev2, x1, x2)
        swapped, _ = F.slstm(c_prev1, c_prev2, x2, x1)
        self.assertFalse((c.data == swapped.data).any())
        mirrored, _ = F.slstm(c_prev2, c_prev1, x2, x1)
        testing.assert_allclose(c.data, mirrored.data)

    def test_half_precision_is_rounded_once(self):
        inputs = make_inputs(numpy.float16, 50, (20,))
        c, h = F.slstm(*inputs)
        expected_c, expected_h = slstm_by_units(*inputs)
        numpy.testing.assert_allclose(
            c.data, expected_c, rtol=0.0006, atol=1e-6)
        numpy.testing.assert_allclose(
            h.data, expected_h, rtol=0.0012, atol=1e-6)

    def test_non_contiguous(self):
        inputs = [numpy.asfortranarray(x)[::-2]
                  for x in make_inputs('f', 6, (4,))]
        c, h = F.slstm(*inputs)
        expected_c, expected_h = slstm_by_units(*inputs)
        testing.assert_allclose(c.data, expected_c)
        testing.assert_allclose(h.data, expected_h)
        g = numpy.random.RandomState(1).randn(4, 3).astype('f').T
        gradient_check.check_backward(F.slstm, inputs, (g, g), dtype='d')

    def test_arguments_are_left_alone(self):
        arrays = make_inputs('f', 4, (3,))
        inputs = [chainer.Variable(x.copy()) for x in arrays]
        c, h = F.slstm(*inputs)
        results = c.data.copy(), h.data.copy()
        c.grad, h.grad = numpy.ones((2, 4, 3), 'f')
        gradients = []
        for _ in range(2):
            for x in inputs:
                x.cleargrad()
            c.backward(retain_grad=True)
            gradients.append([x.grad for x in inputs])
        for v, original in zip((*inputs, c, h), arrays + results):
            numpy.testing.assert_array_equal(v.data, original)
        self.assertTrue((c.grad == 1).all() and (h.grad == 1).all())
        for first, second in zip(*gradients):
            numpy.testing.assert_array_equal(first, second)


class TestSLSTMTypes(unittest.TestCase):

    def check(self, message, **changes):
        shapes = {'c_prev1': (2, 3), 'c_prev2': (2, 3), 'x1': (2, 12),
                  'x2': (2, 12), **changes}
        arguments = [numpy.zeros(shape, 'f') if isinstance(shape, tuple)
                     else shape for shape in shapes.values()]
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.slstm(*arguments)
        return str(cm.exception)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   c_prev1=numpy.zeros((2, 3), 'i'))

    def test_different_types(self):
        for index, (name, shape) in enumerate(
                [('c_prev2', (2, 3)), ('x1', (2, 12)), ('x2', (2, 12))], 1):
            message = self.check(
                fr'^Expect: in_types\[{index}\]\.dtype == in_types\[0\]\.'
                r'dtype\nActual: float64 != float32',
                **{name: numpy.zeros(shape)})
            self.assertIn(f'in_types[{index}] is {name}', message)

    def test_one_dimension(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 2', c_prev1=(3,))

    def test_cells(self):
        self.check(r'^Expect: in_types\[1\]\.shape == in_types\[0\]\.shape',
                   c_prev2=(2, 4))

    def test_number_of_dimensions(self):
        self.check(r'^Expect: in_types\[2\]\.ndim == in_types\[0\]\.ndim',
                   x1=(2, 12, 1))

    def test_batch(self):
        self.check(r'^Expect: in_types\[2\]\.shape\[0\] == '
                   r'in_types\[0\]\.shape\[0\]\nActual: 1 != 2', x1=(1, 12))

    def test_number_of_channels(self):
        self.check(r'^Expect: in_types\[2\]\.shape\[1\] == '
                   r'4 \* in_types\[0\]\.shape\[1\]\nActual: 9 != 12',
                   x1=(2, 9))

    def test_positions(self):
        self.check(r'^Expect: in_types\[2\]\.shape\[2:\] == '
                   r'in_types\[0\]\.shape\[2:\]', c_prev1=(2, 3, 4),
                   c_prev2=(2, 3, 4), x1=(2, 12, 5))

    def test_signals(self):
        self.check(r'^Expect: in_types\[3\]\.shape == in_types\[2\]\.shape\n'
                   r'Actual: \(2, 8\) != \(2, 12\)', x2=(2, 8))
