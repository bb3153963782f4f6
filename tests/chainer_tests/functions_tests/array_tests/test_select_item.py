import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, gradient_check, testing
from chainer.testing import attr
from chainer.utils import type_check


@testing.parameterize(*testing.product({
    'shape': [(4, 3), (3, 1), (1, 3), (0, 3), (0, 0)],
    'dtype': [numpy.float16, numpy.float32, numpy.float64],
}))
class TestSelectItem(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        n, k = self.shape
        self.x = random.uniform(-1, 1, self.shape).astype(self.dtype)
        self.t = random.randint(0, max(k, 1), n).astype('i')
        self.gy = random.uniform(-1, 1, n).astype(self.dtype)

    def test_forward(self):
        y = F.select_item(chainer.Variable(self.x), chainer.Variable(self.t))
        self.assertEqual(y.dtype, self.dtype)
        self.assertEqual(y.shape, self.t.shape)
        for n, label in enumerate(self.t):
            self.assertEqual(y.data[n], self.x[n, label])

    def test_backward(self):
        gradient_check.check_backward(
            F.select_item, (self.x, self.t), self.gy, dtype=numpy.float64)


class TestSelectItemDetails(unittest.TestCase):

    def test_integers(self):
        x = chainer.Variable(numpy.array([[1, 2], [3, 4]]))
        y = F.select_item(x, numpy.array([1, 0], 'i'))
        y.grad = numpy.array([5, 6])
        y.backward()
        self.assertEqual(y.data.tolist(), [2, 3])
        self.assertEqual(x.grad.tolist(), [[0, 5], [6, 0]])

    def test_non_contiguous(self):
        x = numpy.arange(6).reshape(2, 3).T
        y = F.select_item(x, numpy.array([0, 1, 0], 'i'))
        self.assertEqual(y.data.tolist(), [0, 4, 2])


class TestSelectItemErrors(unittest.TestCase):

    def test_out_of_range(self):
        for t in [0, 3], [-1, 0]:
            with self.assertRaisesRegex(
                    ValueError, f'0 <= t < 3, .*from {t[0]} to {t[1]}'):
                F.select_item(numpy.zeros((2, 3)), numpy.array(t, 'i'))

    def check(self, message, x, t):
        with self.assertRaisesRegex(type_check.InvalidType, message) as cm:
            F.select_item(numpy.zeros(*x), numpy.zeros(*t))
        return str(cm.exception)

    def test_type_of_indices(self):
        message = self.check(
            r'^Expect: in_types\[1\]\.dtype == .*int32.*\n'
            r'Actual: int64 != ', ((2, 3), 'f'), (2, numpy.int64))
        self.assertIn('Hint: t is int64, expected int32: cast it with '
                      '.astype(numpy.int32)', message)

    def test_dimensions(self):
        self.check(r'^Expect: in_types\[0\]\.ndim == 2\nActual: 3 != 2',
                   ((2, 3, 1), 'f'), (2, 'i'))
        self.check(r'^Expect: in_types\[1\]\.ndim == 1\nActual: 2 != 1',
                   ((2, 3), 'f'), ((2, 1), 'i'))

    def test_batch_sizes(self):
        self.check(r'^Expect: in_types\[0\]\.shape\[0\] == '
                   r'in_types\[1\]\.shape\[0\]\nActual: 2 != 3',
                   ((2, 3), 'f'), (3, 'i'))


@attr.gpu
class TestSelectItemOutOfRangeOnDevice(unittest.TestCase):

    def select(self, dtype):
        x = chainer.Variable(cuda.to_gpu(numpy.ones((4, 3), dtype)))
        t = cuda.to_gpu(numpy.array([1, 3, -1, 2 ** 31 - 1], 'i'))
        return x, F.select_item(x, t)

    def test_debug_mode(self):
        with chainer.DebugMode(True):
            with self.assertRaisesRegex(ValueError, '0 <= t < 3, .*from -1'):
                self.select('f')

    def test_nan(self):
        x, y = self.select('f')
        numpy.testing.assert_array_equal(
            y.data.get(), [1, numpy.nan, numpy.nan, numpy.nan])
        y.grad = cuda.to_gpu(numpy.full(4, 5, 'f'))
        y.backward()
        self.assertEqual(x.grad.get().tolist(),
                         [[0, 5, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])

    def test_integers(self):
        self.assertEqual(self.select('i')[1].data.get().tolist(),
                         [1, 0, 0, 0])
