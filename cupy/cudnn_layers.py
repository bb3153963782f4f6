"""Layers of neural networks that cuDNN computes, as functions of arrays.

Arrays have the shape ``(N, C, H, W)`` (images, channels, height and width)
where nothing else is said, at least one and less than 2**31 elements, and all
arrays of a call have one type: float16, float32 or float64. They need not be
contiguous; those returned are new and contiguous.

Descriptors are made once for each shape and type, so that a call costs little
more than what cuDNN itself takes.
"""
import functools
import operator

import numpy

from cupy import core, cuda, cudnn
from cupy.cuda import cudnn as libcudnn

# What takes longest to find again is the algorithm of a convolution. Variable
# lengths of sequences make many shapes of the others.
_SHAPES = 4096
_CONVOLUTIONS = 1024


class _Factor:
    # The addresses of alpha and beta; the numbers live as long as the module.
    def __init__(self, dtype):
        self._numbers = numpy.array([0, 1], dtype)
        self.zero = self._numbers.ctypes.data
        self.one = self.zero + self._numbers.itemsize


_FACTORS = {char: _Factor('d' if char == 'd' else 'f') for char in 'efd'}


@functools.lru_cache(maxsize=_SHAPES)
def _tensor(char, n, c, h, w):
    desc = cudnn.Descriptor(libcudnn.createTensorDescriptor(),
                            libcudnn.destroyTensorDescriptor)
    libcudnn.setTensor4dDescriptor(
        desc.value, libcudnn.CUDNN_TENSOR_NCHW, cudnn.get_data_type(char),
        n, c, h, w)
    return desc


def _contiguous(x):
    return x if x.flags.c_contiguous else x.copy()


def _like(x, name, y):
    """Returns an array as a contiguous one, of the shape and type of ``x``.

    cuDNN knows addresses only, and would read beyond the end of another one.
    """
    if y.shape != x.shape or y.dtype != x.dtype:
        raise ValueError(
            f'{name} must be of shape {x.shape} and type {x.dtype}, but is '
            f'of shape {y.shape} and type {y.dtype}')
    return _contiguous(y)


# ------------------------------------------------------------------------
# Activation functions, and softmax
# ------------------------------------------------------------------------

@functools.cache
def _activation(name):
    # ReLU of NaN is NaN.
    return cudnn.create_activation_descriptor(
        getattr(libcudnn, f'CUDNN_ACTIVATION_{name}'),
        libcudnn.CUDNN_PROPAGATE_NAN)


def activation_forward(x, name):
    """Applies an activation function to the elements of an array.

    Args:
        x (cupy.ndarray): Array of any shape.
        name (str): ``'RELU'``, ``'SIGMOID'`` or ``'TANH'``.

    Returns:
        cupy.ndarray: Array of the shape and type of ``x``.

    """
    x = _contiguous(x)
    char = x.dtype.char
    y = core.ndarray(x.shape, x.dtype)
    factor = _FACTORS[char]
    desc = _tensor(char, 1, 1, 1, x.size)
    libcudnn.activationForward(
        cudnn.get_handle(), _activation(name).value, factor.one, desc.value,
        x.data.ptr, factor.zero, desc.value, y.data.ptr)
    return y


def activation_backward(y, gy, name):
    """Computes the gradient of :func:`activation_forward`.

    Args:
        y (cupy.ndarray): What it returned. For ReLU its argument does as
            well.
        gy (cupy.ndarray): Gradient of that, of the same shape and type.
        name (str): ``'RELU'``, ``'SIGMOID'`` or ``'TANH'``.

    Returns:
        cupy.ndarray: Gradient of its argument.

    """
    y = _contiguous(y)
    gy = _like(y, 'gy', gy)
    char = y.dtype.char
    gx = core.ndarray(y.shape, y.dtype)
    factor = _FACTORS[char]
    desc = _tensor(char, 1, 1, 1, y.size)
    value, ptr = desc.value, y.data.ptr
    # The place of x is taken by y: x > 0 where y > 0, and the others do not
    # need it.
    libcudnn.activationBackward(
        cudnn.get_handle(), _activation(name).value, factor.one, value, ptr,
        value, gy.data.ptr, value, ptr, factor.zero, value, gx.data.ptr)
    return gx


_SOFTMAX = {False: libcudnn.CUDNN_SOFTMAX_ACCURATE,
            True: libcudnn.CUDNN_SOFTMAX_LOG}


def _channels(x):
    """Returns the descriptor of an array as ``(N, C, positions, 1)``."""
    n, c = x.shape[:2]
    return _tensor(x.dtype.char, n, c, x.size // (n * c), 1)


def softmax_forward(x, log=False):
    """Computes the softmax along the second axis, or its logarithm.

    Args:
        x (cupy.ndarray): Array of two or more dimensions.
        log (bool): Whether to take the logarithm.

    Returns:
        cupy.ndarray: Array of the shape and type of ``x``.

    """
    x = _contiguous(x)
    y = core.ndarray(x.shape, x.dtype)
    factor = _FACTORS[x.dtype.char]
    desc = _channels(x)
    libcudnn.softmaxForward(
        cudnn.get_handle(), _SOFTMAX[log], libcudnn.CUDNN_SOFTMAX_MODE_CHANNEL,
        factor.one, desc.value, x.data.ptr, factor.zero, desc.value,
        y.data.ptr)
    return y


def softmax_backward(y, gy, log=False):
    """Computes the gradient of :func:`softmax_forward`.

    Args:
        y (cupy.ndarray): What it returned.
        gy (cupy.ndarray): Gradient of that, of the same shape and type.
        log (bool): That of the forward computation.

    Returns:
        cupy.ndarray: Gradient of its argument.

    """
    y = _contiguous(y)
    gy = _like(y, 'gy', gy)
    gx = core.ndarray(y.shape, y.dtype)
    factor = _FACTORS[y.dtype.char]
    desc = _channels(y)
    libcudnn.softmaxBackward(
        cudnn.get_handle(), _SOFTMAX[log], libcudnn.CUDNN_SOFTMAX_MODE_CHANNEL,
        factor.one, desc.value, y.data.ptr, desc.value, gy.data.ptr,
        factor.zero, desc.value, gx.data.ptr)
    return gx


# ------------------------------------------------------------------------
# Pooling
# ------------------------------------------------------------------------

_POOLINGS = {
    # Of equal maxima it always finds the same one.
    'max': libcudnn.CUDNN_POOLING_MAX_DETERMINISTIC,
    'average': libcudnn.CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING,
}


@functools.lru_cache(maxsize=_SHAPES)
def _pooling(ksize, stride, pad, name):
    return cudnn.create_pooling_descriptor(
        ksize, stride, pad, _POOLINGS[name], libcudnn.CUDNN_PROPAGATE_NAN)


def pooling_forward(x, out_size, ksize, stride, pad, name):
    """Pools what a window sees.

    Args:
        x (cupy.ndarray): Images.
        out_size (tuple of int): Number of windows along height and width. See
            :func:`pools_beyond_padding` for those that do not fit into the
            padded image.
        ksize (tuple of int): Height and width of the window.
        stride (tuple of int): Vertical and horizontal stride.
        pad (tuple of int): Padding on either side, less than ``ksize``.
        name (str): ``'max'``, or ``'average'``, of pixels and padding.

    Returns:
        cupy.ndarray: Array of shape ``(N, C) + out_size``.

    """
    x = _contiguous(x)
    char = x.dtype.char
    y = core.ndarray(x.shape[:2] + out_size, x.dtype)
    factor = _FACTORS[char]
    x_desc, y_desc = _tensor(char, *x.shape), _tensor(char, *y.shape)
    libcudnn.poolingForward(
        cudnn.get_handle(), _pooling(ksize, stride, pad, name).value,
        factor.one, x_desc.value, x.data.ptr, factor.zero, y_desc.value,
        y.data.ptr)
    return y


@functools.cache
def pools_beyond_padding():
    """Tells whether windows may stick out of the padded image.

    No document says so, and no function of cuDNN asks for it; but it always
    took outputs that are larger by such a window. Here it is tried, once.
    """
    x = core.array([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]],
                     [[3, 2, 1], [6, 5, 4], [9, 8, 7]]]], 'f')
    gy = core.array([[[[1, 2], [3, 4]]] * 2], 'f')
    window = (2, 2), (2, 2), (0, 0), 'max'
    try:
        y = pooling_forward(x, (2, 2), *window)
        gx = pooling_backward(x, y, gy, *window)
    except libcudnn.CuDNNError:
        return False
    return (y.tolist() == [[[[5, 6], [8, 9]], [[6, 4], [9, 7]]]] and
            gx.tolist() == [[[[0, 0, 0], [0, 1, 2], [0, 3, 4]],
                             [[0, 0, 0], [1, 0, 2], [3, 0, 4]]]])


def pooling_backward(x, y, gy, ksize, stride, pad, name):
    """Computes the gradient of :func:`pooling_forward`.

    Args:
        x (cupy.ndarray): Images.
        y (cupy.ndarray): What was returned for them.
        gy (cupy.ndarray): Gradient of that.
        ksize (tuple of int): Height and width of the window.
        stride (tuple of int): Vertical and horizontal stride.
        pad (tuple of int): Padding on either side.
        name (str): ``'max'`` or ``'average'``.

    Returns:
        cupy.ndarray: Gradient of ``x``.

    """
    x = _contiguous(x)
    gy = _like(y, 'gy', gy)
    char = x.dtype.char
    gx = core.ndarray(x.shape, x.dtype)
    factor = _FACTORS[char]
    x_desc, y_desc = _tensor(char, *x.shape), _tensor(char, *y.shape)
    libcudnn.poolingBackward(
        cudnn.get_handle(), _pooling(ksize, stride, pad, name).value,
        factor.one, y_desc.value, y.data.ptr, y_desc.value, gy.data.ptr,
        x_desc.value, x.data.ptr, factor.zero, x_desc.value, gx.data.ptr)
    return gx


# ------------------------------------------------------------------------
# Convolution: correlations y of images x with filters W of shape
# (channels of y, channels of x, height, width)
# ------------------------------------------------------------------------

def _check_convolution(x, W, y, stride, pad):
    """Checks the shapes of images, filters and their correlation."""
    if len(x) == len(W) == len(y) == 4:
        out = tuple([(size + 2 * p - k) // s + 1 for size, k, s, p in zip(
            x[2:], W[2:], stride, pad)])
        if W[1] == x[1] and y == (x[0], W[0], *out):
            return
        fitting = f'needs W of {x[1]} channels and y of {(x[0], W[0], *out)}'
    else:
        fitting = 'needs four axes of each'
    raise ValueError(
        f'the correlation y of images x with filters W, with stride {stride} '
        f'and padding {pad}, {fitting}, but the shapes are: x {x}, W {W}, '
        f'y {y}')


class _Convolution:
    """One of the three functions below, for arrays of given shapes.

    Args:
        name (str): What cuDNN calls it: ``'Forward'``, ``'BackwardData'`` or
            ``'BackwardFilter'``.
        dtype (numpy.dtype): Type of the arrays.
        x_shape (tuple of int): Shape of the images.
        W_shape (tuple of int): Shape of the filters.
        y_shape (tuple of int): Shape of the correlation.
        stride (tuple of int): Vertical and horizontal stride.
        pad (tuple of int): Padding on either side.
        limit (int): How many bytes of workspace it may take.

    """

    # Which two of (x, W, y) each takes, and which one it computes.
    _ORDERS = {'Forward': operator.itemgetter(0, 1, 2),
               'BackwardData': operator.itemgetter(1, 2, 0),
               'BackwardFilter': operator.itemgetter(0, 2, 1)}

    def __init__(self, name, dtype, x_shape, W_shape, y_shape, stride, pad,
                 limit):
        _check_convolution(x_shape, W_shape, y_shape, stride, pad)
        x, y = _tensor(dtype.char, *x_shape), _tensor(dtype.char, *y_shape)
        W = cudnn.Descriptor(libcudnn.createFilterDescriptor(),
                             libcudnn.destroyFilterDescriptor)
        libcudnn.setFilter4dDescriptor(
            W.value, cudnn.get_data_type(dtype), libcudnn.CUDNN_TENSOR_NCHW,
            *W_shape)
        # Products of halves are summed in single precision.
        conv = cudnn.create_convolution_descriptor(
            pad, stride, numpy.promote_types(dtype, 'f'))
        self._factor = _FACTORS[dtype.char]
        self._order = self._ORDERS[name]
        a, b, result = self._order((x, W, y))
        self._descs = a, b, conv, result
        self._values = [desc.value for desc in self._descs]
        self._run = getattr(libcudnn, f'convolution{name}')
        self._workspace_size = getattr(
            libcudnn, f'getConvolution{name}WorkspaceSize')
        choose = getattr(libcudnn, f'getConvolution{name}Algorithm')
        self._algorithm = choose(
            cudnn.get_handle(), *self._values,
            libcudnn.CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT, limit)

    def __call__(self, *arrays):
        """Computes one of ``(x, W, y)``, a new array, from the others."""
        a, b, result = self._order(arrays)
        a, b = _contiguous(a), _contiguous(b)
        handle = cudnn.get_handle()
        a_desc, b_desc, conv, result_desc = self._values
        # It may change, as it depends on the number of threads on the CPU.
        size = self._workspace_size(
            handle, a_desc, b_desc, conv, result_desc, self._algorithm)
        workspace = cuda.alloc(size)
        self._run(
            handle, self._factor.one, a_desc, a.data.ptr, b_desc, b.data.ptr,
            conv, self._algorithm, workspace.ptr, size, self._factor.zero,
            result_desc, result.data.ptr)
        return result


@functools.lru_cache(maxsize=_CONVOLUTIONS)
def _convolution(device, *args):
    return _Convolution(*args)


def _convolve(name, x, W, y, *args):
    dtype = x.dtype
    if W.dtype != dtype or y.dtype != dtype:
        raise ValueError(
            'images x, filters W and their correlation y must be of one type, '
            f'but are of {dtype}, {W.dtype} and {y.dtype}')
    compute = _convolution(cuda.get_device_id(), name, dtype, x.shape, W.shape,
                           y.shape, *args)
    return compute(x, W, y)


def convolution_forward(x, W, out_size, stride, pad, workspace):
    """Computes the correlation of images with filters.

    Args:
        x (cupy.ndarray): Images.
        W (cupy.ndarray): Filters.
        out_size (tuple of int): Height and width of the correlation.
        stride (tuple of int): Vertical and horizontal stride.
        pad (tuple of int): Padding on either side.
        workspace (int): How many bytes of scratch memory it may take.

    Returns:
        cupy.ndarray: Correlation.

    """
    y = core.ndarray((x.shape[0], W.shape[0]) + out_size, x.dtype)
    return _convolve('Forward', x, W, y, stride, pad, workspace)


def convolution_backward_data(W, gy, size, stride, pad, workspace):
    """Computes the gradient of images, given that of their correlation.

    Args:
        W (cupy.ndarray): Filters.
        gy (cupy.ndarray): Gradient of the correlation.
        size (tuple of int): Height and width of the images.
        stride (tuple of int): Vertical and horizontal stride.
        pad (tuple of int): Padding on either side.
        workspace (int): How many bytes of scratch memory it may take.

    Returns:
        cupy.ndarray: Gradient of the images.

    """
    gx = core.ndarray((gy.shape[0], W.shape[1]) + size, gy.dtype)
    return _convolve('BackwardData', gx, W, gy, stride, pad, workspace)


def convolution_backward_filter(x, gy, ksize, stride, pad, workspace):
    """Computes the gradient of filters, given that of a correlation.

    Args:
        x (cupy.ndarray): Images.
        gy (cupy.ndarray): Gradient of the correlation.
        ksize (tuple of int): Height and width of the filters.
        stride (tuple of int): Vertical and horizontal stride.
        pad (tuple of int): Padding on either side.
        workspace (int): How many bytes of scratch memory it may take.

    Returns:
        cupy.ndarray: Gradient of the filters.

    """
    gW = core.ndarray((gy.shape[1], x.shape[1]) + ksize, x.dtype)
    return _convolve('BackwardFilter', x, gW, gy, stride, pad, workspace)


def add_bias(y, b):
    """Adds a number for each channel to an array, in place.

    Args:
        y (cupy.ndarray): Contiguous array.
        b (cupy.ndarray): Biases, shape ``(C,)``.

    """
    if b.shape != y.shape[1:2] or b.dtype != y.dtype:
        raise ValueError(
            f'b must be of shape {y.shape[1:2]} and type {y.dtype}, one '
            f'number for each channel of y, but is of shape {b.shape} and '
            f'type {b.dtype}')
    if not y.flags.c_contiguous:
        raise ValueError('y, which b is added to in place, must be contiguous')
    b = _contiguous(b)
    char = y.dtype.char
    factor = _FACTORS[char]
    b_desc, y_desc = _tensor(char, 1, b.size, 1, 1), _tensor(char, *y.shape)
    libcudnn.addTensor(
        cudnn.get_handle(), factor.one, b_desc.value, b.data.ptr, factor.one,
        y_desc.value, y.data.ptr)


def bias_gradient(gy):
    """Sums an array over everything but channels.

    Args:
        gy (cupy.ndarray): Gradient of what biases were added to.

    Returns:
        cupy.ndarray: Gradient of the biases, shape ``(C,)``.

    """
    gy = _contiguous(gy)
    char = gy.dtype.char
    gb = core.ndarray(gy.shape[1:2], gy.dtype)
    factor = _FACTORS[char]
    gy_desc, b_desc = _tensor(char, *gy.shape), _tensor(char, 1, gb.size, 1, 1)
    libcudnn.convolutionBackwardBias(
        cudnn.get_handle(), factor.one, gy_desc.value, gy.data.ptr,
        factor.zero, b_desc.value, gb.data.ptr)
    return gb


# ------------------------------------------------------------------------
# Batch normalization, of arrays of shape (N, C, positions). Parameters and
# statistics are vectors of length C: of float32 for float16, else of the type
# of the array.
# ------------------------------------------------------------------------

class _Normalization:

    def __init__(self, char, n, c, positions):
        self.mode = (libcudnn.CUDNN_BATCHNORM_SPATIAL if positions > 1
                     else libcudnn.CUDNN_BATCHNORM_PER_ACTIVATION)
        self.x = _tensor(char, n, c, positions, 1)
        self.dtype = numpy.dtype('d' if char == 'd' else 'f')
        self.params = _tensor(self.dtype.char, 1, c, 1, 1)
        self.factor = _FACTORS[char]

    def vector(self, a):
        return _contiguous(a.astype(self.dtype, copy=False))


@functools.lru_cache(maxsize=_SHAPES)
def _normalization(char, n, c, positions):
    return _Normalization(char, n, c, positions)


def batch_normalization_forward(x, gamma, beta, eps, running=None, decay=0):
    """Normalizes the channels of an array by their mean and variance.

    Args:
        x (cupy.ndarray): Array.
        gamma (cupy.ndarray): Scale of each channel.
        beta (cupy.ndarray): Shift of each channel.
        eps (float): What is added to the variance.
        running (pair of cupy.ndarray or None): Moving averages of mean and
            variance, contiguous vectors, which are updated in place. The
            variance enters with divisor ``N * positions - 1``.
        decay (float): Their weight against the statistics of ``x``.

    Returns:
        tuple of cupy.ndarray: The normalized array, the mean of each channel,
        and one over its standard deviation.

    """
    x = _contiguous(x)
    plan = _normalization(x.dtype.char, *x.shape)
    gamma, beta = plan.vector(gamma), plan.vector(beta)
    y = core.ndarray(x.shape, x.dtype)
    mean = core.ndarray(gamma.shape, plan.dtype)
    inv_std = core.ndarray(gamma.shape, plan.dtype)
    average, variance = (0, 0) if running is None else (
        running[0].data.ptr, running[1].data.ptr)
    libcudnn.batchNormalizationForwardTraining(
        cudnn.get_handle(), plan.mode, plan.factor.one, plan.factor.zero,
        plan.x.value, x.data.ptr, plan.x.value, y.data.ptr, plan.params.value,
        gamma.data.ptr, beta.data.ptr, 1 - decay, average, variance, eps,
        mean.data.ptr, inv_std.data.ptr)
    return y, mean, inv_std


def batch_normalization_inference(x, gamma, beta, mean, var, eps):
    """Normalizes the channels of an array by given means and variances.

    Args:
        x (cupy.ndarray): Array.
        gamma (cupy.ndarray): Scale of each channel.
        beta (cupy.ndarray): Shift of each channel.
        mean (cupy.ndarray): Mean of each channel.
        var (cupy.ndarray): Variance of each channel.
        eps (float): What is added to the variance.

    Returns:
        cupy.ndarray: The normalized array.

    """
    x = _contiguous(x)
    plan = _normalization(x.dtype.char, *x.shape)
    gamma, beta, mean, var = map(plan.vector, (gamma, beta, mean, var))
    y = core.ndarray(x.shape, x.dtype)
    libcudnn.batchNormalizationForwardInference(
        cudnn.get_handle(), plan.mode, plan.factor.one, plan.factor.zero,
        plan.x.value, x.data.ptr, plan.x.value, y.data.ptr, plan.params.value,
        gamma.data.ptr, beta.data.ptr, mean.data.ptr, var.data.ptr, eps)
    return y


def batch_normalization_backward(x, gy, gamma, mean, inv_std, eps):
    """Computes the gradients of :func:`batch_normalization_forward`.

    Args:
        x (cupy.ndarray): Array.
        gy (cupy.ndarray): Gradient of the normalized array.
        gamma (cupy.ndarray): Scale of each channel.
        mean (cupy.ndarray): Mean, as returned.
        inv_std (cupy.ndarray): One over standard deviation, as returned.
        eps (float): What was added to the variance.

    Returns:
        tuple of cupy.ndarray: Gradients of ``x``, ``gamma`` and ``beta``.

    """
    x = _contiguous(x)
    gy = _like(x, 'gy', gy)
    plan = _normalization(x.dtype.char, *x.shape)
    gamma = plan.vector(gamma)
    gx = core.ndarray(x.shape, x.dtype)
    ggamma = core.ndarray(gamma.shape, plan.dtype)
    gbeta = core.ndarray(gamma.shape, plan.dtype)
    factor = plan.factor
    libcudnn.batchNormalizationBackward(
        cudnn.get_handle(), plan.mode, factor.one, factor.zero, factor.one,
        factor.zero, plan.x.value, x.data.ptr, plan.x.value, gy.data.ptr,
        plan.x.value, gx.data.ptr, plan.params.value, gamma.data.ptr,
        ggamma.data.ptr, gbeta.data.ptr, eps, mean.data.ptr,
        inv_std.data.ptr)
    return gx, ggamma, gbeta
