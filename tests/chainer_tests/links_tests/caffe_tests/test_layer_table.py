import itertools
import math
import os
import re
import sys
import unittest

import numpy

import chainer.links as L
from chainer import gradient_check, testing
from chainer.links.caffe import layer_links

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from caffe_net import convolution, randn, single_layer


# What OpenCV computes as Caffe does.
@testing.parameterize(*[{'type': type_, 'options': options} for
                        type_, options in [
    ('AbsVal', {}),
    ('BNLL', {}),
    ('BatchNorm', dict(blobs=[(6,), [.1, .2, .4, 1, 2, 3], [3.]])),
    ('BatchNorm', dict(blobs=[(6,), [.1, .2, .4, 1, 2, 3], [0.]],
                       batch_norm_param=dict(eps=.1))),
    ('Concat', dict(n_bottoms=3)),
    ('Concat', dict(n_bottoms=2, concat_param=dict(axis=2))),
    ('Convolution', convolution(4, 6, 3, 3, bias=4, num_output=4,
                                kernel_size=[3])),
    ('Convolution', convolution(4, 6, 3, 2, num_output=4, kernel_size=[3, 2],
                                stride=[2, 1], pad=[1, 0])),
    ('Convolution', convolution(4, 6, 3, 2, bias=4, num_output=4, kernel_h=3,
                                kernel_w=2, stride_h=2, stride_w=1, pad_h=0,
                                pad_w=1)),
    ('Convolution', convolution(4, 3, 3, 3, num_output=4, group=2,
                                kernel_size=[3])),
    ('Convolution', convolution(12, 1, 3, 3, bias=12, num_output=12, group=6,
                                kernel_size=[3], stride=[2], pad=[1])),
    ('Deconvolution', convolution(6, 4, 3, 3, bias=4, num_output=4,
                                  kernel_size=[3], stride=[2], pad=[1])),
    ('Deconvolution', convolution(6, 2, 4, 4, bias=6, num_output=6, group=3,
                                  kernel_size=[4], stride=[2], pad=[1])),
    ('Deconvolution', convolution(6, 1, 4, 4, num_output=6, group=6,
                                  kernel_size=[4], stride=[2])),
    ('Dropout', {}),
    ('ELU', dict(elu_param=dict(alpha=.7))),
    ('Eltwise', dict(n_bottoms=3)),
    ('Eltwise', dict(n_bottoms=2, eltwise_param=dict(coeff=[1, -2]))),
    ('Eltwise', dict(n_bottoms=3, eltwise_param=dict(operation='PROD'))),
    ('Eltwise', dict(n_bottoms=3, eltwise_param=dict(operation='MAX'))),
    ('Exp', {}),
    ('Exp', dict(exp_param=dict(base=2, scale=.5, shift=1))),
    ('Flatten', {}),
    ('Flatten', dict(flatten_param=dict(axis=2))),
    ('Flatten', dict(flatten_param=dict(end_axis=2))),
    ('InnerProduct', dict(blobs=[(4, 210), (4,)],
                          inner_product_param=dict(num_output=4))),
    ('InnerProduct', dict(
        blobs=[(4, 210)],
        inner_product_param=dict(num_output=4, bias_term=False))),
    ('InnerProduct', dict(blobs=[(4, 35), (4,)],
                          inner_product_param=dict(num_output=4, axis=2))),
    ('LRN', dict(lrn_param=dict(local_size=5, alpha=.5, beta=.75))),
    ('LRN', dict(lrn_param=dict(local_size=3, alpha=2., beta=.5))),
    ('LRN', dict(lrn_param=dict(local_size=3, alpha=.5, beta=.5,
                                norm_region='WITHIN_CHANNEL'))),
    ('LRN', dict(lrn_param=dict(local_size=5, alpha=2.,
                                norm_region='WITHIN_CHANNEL'))),
    ('PReLU', dict(blobs=[(6,)])),
    ('PReLU', dict(blobs=[(1,)], prelu_param=dict(channel_shared=True))),
    ('Power', dict(power_param=dict(power=2, scale=.5, shift=1))),
    ('Power', dict(power_param=dict(scale=.5, shift=1))),
    ('ReLU', {}),
    ('ReLU', dict(relu_param=dict(negative_slope=.1))),
    ('Reshape', dict(reshape_param=dict(shape=dict(dim=[0, 3, -1])))),
    ('Reshape', dict(reshape_param=dict(shape=dict(dim=[2, 3]), axis=1,
                                        num_axes=1))),
    ('Scale', dict(blobs=[(6,)])),
    ('Scale', dict(blobs=[(6,), (6,)],
                   scale_param=dict(bias_term=True))),
    ('Scale', dict(blobs=[(5,)], scale_param=dict(axis=3))),
    ('Scale', dict(blobs=[(6, 7)], scale_param=dict(num_axes=2))),
    ('Sigmoid', {}),
    ('Softmax', {}),
    ('Softmax', dict(softmax_param=dict(axis=2))),
    ('Softmax', dict(softmax_param=dict(axis=-1))),
    ('TanH', {}),
]])
class TestAgainstOpenCV(unittest.TestCase):

    def check(self, v1):
        net = single_layer(self.type, **self.options)
        y, = net.load(v1)(net.inputs, ['y'], train=False)
        self.assertEqual(y.dtype, numpy.float32)
        testing.assert_allclose(
            y.data, net.opencv(v1)['y'], atol=1e-5, rtol=1e-4)

    def test_layer(self):
        self.check(v1=False)

    def test_v1_layer(self):
        try:
            single_layer(self.type, **self.options).message(v1=True)
        except (KeyError, ValueError):
            # The type or the parameters came later.
            self.assertIn(self.type, ('BatchNorm', 'ELU', 'Flatten', 'PReLU',
                                      'Reshape', 'Scale'))
        else:
            self.check(v1=True)


class TestLayers(unittest.TestCase):
    """Layers that OpenCV does not have, or computes in another way."""

    def call(self, type_, **options):
        net = single_layer(type_, **options)
        func = net.load()
        ys = func(net.inputs, options.get('tops', 'y').split())
        self.layer = next(iter(func.forwards.values()))
        self.xs = list(net.inputs.values())
        return [y.data for y in ys]

    def test_lrn(self):
        for k in (1, 2):
            y, = self.call('LRN', lrn_param=dict(
                local_size=3, alpha=.6, beta=.5, k=k))
            x, = self.xs
            expected = numpy.empty_like(x)
            for i in range(6):
                squares = x[:, max(i - 1, 0):i + 2] ** 2
                expected[:, i] = x[:, i] / (
                    k + .6 / 3 * squares.sum(axis=1)) ** .5
            testing.assert_allclose(y, expected, atol=1e-5)

    def test_log(self):
        for param, base in (({}, math.e), ({'base': 2}, 2)):
            y, = self.call('Log', log_param=dict(param, scale=.1, shift=2))
            expected = [math.log(2 + .1 * float(v), base)
                        for v in self.xs[0].flat]
            testing.assert_allclose(y.ravel(), expected, atol=1e-5)

    def test_inner_product_transposed(self):
        W, b = randn(210, 4).astype('f'), randn(4).astype('f')
        y, = self.call(
            'InnerProduct', blobs=[W, b],
            inner_product_param=dict(num_output=4, transpose=True))
        testing.assert_allclose(
            y, self.xs[0].reshape(2, 210).dot(W) + b, atol=1e-4)
        self.assertIsInstance(self.layer, L.Linear)
        self.assertEqual(self.layer.W.shape, (4, 210))

    def test_inner_product_axes(self):
        W = randn(4, 5).astype('f')
        for axis in (-1, 3):
            y, = self.call('InnerProduct', blobs=[W], inner_product_param=dict(
                num_output=4, axis=axis, bias_term=False))
            testing.assert_allclose(y, self.xs[0].dot(W.T), atol=1e-5)

    def test_concat_dim(self):
        y, = self.call('Concat', n_bottoms=2, concat_param=dict(concat_dim=0))
        self.assertEqual(y.shape, (4, 6, 7, 5))
        testing.assert_allclose(y[2:], self.xs[1])

    def test_slice(self):
        for param, edges, axis in (
                ({}, (0, 2, 4, 6), 1),
                ({'slice_point': [1, 5]}, (0, 1, 5, 6), 1),
                ({'slice_point': [1, 3], 'slice_dim': 2}, (0, 1, 3, 7), 2),
                ({'slice_point': [1, 3], 'axis': -1}, (0, 1, 3, 5), 3)):
            ys = self.call('Slice', tops='y0 y1 y2', slice_param=param)
            for y, start, stop in zip(ys, edges, edges[1:]):
                testing.assert_allclose(
                    y, numpy.take(self.xs[0], range(start, stop), axis))

    def test_slice_into_one(self):
        y, = self.call('Slice')
        testing.assert_allclose(y, self.xs[0])

    def test_split(self):
        for y in self.call('Split', tops='y0 y1 y2'):
            testing.assert_allclose(y, self.xs[0])

    def test_scale_by_input(self):
        y, = self.call('Scale', n_bottoms=2, scale_param=dict(axis=0))
        testing.assert_allclose(y, self.xs[0] * self.xs[1])

    def test_scale_by_input_with_bias(self):
        b = randn(2).astype('f')
        y, = self.call('Scale', n_bottoms=2, blobs=[b],
                       scale_param=dict(axis=0, bias_term=True))
        testing.assert_allclose(
            y, self.xs[0] * self.xs[1] + b[:, None, None, None], atol=1e-6)

    def test_scale_by_number(self):
        y, = self.call('Scale', blobs=[numpy.array(3.)],
                       scale_param=dict(num_axes=0))
        testing.assert_allclose(y, self.xs[0] * 3)

    def test_bias(self):
        b = randn(7).astype('f')
        y, = self.call('Bias', blobs=[b], bias_param=dict(axis=2))
        testing.assert_allclose(y, self.xs[0] + b[:, None], atol=1e-6)

    def test_bias_by_input(self):
        y, = self.call('Bias', n_bottoms=2, bias_param=dict(axis=0))
        testing.assert_allclose(y, self.xs[0] + self.xs[1])

    def test_flatten_from_end(self):
        y, = self.call('Flatten', flatten_param=dict(axis=-3, end_axis=-2))
        self.assertEqual(y.shape, (2, 42, 5))

    def test_reshape_from_end(self):
        y, = self.call('Reshape', reshape_param=dict(
            shape=dict(dim=[1]), axis=-1, num_axes=0))
        self.assertEqual(y.shape, (2, 6, 7, 5, 1))

    def test_log_of_exp(self):
        y, = self.call('Exp', exp_param=dict(base=10))
        testing.assert_allclose(y, 10. ** self.xs[0], rtol=1e-4)


class TestLinks(unittest.TestCase):

    def test_classes(self):
        for type_, class_, options in (
                ('Convolution', L.Convolution2D,
                 convolution(4, 6, 3, 3, num_output=4, kernel_size=[3])),
                ('Convolution', L.Convolution2D,
                 convolution(4, 3, 3, 3, num_output=4, group=2,
                             kernel_size=[3])),
                ('Convolution', layer_links.GroupedConvolution2D,
                 convolution(6, 1, 3, 3, num_output=6, group=6,
                             kernel_size=[3])),
                ('Deconvolution', layer_links.GroupedDeconvolution2D,
                 convolution(6, 2, 3, 3, num_output=4, group=2,
                             kernel_size=[3])),
                ('Deconvolution', L.Deconvolution2D,
                 convolution(6, 4, 3, 3, num_output=4, kernel_size=[3])),
                ('InnerProduct', L.Linear, dict(
                    blobs=[(4, 210), (4,)],
                    inner_product_param=dict(num_output=4))),
                ('BatchNorm', L.BatchNormalization, dict(
                    blobs=[(6,), (6,), [1]])),
                ('Scale', L.Scale, dict(blobs=[(6,)])),
                ('Bias', L.Bias, dict(blobs=[(6,)])),
                ('PReLU', L.PReLU, dict(blobs=[(6,)]))):
            func = single_layer(type_, **options).load()
            self.assertIsInstance(func.y, class_)
            self.assertIs(func.forwards['y'], func.y)
            for param in func.params():
                self.assertEqual(param.dtype, numpy.float32)
                self.assertTrue(param.data.flags.c_contiguous)
                self.assertTrue(param.data.flags.writeable)
                self.assertIsNone(param.grad)

    def test_grouped_convolution(self):
        for type_, shape, n_out, groups in (
                ('Convolution', (4, 3, 2, 2), 4, 2),
                ('Convolution', (6, 1, 2, 2), 6, 6),
                ('Deconvolution', (6, 2, 2, 2), 4, 2)):
            net = single_layer(type_, shape=(2, 6, 4, 3), **convolution(
                *shape, bias=n_out, num_output=n_out, group=groups,
                kernel_size=[2], stride=[2], pad=[1]))
            func = net.load()
            x = net.inputs['x0']
            gy = randn(*func.y(x).shape).astype('f')
            gradient_check.check_backward(
                func.y, x, gy, tuple(func.params()), dtype=numpy.float64)

    def test_weights_between_groups(self):
        W = randn(6, 2, 3, 3)
        func = single_layer('Convolution', blobs=[W], convolution_param=dict(
            num_output=6, group=3, kernel_size=[3], bias_term=False)).load()
        self.assertEqual(func.y.W.shape, (6, 6, 3, 3))
        for o, i in itertools.product(range(6), range(6)):
            expected = W[o, i % 2] if o // 2 == i // 2 else 0
            testing.assert_allclose(func.y.W.data[o, i], expected)

    def test_batch_normalization(self):
        mean, var = randn(6), randn(6) ** 2
        net = single_layer('BatchNorm', blobs=[mean, var, [4]],
                           batch_norm_param=dict(
                               moving_average_fraction=.75, eps=.5))
        func = net.load()
        testing.assert_allclose(func.y.avg_mean, mean / 4)
        testing.assert_allclose(func.y.avg_var, var / 4)
        x = net.inputs['x0']
        y, = func(net.inputs, ['y'])
        batch_mean = x.mean(axis=(0, 2, 3))
        center = x - batch_mean[:, None, None]
        batch_var = x.var(axis=(0, 2, 3))
        testing.assert_allclose(
            y.data, center / (batch_var[:, None, None] + .5) ** .5, atol=1e-5)
        testing.assert_allclose(
            func.y.avg_mean, .75 * mean / 4 + .25 * batch_mean, atol=1e-5)

    def test_frozen_batch_normalization(self):
        net = single_layer('BatchNorm', blobs=[randn(6), randn(6) ** 2, [4]],
                           batch_norm_param=dict(use_global_stats=True))
        func = net.load()
        y0, = func(net.inputs, ['y'], train=True)
        y1, = func(net.inputs, ['y'], train=False)
        testing.assert_allclose(y0.data, y1.data)

    def test_dropout(self):
        net = single_layer('Dropout', dropout_param=dict(dropout_ratio=.25))
        func = net.load()
        y, = func(net.inputs, ['y'])
        ratio = y.data / net.inputs['x0']
        dropped = (ratio == 0).mean()
        self.assertTrue(.15 < dropped < .35)
        testing.assert_allclose(ratio[ratio != 0], 4. / 3, rtol=1e-5)


@testing.parameterize(*[{'type': type_, 'options': options, 'says': says}
                        for type_, options, says in [
    ('BatchNorm', dict(blobs=[(6,), (6,)]), '3 blobs'),
    ('BatchNorm', dict(blobs=[(6,), (5,), [1]]), 'blob 1'),
    ('BatchNorm', dict(blobs=[(6,), (6,), [1, 1]]), 'blob 2'),
    ('Convolution', dict(convolution_param=dict(num_output=4,
                                                kernel_size=[3])), '2 blobs'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=5, kernel_size=[3]),
     '(5, any, 3, 3)'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[2]),
     '(4, any, 2, 2)'),
    ('Convolution', convolution(4, 6, 3, num_output=4, kernel_size=[3]),
     '(4, 6, 3)'),
    ('Convolution', convolution(4, 6, 3, 3, bias=5, num_output=4,
                                kernel_size=[3]), 'blob 1'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[3],
                                group=3), '3 groups'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[3],
                                group=0), '0 groups'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4), 'kernel_size'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[3],
                                stride=[0]), 'stride'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[3],
                                pad=[1 << 31]), 'pad'),
    ('Deconvolution', convolution(5, 2, 3, 3, num_output=4, group=2,
                                  kernel_size=[3]), '5 inputs'),
    ('Dropout', dict(dropout_param=dict(dropout_ratio=1)), 'dropout_ratio'),
    ('Eltwise', dict(n_bottoms=2, eltwise_param=dict(coeff=[1])),
     '1 coefficients'),
    ('Eltwise', dict(n_bottoms=2, eltwise_param=dict(
        operation='MAX', coeff=[1, 2])), 'MAX'),
    ('Exp', dict(exp_param=dict(base=-2)), 'base'),
    ('InnerProduct', dict(blobs=[(4, 210), (4,)],
                          inner_product_param=dict(num_output=5)), 'blob 0'),
    ('InnerProduct', dict(blobs=[(4,), (4,)],
                          inner_product_param=dict(num_output=4)), 'blob 0'),
    ('InnerProduct', dict(blobs=[(4, 210), (5,)],
                          inner_product_param=dict(num_output=4)), 'blob 1'),
    ('LRN', dict(lrn_param=dict(local_size=4)), 'local_size'),
    ('LRN', dict(lrn_param=dict(local_size=(1 << 31) + 1)), 'local_size'),
    ('Log', dict(log_param=dict(base=1)), 'base'),
    ('PReLU', dict(blobs=[(6,)], prelu_param=dict(channel_shared=True)),
     'blob 0'),
    ('PReLU', {}, '1 blobs'),
    ('Pooling', {}, 'kernel_size'),
    ('Pooling', dict(pooling_param=dict(kernel_size=3, pad=3)), 'padding'),
    ('Pooling', dict(pooling_param=dict(kernel_size=(1 << 32) - 1)),
     'kernel_size'),
    ('Pooling', dict(pooling_param=dict(kernel_h=3)), 'kernel_size'),
    ('Reshape', dict(reshape_param=dict(shape=dict(dim=[-1, -1]))),
     'shape'),
    ('Reshape', dict(reshape_param=dict(shape=dict(dim=[-2]))), 'shape'),
    ('Slice', dict(tops='a b', slice_param=dict(slice_point=[2, 1])),
     'pieces'),
    ('Slice', dict(tops='a b c', slice_param=dict(slice_point=[2])),
     'pieces'),
    ('Slice', dict(tops='a b', slice_param=dict(slice_point=[0])), 'pieces'),
]])
class TestRefused(unittest.TestCase):

    def test_error(self):
        net = single_layer(self.type, **self.options)
        with self.assertRaises(ValueError) as context:
            net.load()
        message = str(context.exception)
        self.assertIn(f"' of type {self.type}: ", message)
        self.assertIn(self.says, message)


@testing.parameterize(*[{'type': type_, 'options': options, 'says': says}
                        for type_, options, says in [
    ('Accuracy', dict(n_bottoms=2, accuracy_param=dict(axis=2)), 'axis 2'),
    ('Concat', dict(tops='a b'), '2 top blobs'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[3],
                                dilation=[2]), 'dilation = [2]'),
    ('Convolution', convolution(4, 6, 3, 3, num_output=4, kernel_size=[3],
                                axis=2), 'axis = 2'),
    ('Convolution', convolution(4, 6, 3, 3, 3, num_output=4,
                                kernel_size=[3, 3, 3]), '3 axes'),
    ('Pooling', dict(pooling_param=dict(kernel_size=3, pool='STOCHASTIC')),
     'stochastic'),
    ('ReLU', dict(n_bottoms=2), '2 bottom blobs'),
    ('SoftmaxWithLoss', {}, '1 bottom blobs'),
    ('SoftmaxWithLoss', dict(n_bottoms=2, softmax_param=dict(axis=2)),
     'axis 2'),
]])
class TestNotSupported(unittest.TestCase):

    def test_ignored_with_a_warning(self):
        net = single_layer(self.type, **self.options)
        first = net.layers[0][0]
        net.add('AbsVal', 'z', 'x0')
        describe = re.escape(f"layer '{first['name']}' of type {self.type}")
        says = f'not supported.*{describe} \\(.*{re.escape(self.says)}'
        with self.assertWarnsRegex(UserWarning, says):
            func = net.load()
        self.assertEqual(list(func.forwards), ['z'])
        self.assertEqual([name for name, _ in func.namedparams()], [])
        z, = func(net.inputs, ['z'])
        testing.assert_allclose(z.data, abs(net.inputs['x0']))
        with self.assertRaisesRegex(
                KeyError, f'{describe} .*, which is not supported, makes it'):
            func(net.inputs, first['top'][:1])


@testing.parameterize(
    {'type': 'Softmax', 'params': {'softmax_param': {'axis': 4}}},
    {'type': 'Flatten', 'params': {'flatten_param': {'axis': 5}}},
    {'type': 'Flatten', 'params': {'flatten_param': {'end_axis': -5}}},
    {'type': 'Reshape', 'params': {'reshape_param': {'axis': 5}}},
    {'type': 'Reshape', 'params': {'reshape_param': {
        'axis': 2, 'num_axes': 3}}},
    {'type': 'Reshape', 'params': {'reshape_param': {
        'axis': 3, 'shape': {'dim': [0, 0]}}}},
)
class TestRefusedInput(unittest.TestCase):

    def test_error(self):
        net = single_layer(self.type, **self.params)
        func = net.load()
        with self.assertRaises(ValueError):
            func(net.inputs, ['y'])


testing.run_module(__name__, __file__)
