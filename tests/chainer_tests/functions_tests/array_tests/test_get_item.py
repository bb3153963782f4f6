import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, gradient_check, testing
from chainer.testing import attr
from chainer.utils import type_check


@testing.parameterize(*testing.product_dict([
    # Each index with the elements it takes of an array of shape (4, 3, 2)
    # which holds 0, ..., 23: an outer list for each index of a scalar.
    {'slices': 1, 'taken': [[6, 7], [8, 9], [10, 11]]},
    {'slices': -1, 'taken': [[18, 19], [20, 21], [22, 23]]},
    {'slices': numpy.int64(1), 'taken': [[6, 7], [8, 9], [10, 11]]},
    {'slices': (1, 2, 0), 'taken': 10},
    {'slices': (1, -1), 'taken': [10, 11]},
    {'slices': slice(3, 1, -1), 'taken': [
        [[18, 19], [20, 21], [22, 23]], [[12, 13], [14, 15], [16, 17]]]},
    {'slices': (slice(None, None, 3), slice(1), slice(1, 2)),
     'taken': [[[1]], [[19]]]},
    {'slices': (Ellipsis, 2, 1), 'taken': [5, 11, 17, 23]},
    {'slices': (0, None, Ellipsis, None, 1),
     'taken': [[[1], [3], [5]]]},
    {'slices': (0, slice(3, 2), 0), 'taken': []},
    {'slices': ([1, 0], 2, 1), 'taken': [11, 5]},
    {'slices': (numpy.array([0, 3, 0]), [2, 0, 2], 1), 'taken': [5, 19, 5]},
    {'slices': (slice(1), slice(None), [1, 1, 0]),
     'taken': [[[1, 1, 0], [3, 3, 2], [5, 5, 4]]]},
    # The axis of lists that are not neighbours comes first.
    {'slices': (0, slice(None), [1, 1, 0]),
     'taken': [[1, 3, 5], [1, 3, 5], [0, 2, 4]]},
    {'slices': (0, numpy.array([[0], [2]]), numpy.array([0, 1])),
     'taken': [[0, 1], [4, 5]]},
    {'slices': (0, [True, False, True]), 'taken': [[0, 1], [4, 5]]},
    {'slices': numpy.arange(24).reshape(4, 3, 2) % 9 == 4,
     'taken': [4, 13, 22]},
    {'slices': (True, 1, 2), 'taken': [[10, 11]]},
    {'slices': (False, 1, 2), 'taken': numpy.empty((0, 2))},
    {'slices': (0, []), 'taken': numpy.empty((0, 2))},
], [
    {'dtype': numpy.float16},
    {'dtype': numpy.float32},
    {'dtype': numpy.float64},
]))
class TestGetItem(unittest.TestCase):

    def setUp(self):
        self.x = numpy.arange(24).reshape(4, 3, 2).astype(self.dtype)
        self.expected = numpy.array(self.taken, self.dtype)

    def test_forward(self):
        x = chainer.Variable(self.x)
        for y in F.get_item(x, self.slices), x[self.slices]:
            self.assertIsInstance(y.data, numpy.ndarray)
            self.assertEqual(y.dtype, self.dtype)
            numpy.testing.assert_array_equal(y.data, self.expected)

    def test_backward(self):
        # The gradient of an element is the sum of the gradients of all the
        # places it was taken to.
        x = chainer.Variable(self.x)
        y = x[self.slices]
        gy = numpy.arange(1, y.size + 1).reshape(y.shape)
        y.grad = gy.astype(self.dtype)
        y.backward()
        expected = numpy.zeros(24)
        for element, g in zip(self.expected.flat, gy.flat):
            expected[int(element)] += g
        self.assertEqual(x.grad.dtype, self.dtype)
        numpy.testing.assert_array_equal(
            x.grad, expected.reshape(self.x.shape))


class TestGetItemGradientCheck(unittest.TestCase):

    def test_repeated_elements(self):
        random = numpy.random.RandomState(0)
        gradient_check.check_backward(
            lambda x: x[:, [2, 0, 2]], random.randn(2, 3), random.randn(2, 3))

    def test_two_uses(self):
        x = chainer.Variable(numpy.array([1, 2, 3], 'f'))
        F.sum(x[0] + x[0] + x[2]).backward()
        self.assertEqual(x.grad.tolist(), [2, 0, 1])


class TestGetItemList(unittest.TestCase):

    # A list selects along the first axis; as a tuple it would be an element.
    def setUp(self):
        self.x = chainer.Variable(numpy.arange(6).reshape(3, 2))

    def test_list(self):
        self.assertEqual(self.x[[1, 0]].data.tolist(), [[2, 3], [0, 1]])

    def test_array(self):
        y = self.x[numpy.array([1, 0])]
        self.assertEqual(y.data.tolist(), [[2, 3], [0, 1]])

    def test_index_is_changed_afterwards(self):
        for index in numpy.array([0, 1]), [0, 1]:
            x = chainer.Variable(numpy.arange(4.))
            y = x[index]
            index[:] = [3, 3]
            F.sum(y).backward()
            self.assertEqual(x.grad.tolist(), [1, 1, 0, 0])

    def test_list_out_of_range(self):
        with self.assertRaises(IndexError):
            self.x[[0, 3]]

    def test_list_of_slices(self):
        with self.assertRaises(IndexError):
            self.x[[slice(0, 1), slice(0, 1)]]


class TestGetItemOfZeroDimensions(unittest.TestCase):

    def test_empty_tuple(self):
        x = chainer.Variable(numpy.array(3, 'f'))
        y = x[()]
        y.backward()
        self.assertEqual(y.shape, ())
        self.assertEqual(x.grad, 1)

    def test_new_axis(self):
        x = chainer.Variable(numpy.array(3, 'f'))
        y = x[None]
        y.backward()
        self.assertEqual(y.shape, (1,))
        self.assertEqual(x.grad, 1)


class TestIteration(unittest.TestCase):

    def test_iteration(self):
        x = chainer.Variable(numpy.array([[1, 2], [3, 4]], 'f'))
        rows = list(x)
        self.assertEqual([row.data.tolist() for row in rows],
                         [[1, 2], [3, 4]])
        F.sum(rows[1]).backward()
        self.assertEqual(x.grad.tolist(), [[0, 0], [1, 1]])

    def test_unpacking(self):
        a, b = chainer.Variable(numpy.array([1, 2], 'f'))
        self.assertEqual((a.data, b.data), (1, 2))
        self.assertEqual((a.shape, b.shape), ((), ()))


class TestGetItemErrors(unittest.TestCase):

    def setUp(self):
        self.x = chainer.Variable(numpy.zeros((4, 3), 'f'))

    def check_index_error(self, slices):
        with self.assertRaises(IndexError):
            self.x[slices]

    def test_out_of_range(self):
        self.check_index_error(4)
        self.check_index_error((0, -4))

    def test_too_many(self):
        self.check_index_error((0, 0, 0))

    def test_two_ellipses(self):
        self.check_index_error((Ellipsis, Ellipsis))

    def test_float(self):
        self.check_index_error(1.)

    def test_mask_of_wrong_length(self):
        self.check_index_error(numpy.array([True, False]))

    def test_variable(self):
        index = chainer.Variable(numpy.array([0], 'i'))
        for slices in index, (0, index):
            with self.assertRaisesRegex(
                    TypeError, '^a Variable cannot be an index'):
                self.x[slices]

    def test_two_inputs(self):
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: in_types\.size == 1'):
            F.GetItem(0)(self.x, self.x)

    def test_assignment(self):
        with self.assertRaises(TypeError):
            self.x[0] = 1


@attr.gpu
class TestGetItemOnDevice(unittest.TestCase):

    def test_indices_on_either_side(self):
        for index in numpy.array([2, 0, 2]), cuda.to_gpu(
                numpy.array([2, 0, 2])), [2, 0, 2]:
            x = chainer.Variable(cuda.to_gpu(numpy.arange(3, dtype='f')))
            y = x[index]
            self.assertEqual(y.data.get().tolist(), [2, 0, 2])
            y.grad = cuda.to_gpu(numpy.array([1, 10, 100], 'f'))
            y.backward()
            self.assertEqual(x.grad.get().tolist(), [10, 0, 101])

    def test_index_is_changed_afterwards(self):
        index = cuda.to_gpu(numpy.array([1]))
        x = chainer.Variable(cuda.to_gpu(numpy.zeros(3, 'f')))
        y = x[index]
        index[...] = 2
        y.grad = cuda.to_gpu(numpy.ones(1, 'f'))
        y.backward()
        self.assertEqual(x.grad.get().tolist(), [0, 1, 0])
