import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.functions.connection import bilinear
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    {'e1_shape': (4, 3), 'e2_shape': (4, 2), 'n_out': 5},
    {'e1_shape': (4, 3, 2), 'e2_shape': (4, 1, 2, 2), 'n_out': 2},
    {'e1_shape': (1, 1), 'e2_shape': (1, 3), 'n_out': 1},
    {'e1_shape': (0, 3), 'e2_shape': (0, 2), 'n_out': 2},
    {'e1_shape': (4, 3), 'e2_shape': (4, 0), 'n_out': 2},
], [
    {'linear': False},
    {'linear': True},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestBilinear(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)

        def draw(*shape):
            return random.uniform(-1, 1, shape).astype(self.dtype)

        n_batch = self.e1_shape[0]
        n_left, n_right = [numpy.prod(shape[1:], dtype=int)
                           for shape in (self.e1_shape, self.e2_shape)]
        self.args = (draw(*self.e1_shape), draw(*self.e2_shape),
                     draw(n_left, n_right, self.n_out))
        if self.linear:
            self.args += (draw(n_left, self.n_out), draw(n_right, self.n_out),
                          draw(self.n_out))
        self.gy = draw(n_batch, self.n_out)
        self.tolerance = {'atol': 1e-5, 'rtol': 1e-4}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 5e-3, 'rtol': 5e-3}

    def expected(self):
        e1, e2, W, *linear = [x.astype(float) for x in self.args]
        n_batch = len(e1)
        n_left, n_right, n_out = W.shape
        e1, e2 = e1.reshape(n_batch, n_left), e2.reshape(n_batch, n_right)
        y = numpy.zeros((n_batch, n_out))
        for i, j, k, m in numpy.ndindex(n_batch, n_left, n_right, n_out):
            y[i, m] += e1[i, j] * e2[i, k] * W[j, k, m]
        if linear:
            V1, V2, b = linear
            for i, m in numpy.ndindex(n_batch, n_out):
                y[i, m] += b[m]
                y[i, m] += sum(e1[i, j] * V1[j, m] for j in range(n_left))
                y[i, m] += sum(e2[i, k] * V2[k, m] for k in range(n_right))
        return y

    def test_forward(self):
        y = F.bilinear(*[chainer.Variable(x) for x in self.args])
        self.assertEqual(y.dtype, self.dtype)
        testing.assert_allclose(y.data, self.expected(), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            F.bilinear, self.args, self.gy, dtype=numpy.float64,
            **self.tolerance)


class TestBilinearDetails(unittest.TestCase):

    def test_arguments_are_left_alone(self):
        args = [chainer.Variable(numpy.ones(shape, 'f'))
                for shape in ((2, 3), (2, 4), (3, 4, 5), (3, 5), (4, 5), 5)]
        y = F.bilinear(*args)
        y.grad = numpy.ones((2, 5), 'f')
        y.backward()
        grads = [v.grad.tolist() for v in args]
        for v in args:
            v.cleargrad()
        y.backward()
        self.assertEqual([v.grad.tolist() for v in args], grads)
        for v in args:
            self.assertTrue((v.data == 1).all())
        self.assertTrue((y.data == 12 + 3 + 4 + 1).all())
        self.assertTrue((y.grad == 1).all())

    def test_large_batch_of_half_precision(self):
        args = [chainer.Variable(numpy.ones(shape, numpy.float16))
                for shape in ((5000, 1), (5000, 1), (1, 1, 1), (1, 1), (1, 1),
                              1)]
        y = F.bilinear(*args)
        y.grad = numpy.ones((5000, 1), numpy.float16)
        y.backward()
        for v in args[2:]:
            self.assertEqual(v.grad.ravel().tolist(), [5000])

    def test_non_contiguous(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            F.bilinear, (random.randn(3, 4).T[::2], random.randn(5, 2).T,
                         random.randn(2, 5, 3).T, random.randn(2, 3).T,
                         random.randn(5, 4)[:, ::2], random.randn(4)[::2]),
            random.randn(2, 2).T)


class TestBilinearErrors(unittest.TestCase):

    def setUp(self):
        self.arrays = dict(
            e1=numpy.zeros((2, 3), 'f'), e2=numpy.zeros((2, 4), 'f'),
            W=numpy.zeros((3, 4, 5), 'f'), V1=numpy.zeros((3, 5), 'f'),
            V2=numpy.zeros((4, 5), 'f'), b=numpy.zeros(5, 'f'))

    def check(self, message, **arrays):
        args = {**self.arrays, **arrays}
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.bilinear(**args)
        return str(cm.exception)

    def test_incomplete_linear_terms(self):
        for name in 'V1', 'V2', 'b':
            for args in ({**self.arrays, name: None},
                         {key: self.arrays[key]
                          for key in ('e1', 'e2', 'W', name)}):
                with self.assertRaisesRegex(
                        ValueError, '^V1, V2 and b must be given all'):
                    F.bilinear(**args)

    def test_number_of_inputs(self):
        args = list(self.arrays.values())
        for n in 4, 5:
            with self.assertRaisesRegex(
                    type_check.InvalidType,
                    rf'^Expect: in_types\.size == 6\nActual: {n} != 6'):
                bilinear.BilinearFunction()(*args[:n])

    def test_batch_sizes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 1',
                   e2=numpy.zeros((1, 4), 'f'))

    def test_size_of_e1(self):
        message = self.check(
            r'^Expect: prod\(in_types\[0\]\.shape\[1:\]\) == '
            r'in_types\[2\]\.shape\[0\]\nActual: 6 != 3',
            e1=numpy.zeros((2, 3, 2), 'f'))
        self.assertIn('in_types[2] is W: float32 of shape (3, 4, 5)', message)

    def test_size_of_e2(self):
        self.check(r'^Expect: prod\(in_types\[1\]\.shape\[1:\]\) == '
                   r'in_types\[2\]\.shape\[1\]\nActual: 3 != 4',
                   e2=numpy.zeros((2, 3), 'f'))

    def test_sizes_of_linear_terms(self):
        for name, i, axis, value, expected, wrong in (
                ('V1', 3, 0, 9, (2, 0, 3), (9, 5)),
                ('V1', 3, 1, 9, (2, 2, 5), (3, 9)),
                ('V2', 4, 0, 9, (2, 1, 4), (9, 5)),
                ('V2', 4, 1, 9, (2, 2, 5), (4, 9)),
                ('b', 5, 0, 9, (2, 2, 5), (9,))):
            other, other_axis, size = expected
            self.check(
                rf'^Expect: in_types\[{i}\]\.shape\[{axis}\] == '
                rf'in_types\[{other}\]\.shape\[{other_axis}\]\n'
                rf'Actual: {value} != {size}',
                **{name: numpy.zeros(wrong, 'f')})

    def test_dimensions(self):
        for name, i, relation, wrong, actual in (
                ('e1', 0, '>= 2', 3, '1 < 2'),
                ('e2', 1, '>= 2', 3, '1 < 2'),
                ('W', 2, '== 3', (3, 4), '2 != 3'),
                ('V1', 3, '== 2', 3, '1 != 2'),
                ('V2', 4, '== 2', (4, 5, 1), '3 != 2'),
                ('b', 5, '== 1', (5, 1), '2 != 1')):
            self.check(rf'^Expect: in_types\[{i}\]\.ndim {relation}\n'
                       rf'Actual: {actual}', **{name: numpy.zeros(wrong, 'f')})

    def test_types(self):
        for name, i, other in (('e2', 1, 0), ('W', 2, 0), ('V1', 3, 2),
                               ('V2', 4, 2), ('b', 5, 2)):
            message = self.check(
                rf'^Expect: in_types\[{i}\]\.dtype == '
                rf'in_types\[{other}\]\.dtype\nActual: float64 != float32',
                **{name: self.arrays[name].astype('d')})
            self.assertIn(f'Hint: {name} is float64', message)

    def test_int(self):
        self.check(r'^Expect: in_types\[0\]\.dtype\.kind == f\n'
                   r'Actual: i != f', e1=numpy.zeros((2, 3), 'i'))
