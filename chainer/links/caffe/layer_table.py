"""How a layer of a Caffe model becomes a link or a function of Chainer.

For each type of layer there is a function that takes a layer of the file, and
returns a link with its weights, or a function if it has none. Both take as
many variables as the layer has bottoms, and return as many as it has tops. If
they have the attribute ``takes_train``, they are also told the phase.

What is wrong with a layer makes a ``ValueError``, and what is not supported
one of the kind :class:`NotSupported`.
"""
import functools
import itertools
import math

import numpy

from chainer.functions.activation import (
    elu,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
    tanh,
)
from chainer.functions.array import split_axis
from chainer.functions.math import basic_math, bias, scale
from chainer.functions.normalization import local_response_normalization
from chainer.links.activation import prelu as prelu_link
from chainer.links.caffe import layer_functions, layer_links
from chainer.links.connection import bias as bias_link
from chainer.links.connection import convolution_2d, deconvolution_2d, linear
from chainer.links.connection import scale as scale_link

# Windows, strides and paddings beyond that are not meant to be.
_LARGEST_SIZE = 1024

# Up to that number of groups, a convolution is an ordinary one whose weights
# between groups are 0: so it can be copied to a layer of another network, as
# scripts for v1 do. It has as many times the weights.
_MOST_DENSE_GROUPS = 4


class NotSupported(ValueError):
    """A layer is as Caffe permits, but there is nothing here that does it."""


def create(layer):
    """Returns what computes a layer of a model file.

    Args:
        layer (~chainer.links.caffe.model_file.Layer): The layer.

    Returns:
        Link or function, or ``None`` if its type is not supported.

    Raises:
        NotSupported: If its settings are not supported.
        ValueError: If something is wrong with it.

    """
    if layer.type not in _TABLE:
        return None
    setup, n_bottoms, n_tops = _TABLE[layer.type]
    for what, names, numbers in (('bottom', layer.bottoms, n_bottoms),
                                 ('top', layer.tops, n_tops)):
        if len(names) not in numbers:
            raise NotSupported(f'it has {len(names)} {what} blobs')
    return setup(layer)


# --------------------------------------------------------------------
# Layers with weights
# --------------------------------------------------------------------

def _adopt(owner, name, array):
    """Makes an array a parameter of a link, without a copy.

    Registering a parameter of that shape would make two more arrays like it:
    data to overwrite and a gradient. There is no gradient here.
    """
    if getattr(owner, name, None) is None:
        owner.add_param(name, 0)
    param = getattr(owner, name)
    param.data = array
    param.cleargrad()


def _expect_shape(blob, shape):
    """Checks the shape of a blob; ``None`` stands for any size."""
    if (len(blob.shape) != len(shape) or
            any(n not in (m, None) for m, n in zip(blob.shape, shape))):
        shape = ', '.join(['any' if n is None else str(n) for n in shape])
        raise ValueError(f'{blob.name} has the shape {blob.shape}, but the '
                         f'definition of the layer wants ({shape})')


def _read_vector(blob, size):
    if math.prod(blob.shape) != size:
        raise ValueError(f'{blob.name} has the shape {blob.shape}, but the '
                         f'definition of the layer wants ({size},)')
    return blob.read().reshape(size)


def _convolution(layer, transposed=False):
    param = layer.param('convolution_param')
    if param.axis != 1 or any(n != 1 for n in param.dilation):
        raise NotSupported(f'axis = {param.axis} and dilation = '
                           f'{list(param.dilation)}')
    ksize, stride, pad = _window(param)
    W, *b = layer.blobs(2 if param.bias_term else 1)
    n_out, groups = param.num_output, param.group
    if groups < 1 or n_out % groups:
        raise ValueError(f'{groups} groups cannot share {n_out} outputs')
    if transposed:
        _expect_shape(W, (None, n_out // groups, *ksize))
        if W.shape[0] % groups:
            raise ValueError(f'{groups} groups cannot share {W.shape[0]} '
                             f'inputs')
    else:
        _expect_shape(W, (n_out, None, *ksize))
    plain, grouped = _CONVOLUTIONS[transposed]
    array = W.read()
    if not transposed and 1 < groups <= _MOST_DENSE_GROUPS:
        array, groups = _spread_groups(array, groups), 1
    if groups == 1:
        # It gets its weights, and the number of inputs with them, below.
        convolution = plain(1, n_out, ksize, stride, pad, nobias=not b,
                            initialW=0)
    else:
        convolution = grouped(groups, stride, pad, nobias=not b)
    _adopt(convolution, 'W', array)
    for blob in b:
        _adopt(convolution, 'b', _read_vector(blob, n_out))
    return convolution


def _spread_groups(W, groups):
    """Returns weights between all channels, those between groups 0."""
    n_out, n_in = W.shape[0] // groups, W.shape[1]
    dense = numpy.zeros((W.shape[0], n_in * groups, *W.shape[2:]), W.dtype)
    for i in range(groups):
        outputs = slice(i * n_out, (i + 1) * n_out)
        dense[outputs, i * n_in:(i + 1) * n_in] = W[outputs]
    return dense


_CONVOLUTIONS = {
    False: (convolution_2d.Convolution2D, layer_links.GroupedConvolution2D),
    True: (deconvolution_2d.Deconvolution2D,
           layer_links.GroupedDeconvolution2D)}


def _inner_product(layer):
    param = layer.param('inner_product_param')
    n_out = param.num_output
    W, *b = layer.blobs(2 if param.bias_term else 1)
    shape = (None, n_out) if param.transpose else (n_out, None)
    # There was a time when all blobs had four axes.
    lead = (1,) * (len(W.shape) - 2)
    _expect_shape(W, (*lead, *shape))
    if param.axis == 1:
        product = linear.Linear(None, n_out, nobias=not b)
    else:
        product = layer_links.InnerProduct(n_out, param.axis, nobias=not b)
    array = W.read().reshape(W.shape[-2:])
    if param.transpose:
        array = numpy.ascontiguousarray(array.T)
    _adopt(product, 'W', array)
    for blob in b:
        _adopt(product, 'b', _read_vector(blob, n_out))
    return product


def _batch_normalization(layer):
    param = layer.param('batch_norm_param')
    mean, var, factor = layer.blobs(3)
    size = math.prod(mean.shape)
    normalization = layer_links.BatchNormalization(
        size, param.moving_average_fraction, param.eps,
        param.use_global_stats)
    # The file has sums over many batches, with weights, and their weight.
    weight, = _read_vector(factor, 1)
    with numpy.errstate(all='ignore'):
        share = 0 if weight == 0 else 1 / weight
        normalization.avg_mean[...] = _read_vector(mean, size) * share
        normalization.avg_var[...] = _read_vector(var, size) * share
    return normalization


def _scale(layer):
    param = layer.param('scale_param')
    if len(layer.bottoms) == 1:
        W, *b = layer.blobs(2 if param.bias_term else 1)
        result = scale_link.Scale(param.axis, (), param.bias_term)
        _adopt(result, 'W', W.read())
    else:
        b = layer.blobs(1 if param.bias_term else 0)
        if not b:
            return functools.partial(scale.scale, axis=param.axis)
        result = scale_link.Scale(
            param.axis, bias_term=True, bias_shape=())
    for blob in b:
        _adopt(result.bias, 'b', blob.read())
    return result


def _bias(layer):
    axis = layer.param('bias_param').axis
    if len(layer.bottoms) == 2:
        return functools.partial(bias.bias, axis=axis)
    b, = layer.blobs(1)
    result = bias_link.Bias(axis, ())
    _adopt(result, 'b', b.read())
    return result


def _prelu(layer):
    W, = layer.blobs(1)
    size = math.prod(W.shape)
    shared = layer.param('prelu_param').channel_shared
    if shared:
        size = 1
    slopes = _read_vector(W, size)
    result = prelu_link.PReLU(())
    _adopt(result, 'W', slopes.reshape(()) if shared else slopes)
    return result


# --------------------------------------------------------------------
# Windows
# --------------------------------------------------------------------

def _window(param):
    """Returns window size, stride and padding, pairs."""
    sizes = [_pair(param, 'kernel_size', 'kernel', 0, 1),
             _pair(param, 'stride', 'stride', 1, 1),
             _pair(param, 'pad', 'pad', 0, 0)]
    return sizes


def _pair(param, name, short, default, least):
    sides = f'{short}_h', f'{short}_w'
    if any(param.HasField(side) for side in sides):
        sizes = [getattr(param, side) for side in sides]
    else:
        sizes = getattr(param, name)
        sizes = [sizes] if isinstance(sizes, int) else list(sizes)
        sizes = sizes or [default]
        if len(sizes) == 1:
            sizes *= 2
    if len(sizes) != 2:
        raise NotSupported(f'{name} is given for {len(sizes)} axes, not for '
                           f'the 2 of an image')
    if min(sizes) < least or max(sizes) > _LARGEST_SIZE:
        raise ValueError(f'{name} is {sizes}, but must lie between {least} '
                         f'and {_LARGEST_SIZE}')
    return tuple(sizes)


def _pooling(layer):
    param = layer.param('pooling_param')
    method = param.PoolMethod.Name(param.pool)
    if method == 'STOCHASTIC':
        raise NotSupported('stochastic pooling')
    if param.global_pooling:
        ksize, stride, pad = None, (1, 1), (0, 0)
    else:
        ksize, stride, pad = _window(param)
        if any(p >= k for p, k in zip(pad, ksize)):
            raise ValueError(f'its padding {pad} is not smaller than its '
                             f'window {ksize}')
    round_up = param.RoundMode.Name(param.round_mode) == 'CEIL'
    return functools.partial(
        layer_functions.pool, method=method, ksize=ksize, stride=stride,
        pad=pad, round_up=round_up)


def _lrn(layer):
    param = layer.param('lrn_param')
    size = param.local_size
    if size % 2 == 0 or size > _LARGEST_SIZE:
        raise ValueError(f'local_size is {size}, but must be odd, and at most '
                         f'{_LARGEST_SIZE}')
    if param.NormRegion.Name(param.norm_region) == 'WITHIN_CHANNEL':
        return functools.partial(
            layer_functions.normalize_within_channel, size=size,
            alpha=param.alpha, beta=param.beta)
    return functools.partial(
        local_response_normalization.local_response_normalization, n=size,
        k=param.k, alpha=param.alpha / size, beta=param.beta)


# --------------------------------------------------------------------
# Elementwise functions
# --------------------------------------------------------------------

def _relu(layer):
    slope = layer.param('relu_param').negative_slope
    if slope == 0:
        return relu.relu
    return functools.partial(leaky_relu.leaky_relu, slope=slope)


def _elu(layer):
    return functools.partial(elu.elu, alpha=layer.param('elu_param').alpha)


def _dropout(layer):
    ratio = layer.param('dropout_param').dropout_ratio
    if not 0 <= ratio < 1:
        raise ValueError(f'dropout_ratio is {ratio}, but must lie in [0, 1)')
    return layer_functions.Dropout(ratio)


def _power(layer):
    param = layer.param('power_param')
    return functools.partial(layer_functions.power, power=param.power,
                             scale=param.scale, shift=param.shift)


def _exp(layer):
    param = layer.param('exp_param')
    factor = _log_base(param)
    return functools.partial(layer_functions.exp, scale=param.scale * factor,
                             shift=param.shift * factor)


def _log(layer):
    param = layer.param('log_param')
    return functools.partial(
        layer_functions.log, log_base=_log_base(param), scale=param.scale,
        shift=param.shift)


def _log_base(param):
    if param.base == -1:
        return 1.
    if not (param.base > 0 and param.base != 1):
        raise ValueError(f'its base is {param.base}')
    return math.log(param.base)


def _eltwise(layer):
    param = layer.param('eltwise_param')
    operation = param.EltwiseOp.Name(param.operation)
    if param.coeff and (operation != 'SUM' or
                        len(param.coeff) != len(layer.bottoms)):
        raise ValueError(f'it has {len(param.coeff)} coefficients for the '
                         f'{operation} of {len(layer.bottoms)} blobs')
    if operation == 'PROD':
        return layer_functions.product
    if operation == 'MAX':
        return layer_functions.largest
    return functools.partial(
        layer_functions.weighted_sum,
        coeffs=list(param.coeff) or [1.] * len(layer.bottoms))


# --------------------------------------------------------------------
# Shapes
# --------------------------------------------------------------------

def _concat(layer):
    param = layer.param('concat_param')
    axis = param.concat_dim if param.HasField('concat_dim') else param.axis
    return functools.partial(layer_functions.join, axis=axis)


def _slice(layer):
    param = layer.param('slice_param')
    axis = param.slice_dim if param.HasField('slice_dim') else param.axis
    number, points = len(layer.tops), list(param.slice_point)
    if points:
        edges = [0, *points]
        if (len(edges) != number or
                any(a >= b for a, b in itertools.pairwise(edges))):
            raise ValueError(f'it cannot be cut into {number} pieces at '
                             f'{points}')
    return functools.partial(
        split_axis.split_axis, indices_or_sections=points or number,
        axis=axis, force_tuple=True)


def _split(layer):
    return functools.partial(layer_functions.split, number=len(layer.tops))


def _flatten(layer):
    param = layer.param('flatten_param')
    return functools.partial(layer_functions.flatten, axis=param.axis,
                             end_axis=param.end_axis)


def _reshape(layer):
    param = layer.param('reshape_param')
    shape = tuple(param.shape.dim)
    if min(shape, default=0) < -1 or shape.count(-1) > 1:
        raise ValueError(f'there is no shape {shape}')
    return functools.partial(layer_functions.change_shape, shape=shape,
                             axis=param.axis, num_axes=param.num_axes)


# --------------------------------------------------------------------
# Probabilities, losses and accuracy
# --------------------------------------------------------------------

def _softmax(layer):
    return functools.partial(layer_functions.softmax_along,
                             axis=layer.param('softmax_param').axis)


def _softmax_loss(layer):
    _expect_axis_1(layer.param('softmax_param'))
    param = layer.param('loss_param')
    return functools.partial(
        layer_functions.softmax_loss,
        normalization=_normalization(param, 'VALID'),
        ignore_label=_ignore_label(param), with_softmax=len(layer.tops) == 2)


def _sigmoid_loss(layer):
    param = layer.param('loss_param')
    return functools.partial(
        layer_functions.sigmoid_loss,
        normalization=_normalization(param, 'BATCH_SIZE'),
        ignore_label=_ignore_label(param))


def _hinge_loss(layer):
    param = layer.param('hinge_loss_param')
    return functools.partial(layer_functions.hinge_loss,
                             norm=param.Norm.Name(param.norm))


def _accuracy(layer):
    param = layer.param('accuracy_param')
    _expect_axis_1(param)
    return functools.partial(layer_functions.top_k_accuracy, top_k=param.top_k,
                             ignore_label=_ignore_label(param))


def _expect_axis_1(param):
    if param.axis != 1:
        raise NotSupported(f'its classes lie along axis {param.axis}, not 1')


def _normalization(param, default):
    if param.HasField('normalization'):
        return param.NormalizationMode.Name(param.normalization)
    if param.HasField('normalize'):
        return 'VALID' if param.normalize else 'BATCH_SIZE'
    return default


def _ignore_label(param):
    return param.ignore_label if param.HasField('ignore_label') else None


_ONE, _TWO, _ONE_OR_TWO, _MANY = (1,), (2,), (1, 2), range(1, 1 << 20)

# Type of layer: what makes it, numbers of bottom and of top blobs.
_TABLE = {
    'AbsVal': (lambda _: basic_math.absolute, _ONE, _ONE),
    'Accuracy': (_accuracy, _TWO, _ONE),
    'BNLL': (lambda _: softplus.softplus, _ONE, _ONE),
    'BatchNorm': (_batch_normalization, _ONE, _ONE),
    'Bias': (_bias, _ONE_OR_TWO, _ONE),
    'Concat': (_concat, _MANY, _ONE),
    'Convolution': (_convolution, _ONE, _ONE),
    'Deconvolution': (functools.partial(_convolution, transposed=True), _ONE,
                      _ONE),
    'Dropout': (_dropout, _ONE, _ONE),
    'ELU': (_elu, _ONE, _ONE),
    'Eltwise': (_eltwise, _MANY, _ONE),
    'EuclideanLoss': (lambda _: layer_functions.euclidean_loss, _TWO, _ONE),
    'Exp': (_exp, _ONE, _ONE),
    'Flatten': (_flatten, _ONE, _ONE),
    'HingeLoss': (_hinge_loss, _TWO, _ONE),
    'InnerProduct': (_inner_product, _ONE, _ONE),
    'LRN': (_lrn, _ONE, _ONE),
    'Log': (_log, _ONE, _ONE),
    'PReLU': (_prelu, _ONE, _ONE),
    'Pooling': (_pooling, _ONE, _ONE),
    'Power': (_power, _ONE, _ONE),
    'ReLU': (_relu, _ONE, _ONE),
    'Reshape': (_reshape, _ONE, _ONE),
    'Scale': (_scale, _ONE_OR_TWO, _ONE),
    'Sigmoid': (lambda _: sigmoid.sigmoid, _ONE, _ONE),
    'SigmoidCrossEntropyLoss': (_sigmoid_loss, _TWO, _ONE),
    'Slice': (_slice, _ONE, _MANY),
    'Softmax': (_softmax, _ONE, _ONE),
    'SoftmaxWithLoss': (_softmax_loss, _TWO, _ONE_OR_TWO),
    'Split': (_split, _ONE, _MANY),
    'TanH': (lambda _: tanh.tanh, _ONE, _ONE),
}
