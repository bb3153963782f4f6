"""Networks like the reference models, narrow and for small images."""
import os
import sys
import unittest

import numpy

from chainer import testing

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import caffe_net


def add_pooling(net, name, bottom, pool, kernel_size, **param):
    net.add('Pooling', name, bottom, pooling_param=dict(
        pool=pool, kernel_size=kernel_size, **param))


def add_lrn(net, name, bottom):
    net.add('LRN', name, bottom, lrn_param=dict(
        local_size=5, alpha=.5, beta=.75))


def add_dropout(net, name, blob):
    net.add('Dropout', name, blob, blob, dropout_param=dict(dropout_ratio=.5))


def make_caffe_net():
    """The CaffeNet: groups, local response normalization, large layers."""
    net = caffe_net.CaffeNet(data=(2, 3, 67, 67))
    net.add_convolution('conv1', 'data', 3, 12, 11, stride=[4])
    net.add_relu('conv1')
    add_pooling(net, 'pool1', 'conv1', 'MAX', 3, stride=2)
    add_lrn(net, 'norm1', 'pool1')
    net.add_convolution('conv2', 'norm1', 12, 16, 5, pad=[2], group=2)
    net.add_relu('conv2')
    add_pooling(net, 'pool2', 'conv2', 'MAX', 3, stride=2)
    add_lrn(net, 'norm2', 'pool2')
    net.add_convolution('conv3', 'norm2', 16, 24, 3, pad=[1])
    net.add_relu('conv3')
    net.add_convolution('conv4', 'conv3', 24, 24, 3, pad=[1], group=2)
    net.add_relu('conv4')
    net.add_convolution('conv5', 'conv4', 24, 16, 3, pad=[1], group=2)
    net.add_relu('conv5')
    add_pooling(net, 'pool5', 'conv5', 'MAX', 3, stride=2)
    for name, bottom, n_in in (('fc6', 'pool5', 16), ('fc7', 'fc6', 32)):
        net.add_inner_product(name, bottom, n_in, 32)
        net.add_relu(name)
        add_dropout(net, f'drop/{name}', name)
    net.add_inner_product('fc8', 'fc7', 32, 10)
    net.add('Softmax', 'prob', 'fc8')
    return net


def add_inception(net, name, bottom, n_in):
    for branch, source, k in (('1x1', bottom, 1), ('3x3_reduce', bottom, 1),
                              ('5x5_reduce', bottom, 1)):
        net.add_convolution(f'{name}/{branch}', source, n_in, 4, k)
        net.add_relu(f'{name}/{branch}')
    for k in (3, 5):
        branch = f'{name}/{k}x{k}'
        net.add_convolution(branch, f'{branch}_reduce', 4, 6, k, pad=[k // 2])
        net.add_relu(branch)
    add_pooling(net, f'{name}/pool', bottom, 'MAX', 3, stride=1, pad=1)
    net.add_convolution(f'{name}/pool_proj', f'{name}/pool', n_in, 4, 1)
    net.add_relu(f'{name}/pool_proj')
    net.add('Concat', f'{name}/output', ' '.join([
        f'{name}/{branch}'
        for branch in ('1x1', '3x3', '5x5', 'pool_proj')]))
    return 4 + 6 + 6 + 4


def make_google_net(training=False):
    """The GoogLeNet: inception modules and auxiliary classifiers."""
    net = caffe_net.CaffeNet(data=(2, 3, 64, 56))
    net.add_convolution('conv1/7x7_s2', 'data', 3, 8, 7, pad=[3], stride=[2])
    net.add_relu('conv1/7x7_s2')
    add_pooling(net, 'pool1/3x3_s2', 'conv1/7x7_s2', 'MAX', 3, stride=2)
    add_lrn(net, 'pool1/norm1', 'pool1/3x3_s2')
    n = add_inception(net, 'inception_3a', 'pool1/norm1', 8)
    add_pooling(net, 'loss1/ave_pool', 'inception_3a/output', 'AVE', 5,
                stride=3)
    net.add_convolution('loss1/conv', 'loss1/ave_pool', n, 4, 1)
    net.add_relu('loss1/conv')
    net.add_inner_product('loss1/classifier', 'loss1/conv', 4 * 5 * 4, 10)
    n = add_inception(net, 'inception_3b', 'inception_3a/output', n)
    add_pooling(net, 'pool3/3x3_s2', 'inception_3b/output', 'MAX', 3, stride=2)
    n = add_inception(net, 'inception_4a', 'pool3/3x3_s2', n)
    add_pooling(net, 'pool5', 'inception_4a/output', 'AVE', 7)
    net.add('Dropout', 'pool5/drop', 'pool5', 'pool5')
    net.add_inner_product('loss3/classifier', 'pool5', n * 2, 10)
    if training:
        for loss in ('loss1', 'loss3'):
            net.add('SoftmaxWithLoss', f'{loss}/loss',
                    f'{loss}/classifier label')
        for k in (1, 5):
            net.add('Accuracy', f'top-{k}', 'loss3/classifier label',
                    accuracy_param=dict(top_k=k))
    else:
        net.add('Softmax', 'prob', 'loss3/classifier')
    return net


def add_normalized(net, name, bottom, n_in, n_out, k, **param):
    net.add_convolution(name, bottom, n_in, n_out, k, bias=False, **param)
    net.add('BatchNorm', f'bn_{name}', name, name, blobs=[
        net.random.randn(n_out) * .1, net.random.rand(n_out) + .5, [1.25]])
    net.add('Scale', f'scale_{name}', name, name,
            blobs=[net.random.rand(n_out) + .5, net.random.randn(n_out) * .1],
            scale_param=dict(bias_term=True))


def add_residual(net, name, bottom, n_in, n_out, stride):
    shortcut = bottom
    if n_in != n_out:
        shortcut = f'{name}_branch1'
        add_normalized(net, shortcut, bottom, n_in, n_out, 1, stride=[stride])
    add_normalized(net, f'{name}_2a', bottom, n_in, 4, 1, stride=[stride])
    net.add_relu(f'{name}_2a')
    add_normalized(net, f'{name}_2b', f'{name}_2a', 4, 4, 3, pad=[1])
    net.add_relu(f'{name}_2b')
    add_normalized(net, f'{name}_2c', f'{name}_2b', 4, n_out, 1)
    net.add('Eltwise', name, f'{shortcut} {name}_2c')
    net.add_relu(name)


def make_res_net():
    """A residual network: batch normalization, scale and sum."""
    net = caffe_net.CaffeNet(data=(2, 3, 48, 64))
    add_normalized(net, 'conv1', 'data', 3, 8, 7, pad=[3], stride=[2])
    net.add_relu('conv1')
    add_pooling(net, 'pool1', 'conv1', 'MAX', 3, stride=2)
    add_residual(net, 'res2a', 'pool1', 8, 16, 1)
    add_residual(net, 'res2b', 'res2a', 16, 16, 1)
    add_residual(net, 'res3a', 'res2b', 16, 24, 2)
    net.add('Pooling', 'pool5', 'res3a',
            pooling_param=dict(pool='AVE', global_pooling=True))
    net.add_inner_product('fc', 'pool5', 24, 10)
    net.add('Softmax', 'prob', 'fc')
    return net


def make_mobile_net():
    """Depthwise convolutions: as many groups as channels."""
    net = caffe_net.CaffeNet(data=(2, 3, 32, 32))
    add_normalized(net, 'conv1', 'data', 3, 16, 3, pad=[1], stride=[2])
    net.add_relu('conv1')
    add_normalized(net, 'dw', 'conv1', 16, 16, 3, pad=[1], group=16)
    net.add_relu('dw')
    add_normalized(net, 'sep', 'dw', 16, 24, 1)
    net.add_relu('sep')
    add_pooling(net, 'pool', 'sep', 'AVE', 16)
    net.add_convolution('fc', 'pool', 24, 10, 1)
    net.add('Flatten', 'flat', 'fc')
    net.add('Softmax', 'prob', 'flat')
    return net


def make_segmentation_net():
    """Fully convolutional, with learned upsampling of each class."""
    net = caffe_net.CaffeNet(data=(2, 3, 20, 24))
    net.add_convolution('conv1', 'data', 3, 8, 3, pad=[1])
    net.add('PReLU', 'conv1/prelu', 'conv1', 'conv1', blobs=[[.3] * 8])
    add_pooling(net, 'pool1', 'conv1', 'MAX', 2, stride=2)
    net.add_convolution('score', 'pool1', 8, 4, 1)
    net.add('Deconvolution', 'up', 'score',
            blobs=[net.random.rand(4, 1, 4, 4)], convolution_param=dict(
                num_output=4, group=4, kernel_size=[4], stride=[2], pad=[1],
                bias_term=False))
    net.add_convolution('score1', 'conv1', 8, 4, 1)
    net.add('Eltwise', 'sum', 'up score1', eltwise_param=dict(coeff=[1, .5]))
    net.add('Softmax', 'prob', 'sum')
    return net


@testing.parameterize(
    {'make': make_caffe_net, 'v1': False},
    {'make': make_caffe_net, 'v1': True},
    {'make': make_google_net, 'v1': False},
    {'make': make_google_net, 'v1': True},
    {'make': make_res_net, 'v1': False},
    {'make': make_mobile_net, 'v1': False},
    {'make': make_segmentation_net, 'v1': False},
)
class TestAgainstOpenCV(unittest.TestCase):

    def test_all_blobs(self):
        net = self.make()
        expected = net.opencv(self.v1)
        self.assertGreater(expected['prob'].std(), 1e-3)
        blobs = net.load(self.v1)(net.inputs, list(expected), train=False)
        for blob, (name, y) in zip(blobs, expected.items()):
            self.assertEqual(blob.shape, y.shape, name)
            testing.assert_allclose(blob.data, y, atol=1e-4, rtol=1e-4)


class TestTraining(unittest.TestCase):

    def setUp(self):
        self.net = make_google_net(training=True)
        self.func = self.net.load()
        self.inputs = dict(self.net.inputs, label=numpy.array([3, 5], 'i'))

    def test_losses_and_accuracies(self):
        for train in True, False:
            loss = self.func(
                self.inputs, ['loss1/loss', 'loss3/loss'], train=train)
            self.assertEqual([y.shape for y in loss], [(), ()])
            for y in self.func(self.inputs, ['top-1', 'top-5'], train=train):
                self.assertTrue(0 <= float(y.data) <= 1)

    def test_backward(self):
        self.func.cleargrads()
        loss1, loss3 = self.func(self.inputs, ['loss1/loss', 'loss3/loss'],
                                 disable=['pool5/drop'])
        (loss1 * .3 + loss3).backward()
        for path, param in self.func.namedparams():
            self.assertIsNotNone(param.grad, path)
            self.assertTrue(numpy.isfinite(param.grad).all(), path)

    def test_parts(self):
        # What an output does not depend on is not computed.
        def fail(x):
            raise AssertionError

        self.func.forwards['inception_3b/1x1'] = fail
        self.func(self.inputs, ['loss1/classifier'])
        with self.assertRaises(AssertionError):
            self.func(self.inputs, ['loss3/classifier'])


testing.run_module(__name__, __file__)
