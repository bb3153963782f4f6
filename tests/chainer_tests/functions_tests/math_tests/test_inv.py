import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'func': F.inv, 'shape': (1, 1)},
    {'func': F.inv, 'shape': (3, 3)},
    {'func': F.inv, 'shape': (0, 0)},
    {'func': F.batch_inv, 'shape': (4, 3, 3)},
    {'func': F.batch_inv, 'shape': (1, 2, 2)},
    {'func': F.batch_inv, 'shape': (0, 3, 3)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestInv(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        # The diagonal keeps them well away from singular ones.
        a = random.uniform(-1, 1, self.shape)
        a += 3 * numpy.eye(self.shape[-1])
        self.a = a.astype(self.dtype)
        self.gy = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 5e-3}

    def test_forward(self):
        y = self.func(chainer.Variable(self.a))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape)
        n = self.shape[-1]
        for a, b in zip(self.a.reshape(-1, n, n) if n else (),
                        y.data.reshape(-1, n, n) if n else ()):
            for i, j in numpy.ndindex(n, n):
                product = sum(float(a[i, k]) * float(b[k, j])
                              for k in range(n))
                testing.assert_allclose(
                    product, float(i == j), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.func, self.a, self.gy, dtype=numpy.float64, eps=1e-4,
            **self.tolerance)


class TestInvDetails(unittest.TestCase):

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        a = random.uniform(-1, 1, (2, 4, 4)) + 4 * numpy.eye(4)
        gradient_check.check_backward(
            F.batch_inv, a.transpose(0, 2, 1)[:, ::2, ::2],
            random.randn(2, 2, 2).T, eps=1e-4)

    def test_arguments_are_left_alone(self):
        a = chainer.Variable(numpy.array([[2, 0], [0, 4]], 'f'))
        y = F.inv(a)
        y.grad = numpy.ones((2, 2), 'f')
        y.backward()
        expected = [[-0.25, -0.125], [-0.125, -0.0625]]
        self.assertEqual(a.grad.tolist(), expected)
        a.cleargrad()
        y.backward()
        self.assertEqual(a.grad.tolist(), expected)
        self.assertEqual(a.data.tolist(), [[2, 0], [0, 4]])
        self.assertEqual(y.data.tolist(), [[0.5, 0], [0, 0.25]])
        self.assertEqual(y.grad.tolist(), [[1, 1], [1, 1]])


class TestInvErrors(unittest.TestCase):

    def test_singular(self):
        for dtype in numpy.float16, numpy.float32, numpy.float64:
            with self.assertRaisesRegex(
                    numpy.linalg.LinAlgError, '^Singular matrix$'):
                F.inv(numpy.array([[1, 2], [2, 4]], dtype))

    def test_singular_ones_of_a_batch(self):
        a = numpy.tile(numpy.eye(2, dtype='f'), (4, 1, 1))
        a[1] = 0
        a[3] = 1
        with self.assertRaisesRegex(
                numpy.linalg.LinAlgError,
                r'^Singular matrix: of the batch, those at \[1, 3\]$'):
            F.batch_inv(a)

    def check(self, func, a, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            func(a)

    def test_dimensions(self):
        self.check(F.inv, numpy.zeros((2, 3, 3), 'f'),
                   r'^Expect: in_types\[0\]\.ndim == 2\nActual: 3 != 2')
        self.check(F.batch_inv, numpy.zeros((3, 3), 'f'),
                   r'^Expect: in_types\[0\]\.ndim == 3\nActual: 2 != 3')

    def test_not_square(self):
        message = (r'^Expect: in_types\[0\]\.shape\[-2\] == '
                   r'in_types\[0\]\.shape\[-1\]\nActual: 2 != 3')
        self.check(F.inv, numpy.zeros((2, 3), 'f'), message)
        self.check(F.batch_inv, numpy.zeros((5, 2, 3), 'f'), message)

    def test_int(self):
        message = r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'
        self.check(F.inv, numpy.zeros((2, 2), 'i'), message)
        self.check(F.batch_inv, numpy.zeros((5, 2, 2), 'i'), message)
