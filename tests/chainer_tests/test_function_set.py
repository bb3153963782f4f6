import copy
import pickle
import unittest
import warnings

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L


def function_set(**links):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        return chainer.FunctionSet(**links)


class TestFunctionSet(unittest.TestCase):

    def setUp(self):
        # Not in the order of their names.
        self.model = function_set(b=L.Linear(3, 4))
        self.model.a = L.Linear(4, 2)

    def test_warns_where_it_is_constructed(self):
        with self.assertWarns(DeprecationWarning) as cm:
            chainer.FunctionSet()
        self.assertIn('chainer.Chain', str(cm.warning))
        self.assertEqual(cm.filename, __file__)

    def test_is_a_chain(self):
        self.assertIsInstance(self.model, chainer.Chain)
        self.assertIs(self.model['a'], self.model.a)
        self.assertEqual([path for path, _ in self.model.namedparams()],
                         ['/b/W', '/b/b', '/a/W', '/a/b'])

    def test_assignment_registers(self):
        self.assertEqual(self.model.a.name, 'a')
        self.assertEqual(list(self.model.children()),
                         [self.model.b, self.model.a])

    def test_other_attributes(self):
        self.model.note = 3
        self.model.note = 4
        self.assertEqual(self.model.note, 4)
        self.assertEqual(len(list(self.model.children())), 2)

    def test_reassignment(self):
        old, new = self.model.b, L.Linear(3, 5)
        self.model.b = new
        self.assertIs(self.model.b, new)
        self.assertEqual(list(self.model.children()), [new, self.model.a])
        self.assertEqual((old.name, new.name), (None, 'b'))
        self.model.c = old
        self.assertEqual(old.name, 'c')

    def test_assignment_of_the_same(self):
        self.model.b = self.model.b
        self.assertEqual(self.model.b.name, 'b')
        self.assertEqual(len(list(self.model.children())), 2)

    def test_refused_assignment_changes_nothing(self):
        old, taken = self.model.b, L.Linear(3, 5)
        function_set(other=taken)
        for name in 'b', 'c', 'name':
            with self.assertRaises((ValueError, AttributeError)):
                setattr(self.model, name, taken)
        self.assertIs(self.model.b, old)
        self.assertEqual((old.name, taken.name), ('b', 'other'))
        self.assertEqual(list(self.model.children()), [old, self.model.a])

    def test_parameters_and_gradients(self):
        a, b = self.model.a, self.model.b
        expected = a.W, a.b, b.W, b.b
        self.assertIs(type(self.model.parameters), tuple)
        self.assertIs(type(self.model.gradients), tuple)
        for param, data, grad in zip(expected, self.model.parameters,
                                     self.model.gradients, strict=True):
            self.assertIs(data, param.data)
            self.assertIs(grad, param.grad)

    def test_collect_parameters(self):
        params, grads = self.model.collect_parameters()
        for mine, other in zip(self.model.parameters + self.model.gradients,
                               params + grads, strict=True):
            self.assertIs(mine, other)

    def test_copy_parameters_from(self):
        arrays = self.model.parameters
        source = [np.full(x.shape, i, 'f') for i, x in enumerate(arrays)]
        self.model.copy_parameters_from(iter(source))
        for mine, array, value in zip(self.model.parameters, arrays, source):
            self.assertIs(mine, array)
            np.testing.assert_array_equal(mine, value)

    def test_copy_parameters_from_another_number(self):
        before = [x.copy() for x in self.model.parameters]
        with self.assertRaisesRegex(ValueError, '3 arrays for 4 parameters'):
            self.model.copy_parameters_from(
                [np.zeros_like(x) for x in before[:3]])
        for x, y in zip(self.model.parameters, before):
            np.testing.assert_array_equal(x, y)

    def test_copy_parameters_from_another_shape(self):
        before = [x.copy() for x in self.model.parameters]
        source = [np.zeros_like(x) for x in before]
        source[-1] = np.zeros(1, 'f')
        with self.assertRaisesRegex(ValueError, r'\(1,\)'):
            self.model.copy_parameters_from(source)
        for x, y in zip(self.model.parameters, before):
            np.testing.assert_array_equal(x, y)

    def test_copies(self):
        for twin in (self.model.copy(), copy.deepcopy(self.model),
                     pickle.loads(pickle.dumps(self.model))):
            self.assertIs(type(twin), chainer.FunctionSet)
            self.assertEqual([path for path, _ in twin.namedparams()],
                             [path for path, _ in self.model.namedparams()])
            twin.c = L.Linear(1, 1)
            self.assertEqual(len(list(self.model.children())), 2)

    def test_as_it_was_used(self):
        x = chainer.Variable(np.ones((2, 3), 'f'))
        self.model.zerograds()
        y = self.model.a(F.relu(self.model.b(x)))
        F.sum(y).backward()
        np.testing.assert_array_equal(self.model.gradients[1], [2, 2])
