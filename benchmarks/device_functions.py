"""Every function, forward and backward, on the device and with NumPy.

usage: device_functions.py [--batch 10 200] [--seconds 1] [NAME ...]

Both take turns in one process, and the ratio of their best times is printed,
the slowest first: below 1, the device is faster. An example has about 1,000
elements. OMP_NUM_THREADS, set before the start, decides on the threads of the
host device and of NumPy's BLAS. With TYPE=float64 in the environment, floats
are of that type.
"""
import argparse
import os
import time
import warnings

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda

FLOAT = np.dtype(os.environ.get('TYPE', 'float32'))


class Inputs:
    """Makes arrays, the same ones each time."""

    def __init__(self, batch):
        self.batch = batch
        self.rs = np.random.RandomState(0)

    def normal(self, *shape):
        """One array of this shape for each example."""
        return self.rs.randn(self.batch, *shape).astype(FLOAT)

    def positive(self, *shape):
        """The same, between 0.1 and 1.1."""
        return (self.rs.rand(self.batch, *shape) + .1).astype(FLOAT)

    def params(self, *shape):
        """One array for all examples."""
        return self.rs.randn(*shape).astype(FLOAT)

    def labels(self, n, *shape):
        """Numbers from 0 to below n."""
        return self.rs.randint(n, size=(self.batch, *shape)).astype('i')


def elementwise(data):
    x, y, p = data.normal(1000), data.normal(1000), data.positive(1000)
    cases = {
        name: (getattr(F, name), x) for name in (
            'clipped_relu', 'crelu', 'elu', 'hard_sigmoid', 'leaky_relu',
            'relu', 'sigmoid', 'softplus', 'tanh', 'abs', 'cos', 'cosh',
            'exp', 'expm1', 'sin', 'sinh', 'tan', 'dropout', 'identity')}
    cases.update({
        name: (getattr(F, name), p) for name in (
            'log', 'log2', 'log10', 'log1p', 'sqrt', 'rsqrt')})
    plain = {
        name: (lambda x, f=getattr(F, name): f(x, use_cudnn=False), x)
        for name in ('relu', 'sigmoid', 'tanh')}
    cases.update({f'{name}, no cuDNN': case for name, case in plain.items()})
    cases.update({
        'prelu': (F.prelu, x, data.params(1000)),
        'clip': (lambda x: F.clip(x, -1., 1.), x),
        'cast': (lambda x: F.cast(x, 'e'), x),
        'maximum': (F.maximum, x, y),
        'minimum': (F.minimum, x, y),
        'linear_interpolate': (F.linear_interpolate, p, x, y),
        'where': (lambda x, y, c=x > 0: F.where(
            cuda.get_array_module(x.data).asarray(c), x, y), x, y),
        'gaussian': (F.gaussian, x, y),
        'bias': (F.bias, x, data.params(1000)),
        'scale': (F.scale, x, data.params(1000)),
        'x + y': (lambda x, y: x + y, x, y),
        'x - y': (lambda x, y: x - y, x, y),
        'x * y': (lambda x, y: x * y, x, y),
        'x / y': (lambda x, y: x / y, x, p),
        'x ** y': (lambda x, y: x ** y, p, y),
        '-x': (lambda x: -x, x),
        'x + 2': (lambda x: x + 2, x),
        'x * 2': (lambda x: x * 2, x),
        '2 - x': (lambda x: 2 - x, x),
        '2 / x': (lambda x: 2 / x, p),
        'x ** 2': (lambda x: x ** 2, x),
        'x ** 2.5': (lambda x: x ** 2.5, p),
        '2 ** x': (lambda x: 2 ** x, x),
        'x ** array': (lambda x: x ** cuda.get_array_module(
            x.data).full((1000,), 2.5, x.dtype), p),
    })
    return cases


def rearranging(data):
    x, y = data.normal(20, 50), data.normal(20, 50)
    names = data.labels(20, 50)
    order = data.rs.permutation(50)
    return {
        'broadcast': (F.broadcast, x, data.params(20, 1)),
        'broadcast_to': (lambda x: F.broadcast_to(
            x, (len(x), 20, 50)), data.normal(1, 50)),
        'concat': (lambda x, y: F.concat((x, y)), x, y),
        'concat, last': (lambda x, y: F.concat((x, y), 2), x, y),
        'copy': (lambda x: F.copy(x, cuda.get_device(x.data).id), x),
        'expand_dims': (lambda x: F.expand_dims(x, 1), x),
        'get_item, slice': (lambda x: x[:, 2:15, ::2], x),
        'get_item, array': (lambda x: x[:, [1, 5, 5, 7]], x),
        'hstack': (lambda x, y: F.hstack((x, y)), x, y),
        'vstack': (lambda x, y: F.vstack((x, y)), x, y),
        'stack': (lambda x, y: F.stack((x, y)), x, y),
        'stack, last': (lambda x, y: F.stack((x, y), -1), x, y),
        'permutate': (lambda x, i=order.astype('i'): F.permutate(
            x, cuda.get_array_module(x.data).asarray(i), axis=2), x),
        'permutate, rows': (lambda x, i=order[order < 20].astype('i'):
                            F.permutate(x, cuda.get_array_module(
                                x.data).asarray(i), axis=1), x),
        'reshape': (lambda x: F.reshape(x, (len(x), 1000)), x),
        'rollaxis': (lambda x: F.rollaxis(x, 2), x),
        'swapaxes': (lambda x: F.swapaxes(x, 1, 2), x),
        'transpose': (lambda x: F.transpose(x, (2, 0, 1)), x),
        'select_item': (F.select_item, data.normal(1000),
                        data.labels(1000)),
        'separate': (lambda x: F.stack(F.separate(x, 1), 1), x),
        'split_axis': (lambda x: F.concat(
            F.split_axis(x, 5, 2), 2), x),
        'transpose_sequence': (lambda *xs: F.transpose_sequence(xs)[0],
                               *[data.params(50, data.batch)
                                 for _ in range(20)]),
        'embed_id': (F.embed_id, names, data.params(1000, 50)),
        'embed_id, ignoring': (lambda x, W: F.embed_id(x, W, 3), names,
                               data.params(1000, 50)),
        'embed_id, narrow': (F.embed_id, data.labels(50, 20),
                             data.params(1000, 8)),
    }


def reducing(data):
    x = data.normal(1000)
    x3 = data.normal(20, 50)
    return {
        'sum': (F.sum, x),
        'sum, rows': (lambda x: F.sum(x, 1), x),
        'sum, columns': (lambda x: F.sum(x, 0), x),
        'sum, middle': (lambda x: F.sum(x, 1), x3),
        'max': (F.max, x),
        'max, rows': (lambda x: F.max(x, 1), x),
        'max, columns': (lambda x: F.max(x, 0), x),
        'max, middle': (lambda x: F.max(x, 1), x3),
        'max, last of 4': (lambda x: F.max(x, 2), data.normal(250, 4)),
        'min': (lambda x: F.min(x, 1), x),
        'argmax': (lambda x: F.argmax(x, 1), x),
        'argmin, columns': (lambda x: F.argmin(x, 0), x),
        'logsumexp': (F.logsumexp, x),
        'logsumexp, rows': (lambda x: F.logsumexp(x, 1), x),
        'logsumexp, columns': (lambda x: F.logsumexp(x, 0), x),
        'maxout': (lambda x: F.maxout(x, 4), x),
        'maxout, images': (lambda x: F.maxout(x, 4), data.normal(20, 50)),
        'batch_l2_norm_squared': (F.batch_l2_norm_squared, x),
        'softmax': (F.softmax, x),
        'softmax, no cuDNN': (lambda x: F.softmax(x, False), x),
        'softmax, pixels': (F.softmax, data.normal(10, 10, 10)),
        'softmax, pixels, no cuDNN': (
            lambda x: F.softmax(x, False), data.normal(10, 10, 10)),
        'log_softmax': (F.log_softmax, x),
        'log_softmax, no cuDNN': (lambda x: F.log_softmax(x, False), x),
        'normalize': (F.normalize, x),
        'local_response_normalization': (
            F.local_response_normalization, data.normal(10, 10, 10)),
        'local_response_normalization, rows': (
            F.local_response_normalization, x),
        'batch_normalization': (
            F.batch_normalization, x, data.params(1000), data.params(1000)),
        'batch_normalization, images': (
            F.batch_normalization, data.normal(10, 10, 10), data.params(10),
            data.params(10)),
        'batch_normalization, no cuDNN': (
            lambda *a: F.batch_normalization(*a, use_cudnn=False), x,
            data.params(1000), data.params(1000)),
        'batch_normalization, images, no cuDNN': (
            lambda *a: F.batch_normalization(*a, use_cudnn=False),
            data.normal(10, 10, 10), data.params(10), data.params(10)),
        'fixed_batch_normalization': (
            F.fixed_batch_normalization, x, data.params(1000),
            data.params(1000), data.params(1000),
            np.abs(data.params(1000))),
        'fixed_batch_normalization, images, no cuDNN': (
            lambda *a: F.fixed_batch_normalization(*a, use_cudnn=False),
            data.normal(10, 10, 10), data.params(10),
            data.params(10), data.params(10), np.abs(data.params(10))),
        'accuracy': (F.accuracy, x, data.labels(1000)),
        'accuracy, ignoring': (lambda y, t: F.accuracy(y, t, 3), x,
                               data.labels(1000)),
        'accuracy, 10 classes': (F.accuracy, data.normal(10),
                                 data.labels(10)),
        'binary_accuracy': (F.binary_accuracy, x, data.labels(2, 1000)),
        'classification_summary': (
            lambda y, t: F.classification_summary(y, t)[0],
            data.normal(10, 100), data.labels(10, 100)),
    }


def products(data):
    x, y = data.normal(200), data.normal(200)
    matrices = data.normal(30, 30)
    diagonal = matrices + 10 * np.eye(30, dtype=FLOAT)
    return {
        'linear': (F.linear, x, data.params(300, 200), data.params(300)),
        'bilinear': (F.bilinear, data.normal(30), data.normal(20),
                     data.params(30, 20, 25), data.params(30, 25),
                     data.params(20, 25), data.params(25)),
        'matmul': (lambda x, y: F.matmul(x, y, transb=True), x, y),
        'batch_matmul': (F.batch_matmul, matrices, data.normal(30, 30)),
        'batch_matmul, small': (F.batch_matmul, data.normal(4, 5),
                                data.normal(5, 3)),
        'batch_det': (F.batch_det, diagonal),
        'batch_inv': (F.batch_inv, diagonal),
        'det': (F.det, diagonal[0]),
        'inv': (F.inv, diagonal[0]),
        'lstm': (F.lstm, x, data.normal(800)),
        'slstm': (F.slstm, x, y, data.normal(800), data.normal(800)),
        'cross_covariance': (F.cross_covariance, x, y),
    }


def pooling(data):
    x = data.normal(4, 16, 16)
    window = {'2x2': (2,), '3x3 by 2': (3, 2), '3x3 by 1': (3, 1, 1)}
    cases = {}
    for name, args in window.items():
        for kind in 'max', 'average':
            pool = getattr(F, f'{kind}_pooling_2d')
            for label, options in (
                    ('', {}), (', no cuDNN', {'use_cudnn': False})):
                cases[f'{kind}_pooling_2d {name}{label}'] = (
                    lambda x, f=pool, a=args, o=options: f(x, *a, **o), x)
    rois = np.array([[i % data.batch, *box] for i, box in enumerate(
        data.rs.randint(0, 8, (data.batch * 2, 4)))], FLOAT)
    rois[:, 3:] += rois[:, 1:3]
    cases.update({
        'unpooling_2d 2x2': (lambda x: F.unpooling_2d(x, 2), x),
        'unpooling_2d 2x2, cut': (
            lambda x: F.unpooling_2d(x, 2, cover_all=False), x),
        'unpooling_2d 3x3 by 2': (lambda x: F.unpooling_2d(x, 3, 2), x),
        'unpooling_2d 3x3 by 1': (lambda x: F.unpooling_2d(x, 3, 1, 1), x),
        'roi_pooling_2d': (lambda x, rois: F.roi_pooling_2d(
            x, rois, 4, 4, 1.), x, rois),
        'spatial_pyramid_pooling_2d': (
            lambda x: F.spatial_pyramid_pooling_2d(x, 3, F.MaxPooling2D), x),
        'spatial_pyramid_pooling_2d, no cuDNN': (
            lambda x: F.spatial_pyramid_pooling_2d(
                x, 3, F.MaxPooling2D, use_cudnn=False), x),
    })
    return cases


def convolutions(data):
    x = data.normal(4, 16, 16)
    cases = {}
    for label, cudnn in ('', True), (', no cuDNN', False):
        def conv(x, W, b, stride=1, pad=0, cover_all=False, cudnn=cudnn):
            return F.convolution_2d(x, W, b, stride, pad, cudnn, cover_all)

        def deconv(x, W, b, stride=1, pad=0, cudnn=cudnn):
            return F.deconvolution_2d(x, W, b, stride, pad, None, cudnn)

        filters = data.params(8, 4, 3, 3), data.params(8)
        cases.update({
            f'convolution_2d 3x3{label}': (
                lambda *a, f=conv: f(*a, 1, 1), x, *filters),
            f'convolution_2d 3x3 by 2{label}': (
                lambda *a, f=conv: f(*a, 2, 1), x, *filters),
            f'convolution_2d 3x3 by 2, covering{label}': (
                lambda *a, f=conv: f(*a, 2, 0, True), x, *filters),
            f'convolution_2d 5x5{label}': (
                lambda *a, f=conv: f(*a, 1, 0), x,
                data.params(8, 4, 5, 5), data.params(8)),
            f'convolution_2d 1x1{label}': (
                lambda *a, f=conv: f(*a), x,
                data.params(8, 4, 1, 1), data.params(8)),
            f'deconvolution_2d 3x3{label}': (
                lambda *a, f=deconv: f(*a, 1, 1), x,
                data.params(4, 8, 3, 3), data.params(8)),
            f'deconvolution_2d 4x4 by 2{label}': (
                lambda *a, f=deconv: f(*a, 2, 1), x,
                data.params(4, 8, 4, 4), data.params(8)),
        })
    return cases


def losses(data):
    x, y, z = data.normal(1000), data.normal(1000), data.normal(1000)
    t, bits = data.labels(1000), data.labels(2, 1000)
    samples = data.labels(1000, 5)
    tree = L.BinaryHierarchicalSoftmax.create_huffman_tree(
        dict(enumerate(data.rs.randint(1, 100, 100))))
    links = {
        'hierarchical_softmax': (
            L.BinaryHierarchicalSoftmax(100, tree), 100),
        'negative_sampling': (L.NegativeSampling(100, [10] * 100, 5), 100),
        'black_out': (L.BlackOut(100, [10] * 100, 5), 100)}
    cases = {
        f'link {name}': (link, data.normal(100), data.labels(n))
        for name, (link, n) in links.items()} if FLOAT == 'f' else {}
    cases.update({
        'softmax_cross_entropy': (F.softmax_cross_entropy, x, t),
        'softmax_cross_entropy, no cuDNN': (
            lambda x, t: F.softmax_cross_entropy(x, t, False), x, t),
        'softmax_cross_entropy, 10': (
            F.softmax_cross_entropy, data.normal(10), data.labels(10)),
        'softmax_cross_entropy, pixels': (
            F.softmax_cross_entropy, data.normal(10, 10, 10),
            data.labels(10, 10, 10)),
        'softmax_cross_entropy, pixels, no cuDNN': (
            lambda x, t: F.softmax_cross_entropy(x, t, False),
            data.normal(10, 10, 10), data.labels(10, 10, 10)),
        'sigmoid_cross_entropy': (F.sigmoid_cross_entropy, x, bits),
        'sigmoid_cross_entropy, no cuDNN': (
            lambda x, t: F.sigmoid_cross_entropy(x, t, False), x, bits),
        'black_out': (F.black_out, data.normal(100), data.labels(1000),
                      data.params(1000, 100), samples),
        'contrastive': (F.contrastive, x, y, data.labels(2)),
        'triplet': (F.triplet, x, y, z),
        'hinge': (F.hinge, x, t),
        'hinge, L2': (lambda x, t: F.hinge(x, t, 'L2'), x, t),
        'huber_loss': (lambda x, t: F.huber_loss(x, t, 1.), x, y),
        'mean_squared_error': (F.mean_squared_error, x, y),
        'gaussian_kl_divergence': (F.gaussian_kl_divergence, x, y),
        'gaussian_nll': (F.gaussian_nll, x, y, z),
        'bernoulli_nll': (F.bernoulli_nll, data.positive(1000), y),
        'crf1d': (lambda cost, *a: F.crf1d(cost, a[:10], a[10:]),
                  data.params(10, 10),
                  *[data.normal(10) for _ in range(10)],
                  *[data.labels(10) for _ in range(10)]),
        'ctc': (lambda t, *xs: F.connectionist_temporal_classification(
            xs, t, 0), data.labels(9, 5) + 1,
            *[data.normal(10) for _ in range(20)]),
    })
    return cases


def all_cases(batch):
    cases = {}
    for make in (elementwise, rearranging, reducing, products, pooling,
                 convolutions, losses):
        cases.update(make(Inputs(batch)))
    return cases


class Step:
    """A function applied to arrays, forward and backward."""

    def __init__(self, function, arrays):
        self.function = function
        self.arrays = arrays
        y = self.outputs()[0][0]
        rs = np.random.RandomState(1)
        self.grads = [cuda.get_array_module(v.data).asarray(
            np.asarray(rs.randn(*v.shape), v.dtype))
            for v in self.outputs()[0]]
        self.differentiable = y.dtype.kind == 'f'

    def outputs(self):
        inputs = [chainer.Variable(array) for array in self.arrays]
        ys = self.function(*inputs)
        return (ys if isinstance(ys, (tuple, list)) else [ys]), inputs

    def __call__(self):
        ys, inputs = self.outputs()
        for y, gy in zip(ys, self.grads):
            y.grad = gy
        if self.differentiable:
            ys[0].backward()
        return inputs


def seconds_of(step, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        step()
    return (time.perf_counter() - start) / repeat


def compare(case, seconds):
    """Returns the best times on the device and with NumPy."""
    function, *arrays = case
    on_cpu = Step(function, arrays)
    cpu = seconds_of(on_cpu, 1)
    is_link = isinstance(function, chainer.Link)
    if is_link:
        device_function = function.copy().to_gpu()
    else:
        device_function = function
    on_device = Step(device_function, [cuda.to_gpu(a) for a in arrays])
    seconds_of(on_device, 2)
    repeat = max(1, int(1e-3 / max(cpu, 1e-7)))
    best = [float('inf')] * 2
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for i, step in enumerate((on_device, on_cpu)):
            best[i] = min(best[i], seconds_of(step, repeat))
    return best


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('names', nargs='*', metavar='NAME',
                        help='beginnings of names of functions')
    parser.add_argument('--batch', type=int, nargs='+', default=[10, 200])
    parser.add_argument('--seconds', type=float, default=1)
    args = parser.parse_args()

    warnings.simplefilter('ignore')
    results = []
    for batch in args.batch:
        for name, case in all_cases(batch).items():
            if not args.names or name.startswith(tuple(args.names)):
                device, cpu = compare(case, args.seconds)
                results.append((device / cpu, device, cpu, batch, name))
    for ratio, device, cpu, batch, name in sorted(results, reverse=True):
        print(f'{ratio:6.2f}  {device * 1e6:9.0f} {cpu * 1e6:9.0f} us  '
              f'{batch:5} x {name}')


if __name__ == '__main__':
    main()
