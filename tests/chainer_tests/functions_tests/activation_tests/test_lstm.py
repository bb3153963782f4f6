import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def lstm_by_units(c_prev, x):
    """Computes c and h, one unit at a time, in double precision."""
    c = c_prev.astype('d')
    h = numpy.empty((len(x),) + c.shape[1:])
    for n, k, *position in numpy.ndindex(h.shape):
        a, i, f, o = [
            float(x[(n, 4 * k + gate, *position)]) for gate in range(4)]
        unit = (n, k, *position)
        c[unit] = math.tanh(a) * sigmoid(i) + c[unit] * sigmoid(f)
        h[unit] = math.tanh(c[unit]) * sigmoid(o)
    return c, h


def make_inputs(dtype, batches, shape):
    random = numpy.random.RandomState(0)
    c_prev = random.uniform(-1, 1, (batches[0],) + shape).astype(dtype)
    signal = (batches[1], 4 * shape[0]) + shape[1:]
    return c_prev, random.uniform(-2, 2, signal).astype(dtype)


@testing.parameterize(*testing.product({
    'batches': [(3, 3), (4, 2), (3, 0), (0, 0)],
    'shape': [(2,), (1,), (3, 2, 2), (2, 0)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestLSTM(unittest.TestCase):

    def setUp(self):
        self.c_prev, self.x = make_inputs(
            self.dtype, self.batches, self.shape)
        random = numpy.random.RandomState(1)
        self.gc = random.uniform(-1, 1, self.c_prev.shape).astype(self.dtype)
        self.gh = random.uniform(
            -1, 1, (len(self.x),) + self.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 1e-2}

    def test_forward(self):
        c, h = F.lstm(chainer.Variable(self.c_prev), chainer.Variable(self.x))
        self.assertEqual((c.dtype, h.dtype), (self.dtype, self.dtype))
        expected_c, expected_h = lstm_by_units(self.c_prev, self.x)
        testing.assert_allclose(c.data, expected_c, **self.tolerance)
        testing.assert_allclose(h.data, expected_h, **self.tolerance)

    def check_backward(self, gc, gh):
        gradient_check.check_backward(
            F.lstm, (self.c_prev, self.x), (gc, gh), dtype=numpy.float64,
            **self.tolerance)

    def test_backward(self):
        self.check_backward(self.gc, self.gh)

    def test_backward_of_cells_alone(self):
        self.check_backward(self.gc, None)

    def test_backward_of_outputs_alone(self):
        self.check_backward(None, self.gh)


class TestLSTMValues(unittest.TestCase):

    def test_rest_of_cells_is_unchanged(self):
        c_prev, x = make_inputs('f', (5, 2), (3,))
        c, h = F.lstm(c_prev, x)
        numpy.testing.assert_array_equal(c.data[2:], c_prev[2:])
        self.assertTrue((c.data[:2] != c_prev[:2]).all())
        self.assertEqual(h.shape, (2, 3))

    def test_gradient_of_rest_of_cells(self):
        c_prev, x = map(chainer.Variable, make_inputs('f', (5, 2), (3,)))
        c, h = F.lstm(c_prev, x)
        c.grad = numpy.random.RandomState(1).randn(5, 3).astype('f')
        c.backward()
        numpy.testing.assert_array_equal(c_prev.grad[2:], c.grad[2:])
        c_prev.cleargrad()
        c.cleargrad()
        h.grad = numpy.ones((2, 3), 'f')
        h.backward()
        self.assertEqual(c_prev.grad[2:].tolist(), [[0] * 3] * 3)

    def test_extremes(self):
        # Each gate by itself, wide open and shut.
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            signs = numpy.array(list(numpy.ndindex(2, 2, 2, 2))) * 2 - 1
            x = (signs * 1000).astype(dtype)
            x = chainer.Variable(x)
            c_prev = chainer.Variable(numpy.full((16, 1), 3, dtype))
            c, h = F.lstm(c_prev, x)
            a, i, f, o = signs.T
            expected = a * (i > 0) + 3 * (f > 0)
            self.assertEqual(c.data.ravel().tolist(), expected.tolist())
            numpy.testing.assert_allclose(
                h.data.ravel(), numpy.tanh(expected) * (o > 0), rtol=1e-3)
            c.grad, h.grad = numpy.ones((2, 16, 1), dtype)
            c.backward()
            self.assertFalse(x.grad.any())
            self.assertTrue(numpy.isfinite(c_prev.grad).all())
            self.assertFalse(c_prev.grad[f < 0].any())

    def test_large_cells(self):
        c_prev = chainer.Variable(numpy.array([[1000, -1000]], 'f'))
        c, h = F.lstm(c_prev, numpy.full((1, 8), 1000, 'f'))
        self.assertEqual(c.data.tolist(), [[1001, -999]])
        self.assertEqual(h.data.tolist(), [[1, -1]])
        h.grad = numpy.ones((1, 2), 'f')
        h.backward()
        self.assertEqual(c_prev.grad.tolist(), [[0, 0]])

    def test_half_precision_is_rounded_once(self):
        c_prev, x = make_inputs(numpy.float16, (50, 50), (20,))
        c, h = F.lstm(c_prev, x)
        expected_c, expected_h = lstm_by_units(c_prev, x)
        numpy.testing.assert_allclose(c.data, expected_c, rtol=0.0006)
        numpy.testing.assert_allclose(
            h.data, expected_h, rtol=0.0012, atol=1e-6)

    def test_non_contiguous(self):
        c_prev, x = make_inputs('f', (6, 6), (4,))
        c_prev = chainer.Variable(numpy.asfortranarray(c_prev)[::2])
        x = chainer.Variable(numpy.asfortranarray(x)[::-2])
        c, h = F.lstm(c_prev, x)
        expected_c, expected_h = lstm_by_units(c_prev.data, x.data)
        testing.assert_allclose(c.data, expected_c)
        testing.assert_allclose(h.data, expected_h)
        gh = numpy.random.RandomState(1).randn(4, 3).astype('f').T
        gradient_check.check_backward(
            F.lstm, (c_prev.data, x.data), (gh, gh), dtype='d')

    def test_arguments_are_left_alone(self):
        arrays = make_inputs('f', (4, 2), (3,))
        c_prev, x = [chainer.Variable(v.copy()) for v in arrays]
        c, h = F.lstm(c_prev, x)
        results = c.data.copy(), h.data.copy()
        c.grad, h.grad = numpy.ones((4, 3), 'f'), numpy.ones((2, 3), 'f')
        gradients = []
        for _ in range(2):
            c_prev.cleargrad()
            x.cleargrad()
            c.backward(retain_grad=True)
            gradients.append([c_prev.grad, x.grad])
        for v, original in zip((c_prev, x, c, h), arrays + results):
            numpy.testing.assert_array_equal(v.data, original)
        self.assertTrue((c.grad == 1).all() and (h.grad == 1).all())
        for first, second in zip(*gradients):
            numpy.testing.assert_array_equal(first, second)

    def test_cells_do_not_share_memory(self):
        c_prev, x = make_inputs('f', (4, 0), (3,))
        c, _ = F.lstm(c_prev, x)
        self.assertFalse(numpy.shares_memory(c.data, c_prev))


class TestLSTMTypes(unittest.TestCase):

    def check(self, message, c_prev, x):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.lstm(numpy.zeros(*c_prev), numpy.zeros(*x))
        return str(cm.exception)

    def test_number_of_arguments(self):
        with self.assertRaisesRegex(type_check.InvalidType,
                                    r'^Expect: in_types\.size == 2'):
            F.LSTM()(numpy.zeros((1, 4), 'f'))

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f',
                   ((2, 3), 'i'), ((2, 12), 'i'))

    def test_different_types(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == in_types\[0\]\.dtype\n'
            r'Actual: float64 != float32', ((2, 3), 'f'), ((2, 12), 'd'))
        self.assertIn('in_types[0] is c_prev', message)
        self.assertIn('in_types[1] is x', message)

    def test_one_dimension(self):
        self.check(r'^Expect: in_types\[0\]\.ndim >= 2', (3, 'f'), (12, 'f'))

    def test_number_of_dimensions(self):
        self.check(r'^Expect: in_types\[1\]\.ndim == in_types\[0\]\.ndim',
                   ((2, 3), 'f'), ((2, 12, 1), 'f'))

    def test_larger_batch(self):
        self.check(r'^Expect: in_types\[1\]\.shape\[0\] <= '
                   r'in_types\[0\]\.shape\[0\]\nActual: 3 > 2',
                   ((2, 3), 'f'), ((3, 12), 'f'))

    def test_number_of_channels(self):
        self.check(r'^Expect: in_types\[1\]\.shape\[1\] == '
                   r'4 \* in_types\[0\]\.shape\[1\]\nActual: 9 != 12',
                   ((2, 3), 'f'), ((2, 9), 'f'))

    def test_positions(self):
        self.check(r'^Expect: in_types\[1\]\.shape\[2:\] == '
                   r'in_types\[0\]\.shape\[2:\]',
                   ((2, 3, 4, 5), 'f'), ((2, 12, 5, 4), 'f'))
