import math
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, testing
from chainer.functions.loss import hierarchical_softmax
from chainer.utils import type_check

DTYPES = numpy.float16, numpy.float32, numpy.float64
TREE = ((0, 1), ((2, 3), 4))


def probabilities(tree, scores):
    """Returns the probability of each leaf, given the scores of inner nodes.

    Args:
        tree: Binary tree.
        scores (iterator): Scores of the inner nodes in their order.

    """
    if not isinstance(tree, tuple):
        return {tree: 1.}
    p = 1 / (1 + math.exp(-next(scores)))
    result = {}
    for child, share in zip(tree, (p, 1 - p)):
        for leaf, q in probabilities(child, scores).items():
            result[leaf] = share * q
    return result


def expected_loss(tree, x, t, W):
    total = 0
    for row, label in zip(x, t):
        scores = [math.fsum(float(p) * float(q) for p, q in zip(row, w))
                  for w in W]
        total -= math.log(probabilities(tree, iter(scores))[label])
    return total


def apply(tree, *inputs):
    return hierarchical_softmax.BinaryHierarchicalSoftmaxFunction(tree)(
        *inputs)


class TestTreeParser(unittest.TestCase):

    def parse(self, tree):
        parser = hierarchical_softmax.TreeParser()
        parser.parse(tree)
        return (parser.size(),
                {leaf: x.tolist() for leaf, x in parser.get_paths().items()},
                {leaf: x.tolist() for leaf, x in parser.get_codes().items()})

    def test_tree(self):
        size, paths, codes = self.parse(TREE)
        self.assertEqual(size, 4)
        self.assertEqual(paths, {
            0: [0, 1], 1: [0, 1], 2: [0, 2, 3], 3: [0, 2, 3], 4: [0, 2]})
        self.assertEqual(codes, {
            0: [1, 1], 1: [1, -1], 2: [-1, 1, 1], 3: [-1, 1, -1], 4: [-1, -1]})

    def test_types(self):
        parser = hierarchical_softmax.TreeParser()
        parser.parse(TREE)
        self.assertEqual(parser.get_paths()[2].dtype, numpy.int32)
        self.assertEqual(parser.get_codes()[2].dtype, numpy.float32)

    def test_single_leaf(self):
        self.assertEqual(self.parse(3), (0, {3: []}, {3: []}))

    def test_numpy_integers(self):
        tree = numpy.int64(1), numpy.int32(0)
        self.assertEqual(self.parse(tree)[1], {0: [0], 1: [0]})

    def test_deeper_than_the_stack_of_python(self):
        tree = 0
        for leaf in range(1, 2001):
            tree = leaf, tree
        size, paths, codes = self.parse(tree)
        self.assertEqual(size, 2000)
        self.assertEqual(paths[0], list(range(2000)))
        self.assertEqual(codes[0], [-1] * 2000)
        self.assertEqual((paths[2000], codes[2000]), ([0], [1]))

    def test_not_pairs(self):
        for tree in (), (1,), (0, 1, 2), ((0, 1), (2,)):
            with self.assertRaisesRegex(ValueError, 'must be a pair of nodes'):
                self.parse(tree)

    def test_not_integers(self):
        for tree in (0, [1, 2]), ('a', 1), (0.5, 1), None:
            with self.assertRaisesRegex(TypeError, 'tuples and integers'):
                self.parse(tree)

    def test_negative_leaf(self):
        with self.assertRaisesRegex(ValueError, 'one is -1'):
            self.parse((0, -1))

    def test_leaf_twice(self):
        with self.assertRaisesRegex(ValueError, 'leaf 1 is twice'):
            self.parse(((1, 2), 1))


@testing.parameterize(*testing.product({
    'tree_and_labels': [
        (TREE, [0, 2, 4, 3, 2, 1]), (TREE, [3]), ((0, 1), [1, 0, 1]),
        # Not all numbers are leaves.
        ((((7, 2), 5), 0), [2, 7, 0, 5, 7]),
    ],
    'dtype': DTYPES,
}))
class TestBinaryHierarchicalSoftmax(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.tree, labels = self.tree_and_labels
        self.t = numpy.array(labels, 'i')
        size = {TREE: 4, (0, 1): 1}.get(self.tree, 3)
        self.x = random.uniform(-1, 1, (len(labels), 3)).astype(self.dtype)
        self.W = random.uniform(-1, 1, (size, 3)).astype(self.dtype)
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 2e-3, 'rtol': 2e-3}

    def loss(self, x, t, W):
        return apply(self.tree, x, t, W)

    def test_forward(self):
        loss = self.loss(self.x, self.t, self.W)
        self.assertEqual((loss.dtype, loss.shape), (self.dtype, ()))
        testing.assert_allclose(
            loss.data, expected_loss(self.tree, self.x, self.t, self.W),
            **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t, self.W), None, dtype=numpy.float64,
            **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, (self.x, self.t, self.W), numpy.array(-3, self.dtype),
            dtype=numpy.float64, atol=self.tolerance['atol'] * 3,
            rtol=self.tolerance['rtol'])


class TestBinaryHierarchicalSoftmaxValues(unittest.TestCase):

    def setUp(self):
        self.random = numpy.random.RandomState(0)

    def test_probabilities_of_all_leaves(self):
        x = self.random.randn(1, 3).astype('f')
        W = self.random.randn(4, 3).astype('f')
        total = math.fsum(
            math.exp(-apply(TREE, x, numpy.array([t], 'i'), W).data)
            for t in range(5))
        self.assertAlmostEqual(total, 1, places=6)

    def test_extreme_scores(self):
        for dtype in DTYPES:
            x = chainer.Variable(numpy.ones((1, 1), dtype))
            W = chainer.Variable(numpy.array([[1000], [-1000]], dtype))
            # Right at the first node, left at the second: both are wrong.
            loss = apply((0, (1, 2)), x, numpy.array([1], 'i'), W)
            loss.backward()
            self.assertEqual(loss.data, 2000)
            self.assertEqual(W.grad.tolist(), [[1], [-1]])
            self.assertEqual(x.grad, 2000)
            loss = apply((0, (1, 2)), x, numpy.array([0], 'i'), W)
            self.assertEqual(loss.data, 0)

    def test_single_leaf(self):
        x = chainer.Variable(numpy.ones((2, 3), 'f'))
        W = chainer.Variable(numpy.zeros((0, 3), 'f'))
        loss = apply(0, x, numpy.array([0, 0], 'i'), W)
        loss.backward()
        self.assertEqual(loss.data, 0)
        self.assertEqual(x.grad.tolist(), [[0] * 3] * 2)
        self.assertEqual(W.grad.shape, (0, 3))

    def test_empty_batch(self):
        x = chainer.Variable(numpy.zeros((0, 3), 'f'))
        W = chainer.Variable(numpy.ones((4, 3), 'f'))
        loss = apply(TREE, x, numpy.zeros(0, 'i'), W)
        loss.backward()
        self.assertEqual(loss.data, 0)
        self.assertFalse(W.grad.any())

    def test_non_contiguous(self):
        x = self.random.randn(3, 4).astype('f').T[::2]
        W = self.random.randn(3, 4).astype('f').T
        t = numpy.array([3, 9, 4], 'i')[::2]
        testing.assert_allclose(
            apply(TREE, x, t, W).data, expected_loss(TREE, x, t, W))

    def test_arguments_are_left_alone_and_backward_repeats(self):
        inputs = (self.random.randn(2, 3).astype('f'),
                  numpy.array([1, 2], 'i'),
                  self.random.randn(4, 3).astype('f'))
        copies = [array.copy() for array in inputs]
        function = hierarchical_softmax.BinaryHierarchicalSoftmaxFunction(TREE)
        function.forward(inputs)
        gy = numpy.array(2, 'f')
        first = function.backward(inputs, (gy,))
        second = function.backward(inputs, (gy,))
        for i in 0, 2:
            numpy.testing.assert_array_equal(first[i], second[i])
        self.assertIsNone(first[1])
        for array, copy in zip(inputs, copies):
            numpy.testing.assert_array_equal(array, copy)


class TestBinaryHierarchicalSoftmaxErrors(unittest.TestCase):

    def setUp(self):
        self.inputs = {
            'x': numpy.zeros((2, 3), 'f'), 't': numpy.array([2, 7], 'i'),
            'W': numpy.zeros((2, 3), 'f')}

    def check(self, error, text, **kwargs):
        with self.assertRaisesRegex(error, text):
            apply(((7, 2), 5), *{**self.inputs, **kwargs}.values())

    def test_labels(self):
        # Outside, in front, and in a gap.
        for label in -1, 8, 0, 3:
            self.check(ValueError,
                       f'has 3 between 2 and 7, but there is {label}',
                       t=numpy.array([5, label], 'i'))

    def test_types(self):
        def check(text, **kwargs):
            self.check(type_check.InvalidType, text, **kwargs)

        check(r't is int64, expected int32: cast',
              t=numpy.zeros(2, numpy.int64))
        check(r'in_types\[0\]\.ndim == 2', x=numpy.zeros((2, 3, 1), 'f'))
        check(r'in_types\[2\]\.shape\[0\] == 2', W=numpy.zeros((3, 3), 'f'))
        check(r'in_types\[2\]\.shape\[1\] == in_types\[0\]\.shape\[1\]',
              W=numpy.zeros((2, 4), 'f'))


class TestBinaryHierarchicalSoftmaxOldName(unittest.TestCase):

    def test_functions_namespace(self):
        self.assertIs(
            F.BinaryHierarchicalSoftmax, L.BinaryHierarchicalSoftmax)
