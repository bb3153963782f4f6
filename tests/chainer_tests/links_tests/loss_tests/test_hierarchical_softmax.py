import copy
import math
import os
import pickle
import tempfile
import unittest
from unittest import mock

import numpy

import chainer
import chainer.links as L
from chainer import gradient_check, serializers, testing
from chainer.functions.loss import hierarchical_softmax as function_module
from chainer.links.loss import hierarchical_softmax

TREE = ((0, 1), ((2, 3), 4))


class TestBinaryHierarchicalSoftmax(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.link = L.BinaryHierarchicalSoftmax(3, TREE)
        self.link.W.data[...] = random.randn(4, 3)
        self.x = random.randn(3, 3).astype('f')
        self.t = numpy.array([1, 3, 1], 'i')

    def test_params(self):
        self.assertEqual([name for name, _ in self.link.namedparams()],
                         ['/W'])

    def test_initial_weights(self):
        numpy.random.seed(0)
        tree = 0
        for leaf in range(1, 101):
            tree = leaf, tree
        W = L.BinaryHierarchicalSoftmax(200, tree).W
        self.assertEqual((W.shape, W.dtype), ((100, 200), numpy.float32))
        self.assertTrue(numpy.isnan(W.grad).all())
        # Between -1 and 1; five standard deviations of the estimates.
        self.assertLess(abs(W.data).max(), 1)
        self.assertLess(abs(W.data.mean()), 5 / (3 * W.data.size) ** 0.5)
        self.assertLess(abs((abs(W.data) < 0.5).mean() - 0.5),
                        5 * 0.5 / W.data.size ** 0.5)

    def test_forward(self):
        loss = self.link(chainer.Variable(self.x), chainer.Variable(self.t))
        self.assertEqual((loss.dtype, loss.shape), (numpy.float32, ()))

        def p(x, node):
            return 1 / (1 + math.exp(-x.dot(self.link.W.data[node])))

        expected = 0
        for x in self.x[[0, 2]]:
            expected -= math.log(p(x, 0) * (1 - p(x, 1)))
        x = self.x[1]
        expected -= math.log((1 - p(x, 0)) * p(x, 2) * (1 - p(x, 3)))
        testing.assert_allclose(loss.data, expected)

    def test_backward(self):
        gradient_check.check_backward(
            lambda x: self.link(x, self.t), self.x, None, self.link.W,
            dtype='d')

    def test_probabilities(self):
        total = math.fsum(
            math.exp(-self.link(self.x[:1], numpy.array([t], 'i')).data)
            for t in range(5))
        self.assertAlmostEqual(total, 1, places=6)

    def test_called_twice(self):
        losses = [self.link(self.x, self.t) for _ in range(2)]
        sum(losses).backward()
        self.assertEqual(losses[0].data, losses[1].data)

    def test_labels(self):
        for label in -1, 5:
            with self.assertRaisesRegex(ValueError, f'but there is {label}'):
                self.link(self.x, numpy.array([0, label, 1], 'i'))

    def test_bad_trees(self):
        for tree in (0, 1, 2), (0,), ((0, 1), 1), (0, -1):
            with self.assertRaises(ValueError):
                L.BinaryHierarchicalSoftmax(3, tree)
        with self.assertRaises(TypeError):
            L.BinaryHierarchicalSoftmax(3, [0, 1])

    def test_copy(self):
        twin = self.link.copy()
        self.assertIsNot(twin.W, self.link.W)
        self.assertIs(twin.W.data, self.link.W.data)
        self.assertEqual(twin(self.x, self.t).data,
                         self.link(self.x, self.t).data)
        # Moving one must not move the other.
        self.assertIsNot(twin._func, self.link._func)

    def test_deep_copy_and_pickle(self):
        for twin in (copy.deepcopy(self.link),
                     pickle.loads(pickle.dumps(self.link))):
            self.assertEqual(twin(self.x, self.t).data,
                             self.link(self.x, self.t).data)

    def test_to_cpu(self):
        expected = self.link(self.x, self.t).data
        with mock.patch.object(
                self.link._func, 'to_cpu', wraps=self.link._func.to_cpu) as f:
            self.assertIs(self.link.to_cpu(), self.link)
        f.assert_called_once_with()
        self.assertEqual(self.link(self.x, self.t).data, expected)

    def test_serialization(self):
        loaded = L.BinaryHierarchicalSoftmax(3, TREE)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'model')
            serializers.save_npz(path, self.link)
            with numpy.load(path) as archive:
                self.assertEqual(list(archive), ['W'])
            serializers.load_npz(path, loaded)
        self.assertEqual(loaded(self.x, self.t).data,
                         self.link(self.x, self.t).data)


class TestHuffmanTree(unittest.TestCase):

    def make(self, counts):
        return L.BinaryHierarchicalSoftmax.create_huffman_tree(counts)

    def test_documented_example(self):
        self.assertEqual(
            self.make({0: 8, 1: 5, 2: 6, 3: 4}), ((3, 1), (2, 0)))

    def test_one_word(self):
        self.assertEqual(self.make({7: 3}), 7)

    def test_equal_counts(self):
        self.assertEqual(self.make({0: 1, 1: 1, 2: 1}), (2, (0, 1)))
        self.assertEqual(
            self.make({5: 2, 3: 2, 9: 2, 1: 2}), ((5, 3), (9, 1)))

    def test_inner_node_stands_at_the_place_of_its_first_word(self):
        self.assertEqual(self.make({0: 1, 1: 2, 2: 3, 3: 3}), (3, ((0, 1), 2)))
        self.assertEqual(self.make({0: 2, 1: 1, 2: 1, 3: 2}), (3, (0, (1, 2))))
        self.assertEqual(self.make({0: 2, 1: 3, 2: 1, 3: 3}), (3, ((2, 0), 1)))

    def test_shortest_code(self):
        random = numpy.random.RandomState(0)
        counts = dict(enumerate(random.randint(1, 100, 30).tolist()))
        parser = hierarchical_softmax.TreeParser()
        parser.parse(self.make(counts))
        paths = parser.get_paths()
        self.assertEqual(sorted(paths), sorted(counts))
        length = sum(counts[word] * len(paths[word]) for word in counts)
        merged = sorted(counts.values())
        expected = 0
        while len(merged) > 1:
            # An inner node adds a step to all words below it.
            first, second, *rest = merged
            expected += first + second
            merged = sorted([first + second, *rest])
        self.assertEqual(length, expected)

    def test_fractions(self):
        self.assertEqual(self.make({0: .5, 1: .3, 2: .25}), (0, (2, 1)))

    def test_very_different_counts(self):
        # A tree deeper than Python's stack, by way of the link.
        counts = {i: 2. ** (i / 2 - 600) for i in range(1200)}
        self.assertEqual(
            L.BinaryHierarchicalSoftmax(1, self.make(counts)).W.shape,
            (1199, 1))

    def test_empty(self):
        with self.assertRaisesRegex(ValueError, 'word_counts is empty'):
            self.make({})

    def test_bad_counts(self):
        for count in -1, float('nan'):
            with self.assertRaisesRegex(ValueError, "word 5 is"):
                self.make({0: 1, 5: count})


class TestOldPlace(unittest.TestCase):

    def test_names(self):
        self.assertIs(hierarchical_softmax.TreeParser,
                      function_module.TreeParser)
        self.assertIs(hierarchical_softmax.BinaryHierarchicalSoftmaxFunction,
                      function_module.BinaryHierarchicalSoftmaxFunction)
