import math
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import serializers


def values(*shape, start=0):
    return np.arange(start, start + np.prod(shape, dtype=int),
                     dtype='f').reshape(shape)


class Affine(chainer.Link):
    """The link of chapter 2.4.4."""

    def __init__(self, in_size, out_size):
        super(Affine, self).__init__(W=(out_size, in_size), b=out_size)
        self.W.data[...] = values(out_size, in_size) / math.sqrt(in_size)
        self.b.data.fill(0)

    def __call__(self, x):
        return F.linear(x, self.W, self.b)


class LateScale(chainer.Link):
    """Link whose parameter has the shape of a row of its input."""

    def __init__(self):
        super().__init__()
        self.add_uninitialized_param('W')

    def __call__(self, x):
        if self.has_uninitialized_params:
            self.add_param('W', x.shape[1:])
            self.W.data.fill(2)
        return x * F.broadcast_to(self.W, x.shape)


class Save(chainer.Serializer):
    """Serializer into a dictionary."""

    def __init__(self, target, path=''):
        self.target = target
        self.path = path

    def __getitem__(self, key):
        return Save(self.target, f'{self.path}{key}/')

    def __call__(self, key, value):
        self.target[self.path + key] = np.copy(value)
        return value


class Load(chainer.Deserializer):
    """Deserializer from a dictionary."""

    def __init__(self, source, path='', rehearsing=False):
        self.source = source
        self.path = path
        self.rehearsing = rehearsing

    def __getitem__(self, key):
        return Load(self.source, f'{self.path}{key}/', self.rehearsing)

    def __call__(self, key, value):
        loaded = self.source.get(self.path + key)
        if value is None:
            return loaded
        if isinstance(value, np.ndarray):
            if not self.rehearsing:
                value[...] = loaded
            return value
        return type(value)(loaded)


def chain():
    """Two levels, a parameter on each."""
    inner = chainer.Chain(a=Affine(2, 3), b=Affine(3, 1))
    inner.add_param('c', 4)
    outer = chainer.Chain(inner=inner, last=Affine(1, 1))
    outer.add_param('d', ())
    for param in outer.params():
        param.data.fill(1)
    return outer


PATHS = ['/d', '/inner/c', '/inner/a/W', '/inner/a/b', '/inner/b/W',
         '/inner/b/b', '/last/W', '/last/b']


class TestParams(unittest.TestCase):

    def test_by_keyword(self):
        link = chainer.Link(W=(2, 3), b=4)
        self.assertEqual(link.W.shape, (2, 3))
        self.assertEqual(link.b.shape, (4,))
        self.assertEqual([path for path, _ in link.namedparams()],
                         ['/W', '/b'])

    def test_add_param(self):
        link = chainer.Link()
        for shape, expected in ((2, (2,)), ((), ()), ((2, 0), (2, 0)),
                                (np.int64(3), (3,)), ([1, 2], (1, 2))):
            for dtype in 'f', np.float16, np.dtype('d'):
                name = f'p{len(link._params)}'
                link.add_param(name, shape, dtype)
                param = getattr(link, name)
                self.assertIsInstance(param, chainer.Variable)
                self.assertEqual(param.shape, expected)
                self.assertEqual(param.dtype, np.dtype(dtype))
                self.assertEqual(param.name, name)
                self.assertIs(param.volatile, chainer.AUTO)
                self.assertIsNone(param.creator)

    def test_single_precision_by_default(self):
        self.assertEqual(chainer.Link(W=1).W.dtype, np.float32)

    def test_nan_until_initialized(self):
        W = chainer.Link(W=(2, 3)).W
        self.assertTrue(np.isnan(W.data).all())
        self.assertTrue(np.isnan(W.grad).all())
        self.assertFalse(np.shares_memory(W.data, W.grad))

    def test_link_of_the_tutorial(self):
        x = chainer.Variable(values(4, 3))
        layer = Affine(3, 2)
        layer.cleargrads()
        y = layer(x)
        F.sum(y).backward()
        np.testing.assert_allclose(
            y.data, values(4, 3) @ values(2, 3).T / math.sqrt(3), rtol=1e-5)
        np.testing.assert_array_equal(layer.b.grad, [4, 4])

    def test_name_is_taken(self):
        link = chainer.Link(W=1)
        link.other = 3
        link.add_uninitialized_param('late')
        link.add_persistent('p', 0)
        for name in 'W', 'other', 'p', 'name':
            before = dict(link.__dict__)
            for add, *args in ((link.add_param, 1), (link.add_persistent, 1),
                               (link.add_uninitialized_param,)):
                with self.assertRaisesRegex(AttributeError, repr(name)):
                    add(name, *args)
            self.assertEqual(before.keys(), link.__dict__.keys())
            self.assertIs(before[name], getattr(link, name))
        self.assertEqual(link._params, ['W'])
        self.assertEqual(link._persistent, ['p'])

    def test_name_of_a_method(self):
        link = chainer.Link()
        for name in ('params', 'xp', 'copy', 'serialize', 'children',
                     'add_link', '_check_free', '__init__'):
            for add, *args in ((link.add_param, 1), (link.add_persistent, 1),
                               (link.add_uninitialized_param,)):
                with self.assertRaisesRegex(AttributeError, repr(name)):
                    add(name, *args)
            if not name.startswith('__'):
                with self.assertRaisesRegex(AttributeError, repr(name)):
                    chainer.Chain(**{name: chainer.Link()})
        self.assertEqual(list(link.params()), [])

    def test_name_that_is_no_string(self):
        link = chainer.Chain()
        for name in None, 3, b'W':
            for add, *args in ((link.add_param, 1), (link.add_persistent, 1),
                               (link.add_link, chainer.Link()),
                               (link.add_uninitialized_param,)):
                with self.assertRaisesRegex(TypeError, 'is a string, but got'):
                    add(name, *args)

    def test_wrong_shape_changes_nothing(self):
        link = chainer.Link()
        link.add_uninitialized_param('late')
        for name in 'W', 'late':
            with self.assertRaises((TypeError, ValueError)):
                link.add_param(name, 'x')
            self.assertFalse(hasattr(link, name))
            self.assertEqual(link._params, [])
        self.assertTrue(link.has_uninitialized_params)
        link.add_param('W', 1)

    def test_replaced_by_assignment(self):
        link = chainer.Link(W=1)
        link.W = chainer.Variable(values(2))
        self.assertEqual([(path, param.shape)
                          for path, param in link.namedparams()],
                         [('/W', (2,))])


class TestPersistent(unittest.TestCase):

    def test_add_persistent(self):
        link = chainer.Link()
        array = values(3)
        link.add_persistent('mean', array)
        link.add_persistent('count', 5)
        self.assertIs(link.mean, array)
        self.assertEqual(link.count, 5)
        self.assertEqual(list(link.params()), [])

    def test_changes_are_saved(self):
        link = chainer.Link()
        link.add_persistent('count', 5)
        link.count += 1
        target = {}
        link.serialize(Save(target))
        self.assertEqual(target, {'count': 6})


class TestUninitializedParams(unittest.TestCase):

    def setUp(self):
        self.link = LateScale()

    def test_before(self):
        self.assertTrue(self.link.has_uninitialized_params)
        self.assertEqual(list(self.link.params()), [])
        self.assertFalse(hasattr(self.link, 'W'))
        self.assertFalse(chainer.Link(W=1).has_uninitialized_params)

    def test_first_call(self):
        x = chainer.Variable(values(4, 3))
        y = self.link(x)
        np.testing.assert_array_equal(y.data, 2 * x.data)
        self.assertFalse(self.link.has_uninitialized_params)
        self.assertEqual([path for path, _ in self.link.namedparams()],
                         ['/W'])

    def test_of_the_link_alone(self):
        chain = chainer.Chain(child=self.link)
        self.assertFalse(chain.has_uninitialized_params)

    def test_added_twice(self):
        with self.assertRaisesRegex(AttributeError, "'W'"):
            self.link.add_uninitialized_param('W')
        with self.assertRaisesRegex(AttributeError, "'W'"):
            self.link.add_persistent('W', 0)
        self.link.add_param('W', 1)
        with self.assertRaises(AttributeError):
            self.link.add_param('W', 1)
        self.assertEqual(self.link._params, ['W'])

    def test_methods_leave_them_alone(self):
        self.link.cleargrads()
        self.link.zerograds()
        self.link.addgrads(LateScale())
        self.link.copyparams(LateScale())
        self.link.to_cpu()
        self.assertTrue(self.link.has_uninitialized_params)

    def test_grad_is_nan_unless_cleared(self):
        self.link(chainer.Variable(values(4, 3)))
        self.assertTrue(np.isnan(self.link.W.grad).all())

    def test_cleared_before_the_first_call(self):
        # The order of the tutorial: zerograds, loss, backward. What comes up
        # in between must not start from NaN.
        for clear in 'cleargrads', 'zerograds':
            link = LateScale()
            getattr(chainer.ChainList(chainer.Chain(child=link)), clear)()
            F.sum(link(chainer.Variable(values(4, 3)))).backward()
            np.testing.assert_array_equal(
                link.W.grad, values(4, 3).sum(axis=0))

    def test_other_new_params_are_nan_all_the_same(self):
        self.link.cleargrads()
        self.link.add_param('other', 2)
        self.assertTrue(np.isnan(self.link.other.grad).all())

    def test_copies_are_independent(self):
        twin = self.link.copy()
        twin(chainer.Variable(values(4, 3)))
        self.assertTrue(self.link.has_uninitialized_params)
        self.assertFalse(hasattr(self.link, 'W'))


class TestAllOrNothing(unittest.TestCase):

    def test_success(self):
        link = LateScale()
        with link._all_or_nothing():
            link(chainer.Variable(values(4, 3)))
        self.assertFalse(link.has_uninitialized_params)

    def test_failure(self):
        lazy, done = LateScale(), LateScale()
        done(chainer.Variable(values(4, 3)))
        model = chainer.Chain(lazy=lazy, list=chainer.ChainList(done))
        for error in ValueError, KeyboardInterrupt:
            with self.assertRaises(error):
                with model._all_or_nothing():
                    lazy(chainer.Variable(values(4, 3)))
                    raise error
            self.assertTrue(lazy.has_uninitialized_params)
            self.assertFalse(hasattr(lazy, 'W'))
            self.assertEqual(lazy._params, [])
            self.assertIs(model.lazy, lazy)
            self.assertEqual([path for path, _ in model.namedparams()],
                             ['/list/0/W'])

    def test_children_added_in_the_first_call(self):
        chain = chainer.Chain()
        chain.add_uninitialized_param('W')
        with self.assertRaises(ValueError):
            with chain._all_or_nothing():
                chain.add_param('W', 2)
                chain.add_link('child', chainer.Link(V=1))
                chain.add_persistent('p', 1)
                raise ValueError
        self.assertEqual(list(chain.namedparams()), [])
        self.assertFalse(hasattr(chain, 'child'))
        chain.add_persistent('p', 1)
        chain.add_link('child', chainer.Link(V=1))


class TestTraversal(unittest.TestCase):

    def setUp(self):
        self.chain = chain()

    def test_namedparams(self):
        named = list(self.chain.namedparams())
        self.assertEqual([path for path, _ in named], PATHS)
        self.assertIs(dict(named)['/inner/a/W'], self.chain.inner.a.W)

    def test_params(self):
        for param, (_, named) in zip(self.chain.params(),
                                     self.chain.namedparams(), strict=True):
            self.assertIs(param, named)

    def test_paths_are_relative(self):
        self.assertEqual(
            [path for path, _ in self.chain.inner.namedparams()],
            ['/c', '/a/W', '/a/b', '/b/W', '/b/b'])

    def test_namedlinks(self):
        inner = self.chain.inner
        expected = [('/', self.chain), ('/inner', inner),
                    ('/inner/a', inner.a), ('/inner/b', inner.b),
                    ('/last', self.chain.last)]
        self.assertEqual(list(self.chain.namedlinks()), expected)
        self.assertEqual(list(self.chain.namedlinks(skipself=True)),
                         expected[1:])
        self.assertEqual(list(self.chain.namedlinks(True)), expected[1:])

    def test_links(self):
        expected = [link for _, link in self.chain.namedlinks()]
        self.assertEqual(list(self.chain.links()), expected)
        self.assertEqual(list(self.chain.links(skipself=True)), expected[1:])
        self.assertEqual(list(self.chain.links(True)), expected[1:])

    def test_children(self):
        self.assertEqual(list(self.chain.children()),
                         [self.chain.inner, self.chain.last])
        self.assertEqual(next(self.chain.children()), self.chain.inner)
        self.assertEqual(list(self.chain.last.children()), [])

    def test_link_alone(self):
        link = Affine(1, 1)
        self.assertEqual(list(link.links()), [link])
        self.assertEqual(list(link.namedlinks()), [('/', link)])
        self.assertEqual(list(link.links(True)), [])

    def test_one_parameter_in_two_links(self):
        # A shared parameter is met at each of its places.
        self.chain.last.W = self.chain.inner.b.b
        self.assertEqual(len(list(self.chain.params())), len(PATHS))


class TestChain(unittest.TestCase):

    def test_names(self):
        a, b = Affine(1, 1), Affine(1, 1)
        chain = chainer.Chain(a=a)
        chain.add_link('b', b)
        self.assertIs(chain.a, a)
        self.assertIs(chain['b'], b)
        self.assertEqual((a.name, b.name, chain.name), ('a', 'b', None))

    def test_getitem_is_getattr(self):
        chain = chainer.Chain(a=Affine(1, 1))
        chain.note = 3
        self.assertEqual(chain['note'], 3)
        with self.assertRaises(AttributeError):
            chain['nothing']

    def test_subclass(self):
        class Model(chainer.Chain):
            def __init__(self):
                super(Model, self).__init__(l1=Affine(2, 3))
                self.add_link('l2', Affine(3, 1))

            def __call__(self, x):
                return self.l2(F.relu(self.l1(x)))

        self.assertEqual(Model()(values(5, 2)).shape, (5, 1))

    def check_refused(self, chain, name, child, error, text):
        before = dict(chain.__dict__, _children=list(chain._children))
        with self.assertRaisesRegex(error, text):
            chain.add_link(name, child)
        self.assertEqual(chain.__dict__, before)

    def test_no_link(self):
        chain = chainer.Chain(a=Affine(1, 1))
        for stranger in None, F.relu, Affine:
            self.check_refused(chain, 'b', stranger,
                               TypeError, 'a child of a chain is a Link')

    def test_name_is_taken(self):
        chain = chainer.Chain(a=Affine(1, 1))
        chain.add_param('W', 1)
        for name in 'a', 'W', 'name':
            link = Affine(1, 1)
            self.check_refused(chain, name, link, AttributeError, repr(name))
            self.assertIsNone(link.name)
        with self.assertRaises(AttributeError):
            chain.add_param('a', 1)

    def test_child_of_two_chains(self):
        child = Affine(1, 1)
        one, two = chainer.Chain(a=child), chainer.Chain()
        for chain in one, two:
            self.check_refused(chain, 'b', child,
                               ValueError, "child 'a'.*link.copy")
        self.assertEqual(child.name, 'a')
        two.add_link('b', child.copy())
        self.assertIs(two.b.W.data, child.W.data)

    def test_child_replaced_by_assignment(self):
        # As is done for fine-tuning: model.fc8 = L.Linear(4096, 10).
        model = chain()
        model.last = Affine(1, 5)
        self.assertEqual([path for path, _ in model.namedparams()], PATHS)
        self.assertEqual([path for path, _ in model.namedlinks(True)],
                         ['/inner', '/inner/a', '/inner/b', '/last'])
        target = {}
        model.serialize(Save(target))
        self.assertEqual(target['last/W'].shape, (5, 1))
        self.assertEqual(model.copy().last.name, 'last')


class TestChainList(unittest.TestCase):

    def setUp(self):
        self.links = [Affine(1, 1) for _ in range(3)]
        self.list = chainer.ChainList(*self.links[:2])
        self.list.add_link(self.links[2])

    def test_names(self):
        self.assertEqual([link.name for link in self.links], ['0', '1', '2'])

    def test_sequence(self):
        self.assertEqual(len(self.list), 3)
        self.assertEqual(list(self.list), self.links)
        self.assertEqual(list(self.list.children()), self.links)
        self.assertIs(self.list[0], self.links[0])
        self.assertIs(self.list[-1], self.links[2])
        self.assertEqual(list(self.list[1:]), self.links[1:])
        with self.assertRaises(IndexError):
            self.list[3]

    def test_empty(self):
        empty = chainer.ChainList()
        self.assertEqual((len(empty), list(empty)), (0, []))

    def test_paths(self):
        self.list.add_link(chainer.ChainList(Affine(1, 1)))
        self.list.add_param('c', 1)
        self.assertEqual(
            [path for path, _ in self.list.namedparams()],
            ['/c', '/0/W', '/0/b', '/1/W', '/1/b', '/2/W', '/2/b',
             '/3/0/W', '/3/0/b'])
        self.assertEqual(
            [path for path, _ in self.list.namedlinks()],
            ['/', '/0', '/1', '/2', '/3', '/3/0'])

    def test_refused(self):
        for stranger, error in ((None, TypeError), (Affine, TypeError),
                                (self.links[0], ValueError)):
            with self.assertRaises(error):
                self.list.add_link(stranger)
            self.assertEqual(list(self.list), self.links)

    def test_copy(self):
        twin = self.list.copy()
        self.assertIs(type(twin), chainer.ChainList)
        self.assertEqual([link.name for link in twin], ['0', '1', '2'])
        for mine, theirs in zip(self.list, twin):
            self.assertIsNot(mine, theirs)
            self.assertIs(mine.W.data, theirs.W.data)
        twin.add_link(Affine(1, 1))
        self.assertEqual(len(self.list), 3)


class TestCopy(unittest.TestCase):

    def setUp(self):
        self.chain = chain()
        self.chain.inner.add_persistent('mean', values(3))
        self.chain.inner.note = ['program']
        self.twin = self.chain.copy()

    def test_same_paths(self):
        self.assertEqual([path for path, _ in self.twin.namedparams()], PATHS)
        self.assertEqual([link.name for link in self.twin.links()],
                         [link.name for link in self.chain.links()])

    def test_other_links_and_variables(self):
        for mine, theirs in zip(self.chain.links(), self.twin.links()):
            self.assertIsNot(mine, theirs)
            self.assertIs(type(mine), type(theirs))
        for mine, theirs in zip(self.chain.params(), self.twin.params()):
            self.assertIsNot(mine, theirs)

    def test_same_arrays(self):
        for mine, theirs in zip(self.chain.params(), self.twin.params()):
            self.assertIs(mine.data, theirs.data)
            self.assertIs(mine.grad, theirs.grad)
        self.assertIs(self.twin.inner.mean, self.chain.inner.mean)
        self.assertIs(self.twin.inner.note, self.chain.inner.note)

    def test_attributes_are_those_of_the_copy(self):
        self.assertIs(self.twin.inner.a, next(self.twin.inner.children()))
        self.twin.cleargrads()
        self.assertTrue(all(param.grad is None
                            for param in self.twin.params()))
        self.assertTrue(all(param.grad is not None
                            for param in self.chain.params()))

    def test_registrations_are_independent(self):
        self.twin.add_param('new', 1)
        self.twin.add_persistent('more', 1)
        self.twin.add_link('child', Affine(1, 1))
        self.assertEqual([path for path, _ in self.chain.namedparams()], PATHS)
        self.assertEqual(self.chain._persistent, [])

    def test_name_is_reset(self):
        twin = self.chain.inner.copy()
        self.assertIsNone(twin.name)
        self.assertEqual(self.chain.inner.name, 'inner')
        chainer.Chain(other=twin)
        self.assertEqual(twin.name, 'other')

    def test_keeps_the_class(self):
        self.assertIsInstance(Affine(1, 1).copy(), Affine)


class TestGrads(unittest.TestCase):

    def setUp(self):
        self.mine, self.theirs = chain(), chain()

    def fill(self, link, value):
        for param in link.params():
            param.grad = np.full_like(param.data, value)

    def test_cleargrads(self):
        self.mine.cleargrads()
        for param in self.mine.params():
            self.assertIsNone(param.grad)

    def test_zerograds(self):
        self.mine.inner.a.cleargrads()
        self.mine.zerograds()
        for param in self.mine.params():
            np.testing.assert_array_equal(param.grad,
                                          np.zeros_like(param.data))
            self.assertEqual(param.grad.dtype, param.dtype)

    def test_addgrads(self):
        self.fill(self.mine, 3)
        self.fill(self.theirs, 5)
        self.mine.addgrads(self.theirs)
        for mine, theirs in zip(self.mine.params(), self.theirs.params()):
            np.testing.assert_array_equal(mine.grad,
                                          np.full_like(mine.data, 8))
            np.testing.assert_array_equal(theirs.grad,
                                          np.full_like(mine.data, 5))

    def test_addgrads_with_missing_ones(self):
        self.fill(self.mine, 3)
        self.fill(self.theirs, 5)
        self.mine.last.W.cleargrad()
        self.theirs.last.b.cleargrad()
        self.mine.d.cleargrad()
        self.theirs.d.cleargrad()
        self.mine.addgrads(self.theirs)
        np.testing.assert_array_equal(self.mine.last.W.grad, [[5]])
        self.assertFalse(np.shares_memory(self.mine.last.W.grad,
                                          self.theirs.last.W.grad))
        np.testing.assert_array_equal(self.mine.last.b.grad, [3])
        self.assertIsNone(self.mine.d.grad)
        self.assertEqual(self.mine.inner.c.grad[0], 8)

    def test_addgrads_of_a_link_in_another_order(self):
        one = chainer.Chain(a=Affine(1, 1), b=Affine(1, 1))
        two = chainer.Chain(b=Affine(1, 1), a=Affine(1, 1))
        one.zerograds()
        two.zerograds()
        two.a.W.grad.fill(7)
        one.addgrads(two)
        np.testing.assert_array_equal(one.a.W.grad, [[7]])
        np.testing.assert_array_equal(one.b.W.grad, [[0]])


class TestCopyparams(unittest.TestCase):

    def setUp(self):
        self.mine, self.theirs = chain(), chain()
        for i, param in enumerate(self.theirs.params()):
            param.data.fill(i)

    def test_copyparams(self):
        arrays = [param.data for param in self.mine.params()]
        self.mine.copyparams(self.theirs)
        for i, (param, array) in enumerate(zip(self.mine.params(), arrays)):
            self.assertIs(param.data, array)
            np.testing.assert_array_equal(array, np.full_like(array, i))

    def test_grads_and_persistent_values_stay(self):
        for link, value in (self.mine, 1), (self.theirs, 2):
            link.zerograds()
            link.last.W.grad.fill(value)
            link.add_persistent('p', value)
        self.mine.copyparams(self.theirs)
        np.testing.assert_array_equal(self.mine.last.W.grad, [[1]])
        self.assertEqual(self.mine.p, 1)

    def check_refused(self, text):
        for link in self.mine, self.theirs:
            link.zerograds()
        for param in self.theirs.params():
            param.grad.fill(1)
        for method in 'copyparams', 'addgrads':
            with self.assertRaises(ValueError) as cm:
                getattr(self.mine, method)(self.theirs)
            self.assertIn(text, str(cm.exception))
        for param in self.mine.params():
            np.testing.assert_array_equal(param.data, np.ones(param.shape))
            np.testing.assert_array_equal(param.grad, np.zeros(param.shape))

    def test_other_names(self):
        self.mine.last.add_param('extra', 1)
        self.mine.last.extra.data.fill(1)
        self.check_refused("['/last/extra']")

    def test_one_is_not_initialized(self):
        # Nothing may be left out silently.
        self.mine.add_link('late', LateScale())
        self.theirs.add_link('late', LateScale())
        self.theirs.late(chainer.Variable(values(4, 3)))
        self.check_refused("['/late/W']")

    def test_more_there(self):
        self.theirs.last.add_param('extra', 1)
        self.mine.copyparams(self.theirs)
        np.testing.assert_array_equal(
            self.mine.last.W.data, self.theirs.last.W.data)

    def test_other_shapes(self):
        # NumPy would broadcast one to the other.
        self.mine.inner.b.b.data = np.ones(3, 'f')
        self.mine.inner.b.b.cleargrad()
        self.check_refused('/inner/b/b has the shape (3,) here and (1,) there')


class TestDevices(unittest.TestCase):

    def test_to_cpu_where_it_is(self):
        model = chain()
        arrays = [param.data for param in model.params()]
        self.assertIs(model.to_cpu(), model)
        for param, array in zip(model.params(), arrays):
            self.assertIs(param.data, array)

    def test_xp(self):
        self.assertIs(chain().inner.xp, np)


class TestSerialize(unittest.TestCase):

    def setUp(self):
        self.link = chain()
        self.link.inner.add_persistent('mean', values(3))
        self.link.inner.add_persistent('count', 7)
        self.target = {}
        self.link.serialize(Save(self.target))

    def empty(self):
        link = chain()
        link.inner.add_persistent('mean', np.zeros(3, 'f'))
        link.inner.add_persistent('count', 0)
        for param in link.params():
            param.data.fill(0)
        return link

    def test_keys(self):
        self.assertEqual(
            sorted(self.target),
            sorted([path[1:] for path in PATHS] +
                   ['inner/mean', 'inner/count']))

    def test_load(self):
        link = self.empty()
        arrays = [param.data for param in link.params()]
        mean = link.inner.mean
        link.serialize(Load(self.target))
        for param, array in zip(link.params(), arrays):
            self.assertIs(param.data, array)
            np.testing.assert_array_equal(array, np.ones_like(array))
        self.assertIs(link.inner.mean, mean)
        np.testing.assert_array_equal(mean, values(3))
        self.assertEqual(link.inner.count, 7)

    def test_grads_are_not_saved(self):
        link = self.empty()
        link.cleargrads()
        link.serialize(Load(self.target))
        self.assertIsNone(link.last.W.grad)

    def test_save_uninitialized(self):
        link = chainer.Chain(late=LateScale())
        with self.assertRaisesRegex(ValueError, "LateScale.*'W'"):
            link.serialize(Save({}))

    def test_load_uninitialized(self):
        for dtype in 'f', 'd':
            link = chainer.Chain(late=LateScale())
            source = values(2, 3).astype(dtype)
            link.serialize(Load({'late/W': source}))
            self.assertFalse(link.late.has_uninitialized_params)
            np.testing.assert_array_equal(link.late.W.data, source)
            self.assertEqual(link.late.W.dtype, np.dtype(dtype))
            self.assertFalse(np.shares_memory(link.late.W.data, source))
            self.assertEqual([path for path, _ in link.namedparams()],
                             ['/late/W'])

    def test_load_uninitialized_from_nothing(self):
        link = LateScale()
        link.serialize(Load({}))
        self.assertTrue(link.has_uninitialized_params)

    def test_rehearsal_leaves_everything(self):
        link = self.empty()
        link.add_link('late', LateScale())
        source = dict(self.target, **{'late/W': values(3)})
        link.serialize(Load(source, rehearsing=True))
        self.assertTrue(link.late.has_uninitialized_params)
        self.assertFalse(hasattr(link.late, 'W'))
        for param in link.params():
            np.testing.assert_array_equal(param.data,
                                          np.zeros_like(param.data))

    def test_with_the_serializers(self):
        target = serializers.DictionarySerializer()
        target.save(self.link)
        link = self.empty()
        serializers.NpzDeserializer(target.target).load(link)
        for mine, theirs in zip(self.link.params(), link.params()):
            np.testing.assert_array_equal(mine.data, theirs.data)
        np.testing.assert_array_equal(link.inner.mean, values(3))
        self.assertEqual(link.inner.count, 7)

    def test_late_linear_with_the_serializers(self):
        model = chainer.Chain(l=L.Linear(None, 2))
        model.l(values(4, 3))
        target = serializers.DictionarySerializer()
        target.save(model)
        other = chainer.Chain(l=L.Linear(None, 2))
        serializers.NpzDeserializer(target.target).load(other)
        np.testing.assert_array_equal(other.l(values(4, 3)).data,
                                      model.l(values(4, 3)).data)
