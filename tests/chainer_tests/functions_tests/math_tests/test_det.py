import itertools
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check


def determinant(a):
    """Sums over all permutations, as the definition does."""
    n = len(a)
    total = 0.
    for columns in itertools.permutations(range(n)):
        term = 1.
        for i, j in enumerate(columns):
            term *= float(a[i, j])
        for i, j in itertools.combinations(columns, 2):
            if i > j:
                term = -term
        total += term
    return total


def slopes(a):
    """Returns the derivatives of the determinant, element by element."""
    n = len(a)
    return numpy.array([[
        (-1) ** (i + j) * determinant(
            numpy.delete(numpy.delete(a, i, 0), j, 1))
        for j in range(n)] for i in range(n)])


@testing.parameterize(*testing.product_dict([
    {'func': F.det, 'shape': (1, 1)},
    {'func': F.det, 'shape': (4, 4)},
    {'func': F.det, 'shape': (0, 0)},
    {'func': F.batch_det, 'shape': (4, 3, 3)},
    {'func': F.batch_det, 'shape': (1, 2, 2)},
    {'func': F.batch_det, 'shape': (0, 3, 3)},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestDet(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.a = random.uniform(-1, 1, self.shape).astype(self.dtype)
        gy = random.uniform(-1, 1, self.shape[:-2])
        self.gy = numpy.asarray(gy, self.dtype)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def test_forward(self):
        y = self.func(chainer.Variable(self.a))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.shape[:-2])
        for i in numpy.ndindex(y.shape):
            testing.assert_allclose(
                y.data[i], determinant(self.a[i]), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.func, self.a, self.gy, dtype=numpy.float64,
            **self.tolerance)


@testing.parameterize(
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
)
class TestDetOfSingularMatrices(unittest.TestCase):

    def check(self, a):
        a = chainer.Variable(numpy.array(a, self.dtype))
        y = F.batch_det(a)
        y.grad = numpy.arange(1, len(a.data) + 1).astype(self.dtype)
        y.backward()
        tolerance = 2e-3 if self.dtype == numpy.float16 else 1e-5
        self.assertEqual(a.grad.dtype, self.dtype)
        for i, matrix in enumerate(a.data):
            testing.assert_allclose(
                y.data[i], determinant(matrix), atol=tolerance)
            testing.assert_allclose(
                a.grad[i], (i + 1) * slopes(matrix), atol=tolerance,
                rtol=tolerance)

    def test_each_rank(self):
        self.check([[[1, 2, 3], [0, 1, 4], [5, 6, 0]],
                    [[1, 2, 3], [0, 0, 0], [4, 5, 6]],
                    [[1, 2, 3], [2, 4, 6], [3, 6, 9]],
                    [[0, 0, 0], [0, 0, 0], [0, 0, 0]]])

    def test_no_exact_zero_in_the_decomposition(self):
        random = numpy.random.RandomState(0)
        self.check(random.randint(-3, 4, (5, 4, 3)) @
                   random.randint(-3, 4, (5, 3, 4)) / 4.)

    def test_reflections(self):
        self.check([[[1, 0], [0, 0]], [[0, 1], [0, 0]], [[-1, 0], [0, 0]],
                    [[0, 0], [0, -1]]])

    def test_single(self):
        a = chainer.Variable(numpy.array([[1, 2], [3, 6]], self.dtype))
        F.det(a).backward()
        tolerance = 2e-3 if self.dtype == numpy.float16 else 1e-5
        testing.assert_allclose(
            a.grad, [[6, -3], [-2, 1]], atol=0, rtol=tolerance)


class TestDetDetails(unittest.TestCase):

    def test_underflow(self):
        # Nothing is singular here, but the determinant is too small.
        a = chainer.Variable(1e-30 * numpy.eye(2, dtype='f'))
        y = F.det(a)
        y.backward()
        self.assertEqual(y.data, 0)
        testing.assert_allclose(
            a.grad, 1e-30 * numpy.eye(2), atol=1e-36, rtol=1e-5)

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            F.batch_det, random.randn(6, 3, 2).T[:, ::-1, ::2],
            random.randn(4)[::2])


class TestDetErrors(unittest.TestCase):

    def check(self, func, a, message):
        with self.assertRaisesRegex(type_check.InvalidType, message):
            func(a)

    def test_dimensions(self):
        self.check(F.det, numpy.zeros((2, 3, 3), 'f'),
                   r'^Expect: in_types\[0\]\.ndim == 2\nActual: 3 != 2')
        self.check(F.batch_det, numpy.zeros((3, 3), 'f'),
                   r'^Expect: in_types\[0\]\.ndim == 3\nActual: 2 != 3')

    def test_not_square(self):
        message = (r'^Expect: in_types\[0\]\.shape\[-2\] == '
                   r'in_types\[0\]\.shape\[-1\]\nActual: 2 != 3')
        self.check(F.det, numpy.zeros((2, 3), 'f'), message)
        self.check(F.batch_det, numpy.zeros((5, 2, 3), 'f'), message)

    def test_int(self):
        message = r'^Expect: in_types\[0\]\.dtype\.kind == f\nActual: i != f'
        self.check(F.det, numpy.zeros((2, 2), 'i'), message)
        self.check(F.batch_det, numpy.zeros((5, 2, 2), 'i'), message)
