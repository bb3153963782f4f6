"""Layers of Caffe with weights that no link of Chainer is the same as."""
import math

from chainer import link
from chainer.functions.array import concat, reshape, split_axis
from chainer.functions.connection import convolution_2d, deconvolution_2d
from chainer.links.connection import linear
from chainer.links.normalization import batch_normalization


class GroupedConvolution2D(link.Link):
    """Convolution of groups of channels, each with weights of its own.

    Output channels of a group depend on the input channels of that group only.

    Args:
        groups (int): Number of groups, of equal size.
        stride (pair of int): Stride.
        pad (pair of int): Padding.
        nobias (bool): If ``True``, there is no bias.

    Attributes:
        W (Variable): Weights of all groups, one after the other along the
            first axis.
        b (Variable): Biases, or ``None``.

    """

    function = staticmethod(convolution_2d.convolution_2d)

    def __init__(self, groups, stride, pad, nobias):
        super().__init__()
        self.groups = groups
        self.stride = stride
        self.pad = pad
        self.add_uninitialized_param('W')
        if nobias:
            self.b = None
        else:
            self.add_uninitialized_param('b')

    def __call__(self, x):
        xs = self._split(x, 1)
        Ws = self._split(self.W, 0)
        bs = [None] * self.groups if self.b is None else self._split(self.b, 0)
        return concat.concat([
            self.function(x, W, b, self.stride, self.pad)
            for x, W, b in zip(xs, Ws, bs)], axis=1)

    def _split(self, x, axis):
        return split_axis.split_axis(x, self.groups, axis)


class GroupedDeconvolution2D(GroupedConvolution2D):
    """Transpose of the convolution of groups of channels."""

    function = staticmethod(deconvolution_2d.deconvolution_2d)


class InnerProduct(linear.Linear):
    """Fully-connected layer over all axes from a given one on.

    Args:
        out_size (int): Size of an output vector.
        axis (int): The first axis of a vector; those before it remain.
        nobias (bool): If ``True``, there is no bias.

    """

    def __init__(self, out_size, axis, nobias):
        super().__init__(None, out_size, nobias=nobias)
        self.axis = axis

    def __call__(self, x):
        lead = x.shape[:self.axis]
        rows = reshape.reshape(x, (math.prod(lead), -1))
        return reshape.reshape(super().__call__(rows), (*lead, self.out_size))


class BatchNormalization(batch_normalization.BatchNormalization):
    """Batch normalization without scale and shift.

    Args:
        size (int): Number of channels.
        decay (float): Decay of the running averages.
        eps (float): What is added to the variance.
        frozen (bool): Use the running averages in the TRAIN phase, too.

    """

    takes_train = True

    def __init__(self, size, decay, eps, frozen):
        super().__init__(size, decay, eps, use_gamma=False, use_beta=False)
        self.frozen = frozen

    def __call__(self, x, train):
        return super().__call__(x, test=self.frozen or not train)
