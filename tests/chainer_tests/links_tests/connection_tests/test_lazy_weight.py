import pickle
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import testing
from chainer.utils import type_check


def image(*shape, dtype='f'):
    return numpy.zeros(shape, dtype)


def fail(x):
    raise RuntimeError('fail')


ROWS = image(2, 6)
IMAGE = image(1, 3, 8, 8)

# What is called, with arguments that it does not take, and with others.
CASES = [
    ('Linear', lambda: L.Linear(None, 4), [image(2, 5, dtype='i')], [ROWS]),
    ('Convolution2D', lambda: L.Convolution2D(None, 4, 3),
     [image(1, 8, 8, 3, dtype='uint8')], [IMAGE]),
    ('Convolution2D, too small', lambda: L.Convolution2D(None, 4, 3),
     [image(1, 5, 2, 2)], [IMAGE]),
    ('Maxout', lambda: L.Maxout(None, 4, 2), [image(2, 5, dtype='i')],
     [ROWS]),
    ('LSTM', lambda: L.LSTM(None, 4), [image(2, 5, dtype='i')], [ROWS]),
    ('StatelessLSTM, h', lambda: L.StatelessLSTM(None, 4),
     [None, image(2, 3), image(2, 5)], [None, image(2, 4), ROWS]),
    ('StatelessLSTM, c', lambda: L.StatelessLSTM(None, 4),
     [image(2, 3), None, image(2, 5)], [image(2, 4), None, ROWS]),
    ('StatefulPeepholeLSTM', lambda: L.StatefulPeepholeLSTM(None, 4),
     [image(2, 5, dtype='i')], [ROWS]),
    ('MLPConvolution2D', lambda: L.MLPConvolution2D(None, (4, 2), 3),
     [image(1, 8, 8, 3, dtype='uint8')], [IMAGE]),
    ('Inception', lambda: L.Inception(None, 2, 2, 2, 2, 2, 2),
     [image(1, 8, 8, 3, dtype='uint8')], [IMAGE]),
    ('Inception, pooling', lambda: L.Inception(None, 2, 2, 2, 2, 2, 2),
     [image(1, 5, 0, 8)], [IMAGE]),
    ('InceptionBN', lambda: L.InceptionBN(None, 2, 2, 2, 2, 2, 'max', 2),
     [image(1, 8, 8, 3, dtype='d')], [IMAGE]),
]


@testing.parameterize(*[
    {'what': what, 'make': make, 'bad': bad, 'good': good}
    for what, make, bad, good in CASES])
class TestFailingFirstCall(unittest.TestCase):

    def state(self, link):
        return {path: (set(child._uninitialized_params),
                       list(child._params), sorted(child.__dict__),
                       child._grads_cleared,
                       getattr(child, 'initialW', None))
                for path, child in link.namedlinks()}

    def test_nothing_changes(self):
        link = self.make()
        link.cleargrads()
        before = self.state(link)
        self.assertTrue(any(lazy for lazy, *_ in before.values()))
        with self.assertRaises(type_check.InvalidType):
            link(*self.bad)
        self.assertEqual(self.state(link), before)

        link(*self.good)
        self.assertFalse(
            any(child.has_uninitialized_params for child in link.links()))
        self.assertEqual([p.grad for p in link.params()],
                         [None] * len(list(link.params())))

    def test_later_failures_leave_weights_alone(self):
        link = self.make()
        link(*self.good)
        before = [(p, p.data) for p in link.params()]
        with self.assertRaises(type_check.InvalidType):
            link(*self.bad)
        for (param, data), now in zip(before, link.params()):
            self.assertIs(now, param)
            self.assertIs(now.data, data)


class TestFailureAfterwards(unittest.TestCase):
    """Failures of what follows a lazy link in a composite one."""

    def check(self, link, lazy, *args):
        with self.assertRaisesRegex(RuntimeError, 'fail'):
            link(*args)
        self.assertTrue(lazy.has_uninitialized_params)
        self.assertFalse(hasattr(lazy, 'W'))

    def test_activation(self):
        W = numpy.ones((4, 3, 3, 3), 'f')
        link = L.MLPConvolution2D(None, (4, 2), 3, activation=fail)
        link[0].initialW = W
        self.check(link, link[0], IMAGE)
        self.assertIs(link[0].initialW, W)
        link.activation = F.relu
        link(IMAGE)
        numpy.testing.assert_array_equal(link[0].W.data, W)
        self.assertIsNone(link[0].initialW)

    def test_second_initializer(self):
        shapes = []

        def fill(array):
            array.fill(1)
            shapes.append(array.shape)
            if len(shapes) == 5:
                fail(array)

        link = L.Inception(None, 2, 3, 4, 5, 6, 7, conv_init=fill)
        # Two have their weights from the start.
        self.assertEqual(len(shapes), 2)
        lazy = [child for child in link.children()
                if child.has_uninitialized_params]
        for child in lazy:
            self.assertIs(child.initialW, fill)
        self.check(link, link.conv1, IMAGE)
        for child in lazy:
            self.assertTrue(child.has_uninitialized_params)
            self.assertIs(child.initialW, fill)
        self.assertEqual(link(IMAGE).shape, (1, 19, 8, 8))

    def test_peephole(self):
        link = L.StatefulPeepholeLSTM(None, 2)
        h = chainer.Variable(numpy.zeros((2, 2), 'f'))
        link.set_state(chainer.Variable(numpy.zeros((2, 2), 'd')), h)
        with self.assertRaises(type_check.InvalidType):
            link(ROWS)
        self.assertTrue(link.upward.has_uninitialized_params)
        self.assertIs(link.h, h)

    def test_classifier(self):
        predictor = L.Linear(None, 2)
        link = L.Classifier(predictor, lossfun=lambda y, t: fail(y))
        self.check(link, predictor, ROWS, numpy.zeros(2, 'i'))

    def test_order_of_parameters(self):
        link = L.Linear(None, 2)
        with self.assertRaises(type_check.InvalidType):
            link(image(2, 5, dtype='i'))
        link(ROWS)
        self.assertEqual(link._params, ['b', 'W'])


@testing.parameterize(
    {'make': lambda size, W: L.Linear(size, 2, initialW=W), 'x': ROWS,
     'size': 6},
    {'make': lambda size, W: L.Convolution2D(size, 2, 3, initialW=W),
     'x': IMAGE, 'size': 3},
)
class TestInitialW(unittest.TestCase):

    def test_dropped_when_used(self):
        self.assertIsNone(self.make(self.size, 3).initialW)
        link = self.make(None, 3)
        self.assertEqual(link.initialW, 3)
        link(self.x)
        self.assertIsNone(link.initialW)
        self.assertTrue((link.W.data == 3).all())

    def test_pickle(self):
        def fill(array):
            array[...] = 3

        for size in None, self.size:
            link = self.make(size, fill)
            link(self.x)
            twin = pickle.loads(pickle.dumps(link))
            self.assertTrue((twin.W.data == 3).all())

    def test_dropped_when_loaded(self):
        source = self.make(self.size, 3)
        link = self.make(None, 4)
        link.serialize(Source(source))
        self.assertIsNone(link.initialW)
        self.assertTrue((link.W.data == 3).all())


class Source(chainer.Deserializer):
    """Deserializer that reads from another link."""

    def __init__(self, link):
        self.link = link

    def __call__(self, key, value):
        return getattr(self.link, key).data


class TestEmptyInput(unittest.TestCase):

    def test_no_elements(self):
        for link, x, text in (
                (L.Linear(None, 2), image(4, 0),
                 r'prod\(x\.shape\[1:\]\) >= 1\nActual: 0 < 1'),
                (L.Convolution2D(None, 2, 3), image(4, 0, 8, 8),
                 r'x\.shape\[1\] >= 1\nActual: 0 < 1')):
            with self.assertRaisesRegex(type_check.InvalidType, text):
                link(x)
            self.assertTrue(link.has_uninitialized_params)
