import itertools
import math
import os
import sys
import unittest

import numpy

import chainer
from chainer import gradient_check, testing

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_net
from caffe_net import randn, single_layer


@testing.parameterize(*testing.product({
    'pool': ['MAX', 'AVE'],
    'size': [(7, 7), (8, 9), (3, 4)],
    'window': [
        dict(kernel_size=2, stride=2), dict(kernel_size=3, stride=2),
        dict(kernel_size=3, stride=2, pad=1),
        dict(kernel_size=2, stride=2, pad=1),
        dict(kernel_size=3, stride=3, pad=2),
        dict(kernel_size=3), dict(global_pooling=True),
        dict(kernel_h=3, kernel_w=2, stride_h=2, stride_w=1, pad_h=1,
             pad_w=0)],
}))
class TestPooling(unittest.TestCase):

    def setUp(self):
        self.net = single_layer(
            'Pooling', shape=(2, 3) + self.size,
            pooling_param=dict(self.window, pool=self.pool))

    def pool_axis(self, axis, side):
        """Returns (start, stop) of each window along an axis."""
        size = self.size[axis]
        if 'global_pooling' in self.window:
            return [(0, size)], 0

        def get(name, default):
            return self.window.get(f'{name}_{side}', self.window.get(
                'kernel_size' if name == 'kernel' else name, default))
        k, s, p = get('kernel', None), get('stride', 1), get('pad', 0)
        out = math.ceil((size + 2 * p - k) / s) + 1
        if p and (out - 1) * s >= size + p:
            out -= 1
        windows = [(i * s - p, i * s - p + k) for i in range(out)]
        return windows, p

    def test_forward(self):
        x = self.net.inputs['x0']
        rows, row_pad = self.pool_axis(0, 'h')
        columns, column_pad = self.pool_axis(1, 'w')
        expected = numpy.empty((2, 3, len(rows), len(columns)))
        for i, (top, bottom) in enumerate(rows):
            for j, (left, right) in enumerate(columns):
                inside = x[:, :, max(top, 0):bottom, max(left, 0):right]
                if self.pool == 'MAX':
                    y = inside.max(axis=(2, 3))
                else:
                    h = min(bottom, self.size[0] + row_pad) - top
                    w = min(right, self.size[1] + column_pad) - left
                    y = inside.sum(axis=(2, 3)) / (h * w)
                expected[:, :, i, j] = y
        y, = self.net.load()(self.net.inputs, ['y'])
        self.assertEqual(y.dtype, numpy.float32)
        testing.assert_allclose(y.data, expected, atol=1e-5)
        testing.assert_allclose(self.net.opencv()['y'], expected, atol=1e-5)

    def test_backward(self):
        func = self.net.load()
        # Elements far enough apart for a numerical gradient of the maximum.
        x = numpy.random.RandomState(0).permutation(
            6 * self.size[0] * self.size[1]).astype('f') / 10
        x = x.reshape(2, 3, *self.size)
        gy = randn(*func({'x0': x}, ['y'])[0].shape).astype('f')
        gradient_check.check_backward(
            lambda x: func({'x0': x}, ['y'])[0], x, gy, dtype=numpy.float64)


class TestPoolingInputs(unittest.TestCase):

    def test_not_images(self):
        for param in ({'kernel_size': 1}, {'global_pooling': True}):
            net = single_layer('Pooling', shape=(2, 3), pooling_param=param)
            with self.assertRaises(chainer.utils.type_check.InvalidType):
                net.load()(net.inputs, ['y'])

    def test_image_too_small(self):
        net = single_layer('Pooling', shape=(2, 3, 2, 2), pooling_param=dict(
            kernel_size=4))
        with self.assertRaises(chainer.utils.type_check.InvalidType):
            net.load()(net.inputs, ['y'])


class TestPoolingRounding(unittest.TestCase):

    def test_down(self):
        net = single_layer('Pooling', shape=(1, 1, 8, 8), pooling_param=dict(
            kernel_size=3, stride=2, round_mode='FLOOR'))
        y, = net.load()(net.inputs, ['y'])
        self.assertEqual(y.shape, (1, 1, 3, 3))

    def test_window_beyond_image(self):
        # The last window that Caffe counts has no pixel at all.
        net = single_layer('Pooling', shape=(1, 1, 4, 4), pooling_param=dict(
            kernel_size=1, stride=2))
        y, = net.load()(net.inputs, ['y'])
        testing.assert_allclose(y.data, net.inputs['x0'][:, :, ::2, ::2])


class TestLosses(unittest.TestCase):

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.x = random.randn(4, 5).astype('f')
        self.t = numpy.array([1, 0, 4, 2], 'i')
        self.image = random.randn(2, 3, 2, 4).astype('f')
        self.image_t = random.randint(0, 3, (2, 2, 4)).astype('i')

    def call(self, type_, x, t, tops='y', v1=False, **params):
        net = caffe_net.CaffeNet()
        net.add(type_, 'loss', 'x t', tops, **params)
        ys = net.load(v1)({'x': x, 't': t}, tops.split())
        for y in ys:
            self.assertEqual(y.dtype, numpy.float32)
        return [y.data for y in ys]

    @staticmethod
    def cross_entropies(x, t):
        """Cross entropies of an array whose classes lie along axis 1."""
        rows = numpy.rollaxis(x, 1, x.ndim).reshape(-1, x.shape[1])
        return [math.log(sum(math.exp(v) for v in row)) - row[label]
                for row, label in zip(rows.tolist(), t.ravel().tolist())]

    def test_softmax(self):
        losses = self.cross_entropies(self.x, self.t)
        for v1 in (False, True):
            y, = self.call('SoftmaxWithLoss', self.x, self.t, v1=v1)
            testing.assert_allclose(y, sum(losses) / 4)

    def test_softmax_of_images(self):
        losses = self.cross_entropies(self.image, self.image_t)
        for params, divisor in (
                ({}, 16), ({'normalize': True}, 16), ({'normalize': False}, 2),
                ({'normalization': 'FULL'}, 16),
                ({'normalization': 'VALID'}, 16),
                ({'normalization': 'BATCH_SIZE'}, 2),
                ({'normalization': 'NONE', 'normalize': True}, 1)):
            y, = self.call('SoftmaxWithLoss', self.image, self.image_t,
                           loss_param=params)
            testing.assert_allclose(y, sum(losses) / divisor, rtol=1e-5)

    def test_softmax_ignored_label(self):
        losses = self.cross_entropies(self.image, self.image_t)
        kept = [loss for loss, label in zip(losses, self.image_t.flat)
                if label != 1]
        for normalization, divisor in (
                ('VALID', len(kept)), ('FULL', 16), ('BATCH_SIZE', 2)):
            y, = self.call('SoftmaxWithLoss', self.image, self.image_t,
                           loss_param=dict(normalization=normalization,
                                           ignore_label=1))
            testing.assert_allclose(y, sum(kept) / divisor, rtol=1e-5)

    def test_softmax_too(self):
        _, p = self.call('SoftmaxWithLoss', self.x, self.t, tops='y p')
        e = numpy.exp(self.x)
        testing.assert_allclose(p, e / e.sum(axis=1, keepdims=True), rtol=1e-5)

    def test_axes_of_length_1(self):
        y, = self.call('SoftmaxWithLoss', self.x, self.t)
        for x, t in ((self.x, self.t.reshape(4, 1, 1, 1)),
                     (self.x.reshape(4, 5, 1, 1), self.t)):
            z, = self.call('SoftmaxWithLoss', x, t)
            testing.assert_allclose(y, z)

    def test_wrong_labels(self):
        for t in (self.t[:3], self.t.astype('f')):
            with self.assertRaises(chainer.utils.type_check.InvalidType):
                self.call('SoftmaxWithLoss', self.x, t)

    def test_euclidean(self):
        t = randn(4, 5).astype('f')
        expected = sum((float(a) - float(b)) ** 2
                       for a, b in zip(self.x.flat, t.flat)) / 8
        for v1 in (False, True):
            y, = self.call('EuclideanLoss', self.x, t, v1=v1)
            testing.assert_allclose(y, expected, rtol=1e-5)

    def test_sigmoid(self):
        for t in (numpy.random.RandomState(2).rand(4, 5).astype('f'),
                  numpy.random.RandomState(2).randint(0, 2, (4, 5))
                  .astype('i')):
            losses = []
            for a, b in zip(self.x.flat, t.flat):
                p = 1 / (1 + math.exp(-float(a)))
                losses.append(-float(b) * math.log(p) -
                              (1 - float(b)) * math.log(1 - p))
            for params, divisor in (
                    ({}, 4), ({'normalize': True}, 20),
                    ({'normalization': 'FULL'}, 20),
                    ({'normalization': 'NONE'}, 1)):
                y, = self.call('SigmoidCrossEntropyLoss', self.x, t,
                               loss_param=params)
                testing.assert_allclose(y, sum(losses) / divisor, rtol=1e-5)

    def test_sigmoid_extreme(self):
        x, t = numpy.array([[-1000, 1000]], 'f'), numpy.array([[0, 1]], 'i')
        y, = self.call('SigmoidCrossEntropyLoss', x, t)
        self.assertEqual(float(y), 0)

    def test_sigmoid_ignored_label(self):
        t = numpy.array([[0, 1, -1, 1, -1]], 'i')
        x = numpy.array([[0, 0, 5, 0, -7]], 'f')
        y, = self.call('SigmoidCrossEntropyLoss', x, t,
                       loss_param=dict(normalization='VALID', ignore_label=-1))
        testing.assert_allclose(y, math.log(2), rtol=1e-6)

    def test_hinge(self):
        for norm, power in (('L1', 1), ('L2', 2)):
            expected = 0
            for row, label in zip(self.x.tolist(), self.t):
                for i, v in enumerate(row):
                    expected += max(0, 1 - v if i == label else 1 + v) ** power
            y, = self.call('HingeLoss', self.x, self.t,
                           hinge_loss_param=dict(norm=norm))
            testing.assert_allclose(y, expected / 4, rtol=1e-5)

    def test_accuracy(self):
        for top_k, ignored in itertools.product((1, 2, 3), (None, 0)):
            hits = []
            for row, label in zip(self.x.tolist(), self.t):
                best = sorted(range(5), key=lambda i: -row[i])[:top_k]
                if label != ignored:
                    hits.append(label in best)
            param = dict(top_k=top_k)
            if ignored is not None:
                param['ignore_label'] = ignored
            y, = self.call('Accuracy', self.x, self.t, accuracy_param=param)
            testing.assert_allclose(y, sum(hits) / len(hits))

    def test_accuracy_of_images(self):
        y, = self.call('Accuracy', self.image, self.image_t,
                       accuracy_param=dict(top_k=2))
        # The label is among the best two unless its score is the least.
        least = self.image.argmin(axis=1)
        testing.assert_allclose(y, (least != self.image_t).mean())

    def test_accuracy_of_ties(self):
        x = numpy.zeros((2, 4), 'f')
        x[1] = numpy.nan
        y, = self.call('Accuracy', x, numpy.array([0, 0], 'i'),
                       accuracy_param=dict(top_k=3))
        self.assertEqual(float(y), 0)

    def test_accuracy_is_volatile_or_not(self):
        for volatile in ('on', 'off'):
            x = chainer.Variable(self.x, volatile=volatile)
            t = chainer.Variable(self.t, volatile=volatile)
            net = caffe_net.CaffeNet()
            net.add('Accuracy', 'y', 'x t', accuracy_param=dict(top_k=2))
            y, = net.load()({'x': x, 't': t}, ['y'])
            self.assertEqual((y * chainer.Variable(
                numpy.float32([1]).reshape(()), volatile)).volatile, volatile)


testing.run_module(__name__, __file__)
