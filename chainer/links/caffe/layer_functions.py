"""What the layers of Caffe without weights compute, where Chainer differs."""
import functools
import itertools
import math
import operator

import numpy

from chainer import cuda, variable
from chainer.functions.activation import softmax, softplus
from chainer.functions.array import cast, concat, reshape, swapaxes
from chainer.functions.evaluation import accuracy
from chainer.functions.loss import hinge, softmax_cross_entropy
from chainer.functions.math import exponential, maximum, scale, sum
from chainer.functions.noise import dropout
from chainer.functions.pooling import average_pooling_2d, max_pooling_2d
from chainer.utils import conv, type_check

# --------------------------------------------------------------------
# Elementwise functions
# --------------------------------------------------------------------

class Dropout:
    """Dropout in the TRAIN phase, nothing in the TEST phase."""

    takes_train = True

    def __init__(self, ratio):
        self.ratio = ratio

    def __call__(self, x, train):
        return dropout.dropout(x, self.ratio, train)


def power(x, power, scale, shift):
    """Returns ``(shift + scale * x) ** power``."""
    y = _affine(x, scale, shift)
    return y if power == 1 else y ** power


def exp(x, scale, shift):
    """Returns ``exp(shift + scale * x)``."""
    return exponential.exp(_affine(x, scale, shift))


def log(x, log_base, scale, shift):
    """Returns the logarithm of ``shift + scale * x``."""
    y = exponential.log(_affine(x, scale, shift))
    return y if log_base == 1 else y / log_base


def _affine(x, scale, shift):
    if scale != 1:
        x = x * scale
    if shift != 0:
        x = x + shift
    return x


def weighted_sum(*xs, coeffs):
    """Returns the sum of arrays, each multiplied by a number."""
    return functools.reduce(operator.add, [
        x if c == 1 else x * c for x, c in zip(xs, coeffs)])


def product(*xs):
    """Returns the product of arrays, elementwise."""
    return functools.reduce(operator.mul, xs)


def largest(*xs):
    """Returns the maximum of arrays, elementwise."""
    return functools.reduce(maximum.maximum, xs)


# --------------------------------------------------------------------
# Shapes
# --------------------------------------------------------------------

def split(x, number):
    """Returns an array as often as it is wanted."""
    return (x,) * number


def flatten(x, axis, end_axis):
    """Makes the axes from ``axis`` to ``end_axis``, inclusive, one."""
    ndim = len(x.shape)
    start, stop = _check_axis(axis, ndim), _check_axis(end_axis, ndim) + 1
    return reshape.reshape(
        x, (*x.shape[:start], math.prod(x.shape[start:stop]),
            *x.shape[stop:]))


def join(*xs, axis):
    """Joins arrays along an axis."""
    return concat.concat(xs, axis)


def change_shape(x, shape, axis, num_axes):
    """Replaces some axes; 0 stands for the size there, -1 for the rest."""
    ndim = len(x.shape)
    start = _check_axis(axis, ndim + 1)
    stop = ndim if num_axes == -1 else start + num_axes
    copied = x.shape[start:start + len(shape)]
    if stop > ndim or 0 in shape[len(copied):]:
        raise ValueError(f'an array of shape {x.shape} lacks an axis that '
                         f'should be replaced or copied')
    sizes = [old if size == 0 else size
             for size, old in itertools.zip_longest(shape, copied)]
    return reshape.reshape(x, (*x.shape[:start], *sizes, *x.shape[stop:]))


def _check_axis(axis, ndim):
    if not -ndim <= axis < ndim:
        raise ValueError(f'axis {axis} is none of {ndim} axes')
    return axis % ndim


# --------------------------------------------------------------------
# Windows
# --------------------------------------------------------------------

class _AveragePooling2D(average_pooling_2d.AveragePooling2D):
    """Average to which all that is outside the image contributes zeros."""

    def __init__(self, ksize, stride, pad, cover_all):
        super().__init__(ksize, stride, pad)
        self.cover_all = cover_all


_POOLING = {'MAX': max_pooling_2d.MaxPooling2D, 'AVE': _AveragePooling2D}


def pool(x, method, ksize, stride, pad, round_up):
    """Maximum or average in windows, of the whole image if ``ksize`` is None.

    An average is divided by the number of pixels of the window that are in the
    padded image.
    """
    type_check.expect(type_check.Variable(x.ndim, 'x.ndim') == 4)
    sizes = x.shape[2:]
    ksize = ksize or sizes
    # Windows may stick out of the padded image, but only if they begin within
    # the image.
    cover = [round_up and _sees_pixel(*axis)
             for axis in zip(sizes, ksize, stride, pad)]
    function = _POOLING[method]
    if cover[0] == cover[1]:
        y = function(ksize, stride, pad, cover[0])(x)
    else:
        (kh, kw), (sy, sx), (ph, pw) = ksize, stride, pad
        y = function((kh, 1), (sy, 1), (ph, 0), cover[0])(x)
        y = function((1, kw), (1, sx), (0, pw), cover[1])(y)
    if method == 'AVE':
        y = _divide_by_visible(y, sizes, ksize, stride, pad)
    return y


def _sees_pixel(size, k, s, p):
    """Tells whether the last of the windows that cover an image meets it."""
    out = conv.get_conv_outsize(size, k, s, p, cover_all=True)
    return (out - 1) * s - p < size


def _divide_by_visible(y, sizes, ksize, stride, pad):
    xp = cuda.get_array_module(y.data)
    shares = []
    for out, size, k, s, p in zip(y.shape[2:], sizes, ksize, stride, pad):
        starts = xp.arange(out) * s - p
        shares.append(xp.clip(size + p - starts, 1, k) / k)
    shares = shares[0][:, None] * shares[1]
    if (shares == 1).all():
        return y
    return scale.scale(y, (1 / shares).astype(y.dtype), axis=2)


def normalize_within_channel(x, size, alpha, beta):
    """Local response normalization in windows of each channel."""
    mean = average_pooling_2d.average_pooling_2d(x * x, size, 1, size // 2)
    return x * (mean * alpha + 1) ** -beta


# --------------------------------------------------------------------
# Probabilities, losses and accuracy. Caffe is not particular about axes of
# length 1 in labels: those of images of a single pixel may have them or not.
# --------------------------------------------------------------------

def softmax_along(x, axis):
    """Softmax along an axis."""
    axis = _check_axis(axis, len(x.shape))
    if axis == 1:
        return softmax.softmax(x)
    y = softmax.softmax(swapaxes.swapaxes(x, axis, 1))
    return swapaxes.swapaxes(y, axis, 1)


def softmax_loss(x, t, normalization, ignore_label, with_softmax):
    """Cross entropy of softmax, and the softmax as well if it is wanted."""
    loss = softmax_cross_entropy.SoftmaxCrossEntropy(
        normalize=normalization == 'VALID')
    if ignore_label is not None:
        loss.ignore_label = ignore_label
    y = loss(x, _fit(t, x.shape[:1] + x.shape[2:]))
    if normalization == 'FULL':
        y = y * (len(x) / t.size)
    elif normalization == 'NONE':
        y = y * float(len(x))
    return (y, softmax.softmax(x)) if with_softmax else y


def sigmoid_loss(x, t, normalization, ignore_label):
    """Cross entropy of sigmoid against probabilities."""
    xp = cuda.get_array_module(x.data)
    counted = xp.ones(x.shape, dtype=x.dtype)
    if ignore_label is not None:
        counted *= _fit(t, x.shape).data != ignore_label
    losses = softplus.softplus(x) - x * _cast(_fit(t, x.shape), x.dtype)
    divisor = {'FULL': x.size, 'BATCH_SIZE': len(x), 'NONE': 1,
               'VALID': max(float(counted.sum()), 1)}[normalization]
    return sum.sum(losses * counted) / divisor


def euclidean_loss(x, t):
    """Half the sum of squared differences, for each example."""
    difference = x - _cast(_fit(t, x.shape), x.dtype)
    return sum.sum(difference * difference) / (2. * len(x))


def hinge_loss(x, t, norm):
    """Hinge loss of scores, for each example."""
    scores = reshape.reshape(x, (len(x), -1))
    return hinge.hinge(scores, _fit(t, (len(x),)), norm)


def top_k_accuracy(x, t, top_k, ignore_label):
    """Fraction of labels that are among the classes of the best scores."""
    t = _fit(t, x.shape[:1] + x.shape[2:])
    if top_k == 1:
        return accuracy.accuracy(x, t, ignore_label)
    xp = cuda.get_array_module(x.data)
    scores, labels = x.data, xp.expand_dims(t.data, 1)
    classes = xp.arange(x.shape[1]).reshape(-1, *(1,) * (scores.ndim - 2))
    own = xp.where(classes == labels, scores, -numpy.inf)
    own = own.max(axis=1, keepdims=True)
    # Of equal scores, all count as better; so do NaNs.
    hits = (~(scores < own)).sum(axis=1) <= top_k
    counted = xp.ones_like(hits)
    if ignore_label is not None:
        counted = t.data != ignore_label
    ratio = float((hits & counted).sum()) / max(int(counted.sum()), 1)
    return variable.Variable(xp.asarray(ratio, x.dtype), volatile='auto')


def _fit(t, shape):
    """Gives labels a shape if it is theirs but for axes of length 1."""
    same = [n for n in t.shape if n != 1] == [n for n in shape if n != 1]
    return reshape.reshape(t, shape) if same else t


def _cast(t, dtype):
    return t if t.dtype == dtype else cast.cast(t, dtype)
