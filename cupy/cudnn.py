"""cuDNN's handles, descriptors and factors, made from arrays.

The functions of cuDNN are in ``cupy.cuda.cudnn``. This module makes what they
take::

    handle = cudnn.get_handle()
    one = cudnn.scalar(1, x.dtype)
    zero = cudnn.scalar(0, x.dtype)
    desc = cudnn.create_tensor_descriptor(x)
    act = cudnn.create_activation_descriptor(libcudnn.CUDNN_ACTIVATION_RELU)
    libcudnn.activationForward(
        handle, act.value, one.data, desc.value, x.data.ptr,
        zero.data, desc.value, y.data.ptr)
"""
import functools
import sys
import threading

import numpy

from cupy.cuda import cudnn, runtime

_DATA_TYPES = {
    numpy.dtype('e'): cudnn.CUDNN_DATA_HALF,
    numpy.dtype('f'): cudnn.CUDNN_DATA_FLOAT,
    numpy.dtype('d'): cudnn.CUDNN_DATA_DOUBLE,
}
_local = threading.local()


class Descriptor:

    """A descriptor, or a handle, of cuDNN, which destroys itself.

    Attributes:
        value (int): What the functions of cuDNN take.

    """

    def __init__(self, value, destroy):
        self.value = value
        self.destroy = destroy

    def __del__(self, is_shutting_down=sys.is_finalizing):
        if self.value and not is_shutting_down():
            self.destroy(self.value)
            self.value = 0


def get_handle():
    """Returns the handle of this thread for the current device.

    It is made when it is asked for first, and destroyed with the thread.

    Returns:
        int: Handle.

    """
    device = runtime.getDevice()
    handles = _local.__dict__
    if device not in handles:
        handles[device] = Descriptor(cudnn.create(), cudnn.destroy)
    return handles[device].value


def get_data_type(dtype):
    """Returns cuDNN's name of a data type, ``CUDNN_DATA_...``.

    Raises:
        TypeError: If cuDNN does not compute with the type.

    """
    try:
        return _DATA_TYPES[numpy.dtype(dtype)]
    except KeyError:
        raise TypeError(
            f'cuDNN computes with float16, float32 and float64, not with '
            f'{numpy.dtype(dtype)}') from None


def scalar(value, dtype):
    """Makes a factor ``alpha`` or ``beta`` for arrays of a data type.

    Args:
        value (float): Value.
        dtype: Data type of the arrays, not of the factor, which is of single
            precision unless the arrays are of double.

    Returns:
        An object whose attribute ``data`` is the address of the factor. Keep
        the object until the function that uses it has returned.

    """
    double = get_data_type(dtype) == cudnn.CUDNN_DATA_DOUBLE
    return _scalar(float(value), 'd' if double else 'f')


@functools.lru_cache(maxsize=64)
def _scalar(value, char):
    return numpy.array(value, char).ctypes


def create_tensor_descriptor(arr, format=cudnn.CUDNN_TENSOR_NCHW):
    """Describes an array.

    Args:
        arr: Array of four to eight dimensions. It need not be contiguous.
        format: Order of the elements in memory of a four-dimensional
            contiguous array. With ``CUDNN_TENSOR_NHWC`` the shape is still
            ``(n, c, h, w)``.

    Returns:
        Descriptor: Descriptor of the tensor.

    """
    desc = Descriptor(cudnn.createTensorDescriptor(),
                      cudnn.destroyTensorDescriptor)
    data_type = get_data_type(arr.dtype)
    if arr.ndim == 4 and arr.flags.c_contiguous:
        cudnn.setTensor4dDescriptor(desc.value, format, data_type, *arr.shape)
    elif format != cudnn.CUDNN_TENSOR_NCHW:
        raise ValueError(
            f'format {format} is for contiguous arrays of four dimensions; '
            f'this one has shape {arr.shape} and strides {arr.strides}')
    else:
        shape = _ints(arr.shape)
        strides = _ints(_element_strides(arr))
        cudnn.setTensorNdDescriptor(desc.value, data_type, arr.ndim,
                                    shape.data, strides.data)
    return desc


def create_filter_descriptor(arr, format=cudnn.CUDNN_TENSOR_NCHW):
    """Describes an array of the filters of a convolution.

    Args:
        arr: Contiguous array of shape ``(out channels, in channels, ...)``.
        format: Order of the elements in memory.

    Returns:
        Descriptor: Descriptor of the filters.

    """
    if not arr.flags.c_contiguous:
        raise ValueError(
            f'filters must be contiguous, not of strides {arr.strides} with '
            f'shape {arr.shape}: use cupy.ascontiguousarray')
    desc = Descriptor(cudnn.createFilterDescriptor(),
                      cudnn.destroyFilterDescriptor)
    shape = _ints(arr.shape)
    cudnn.setFilterNdDescriptor(
        desc.value, get_data_type(arr.dtype), format, arr.ndim, shape.data)
    return desc


def create_convolution_descriptor(
        pad, stride, dtype, mode=cudnn.CUDNN_CROSS_CORRELATION,
        dilation=None, groups=1):
    """Describes how filters move over images.

    Args:
        pad (tuple of int): Padding of each spatial dimension.
        stride (tuple of int): Stride in each of them.
        dtype: Data type of the arithmetic.
        mode: ``CUDNN_CROSS_CORRELATION``, or ``CUDNN_CONVOLUTION``, which
            turns the filters around.
        dilation (tuple of int): Distance of a filter's elements; by default
            1 everywhere.
        groups (int): Number of groups of channels that do not mix.

    Returns:
        Descriptor: Descriptor of the convolution.

    """
    if dilation is None:
        dilation = (1,) * len(pad)
    _check_lengths(pad=pad, stride=stride, dilation=dilation)
    desc = Descriptor(cudnn.createConvolutionDescriptor(),
                      cudnn.destroyConvolutionDescriptor)
    pads, strides, dilations = _ints(pad), _ints(stride), _ints(dilation)
    cudnn.setConvolutionNdDescriptor(
        desc.value, len(pad), pads.data, strides.data, dilations.data, mode,
        get_data_type(dtype))
    if groups != 1:
        cudnn.setConvolutionGroupCount(desc.value, groups)
    return desc


def create_pooling_descriptor(
        ksize, stride, pad, mode, nan_prop=cudnn.CUDNN_NOT_PROPAGATE_NAN):
    """Describes how a pooling window moves over images.

    Args:
        ksize (tuple of int): Size of the window in each spatial dimension.
        stride (tuple of int): Stride in each of them.
        pad (tuple of int): Padding of each.
        mode: One of ``CUDNN_POOLING_...``.
        nan_prop: Whether the largest of elements among which there is a NaN
            is NaN: ``CUDNN_PROPAGATE_NAN`` or ``CUDNN_NOT_PROPAGATE_NAN``.

    Returns:
        Descriptor: Descriptor of the pooling.

    """
    _check_lengths(ksize=ksize, stride=stride, pad=pad)
    desc = Descriptor(cudnn.createPoolingDescriptor(),
                      cudnn.destroyPoolingDescriptor)
    window, pads, strides = _ints(ksize), _ints(pad), _ints(stride)
    cudnn.setPoolingNdDescriptor(
        desc.value, mode, nan_prop, len(ksize), window.data, pads.data,
        strides.data)
    return desc


def create_activation_descriptor(
        mode, nan_prop=cudnn.CUDNN_NOT_PROPAGATE_NAN, coef=0.0):
    """Describes an activation function.

    Args:
        mode: One of ``CUDNN_ACTIVATION_...``.
        nan_prop: Whether ReLU passes NaN on.
        coef (float): Upper limit of the clipped ReLU, or factor of the ELU.

    Returns:
        Descriptor: Descriptor of the activation function.

    """
    desc = Descriptor(cudnn.createActivationDescriptor(),
                      cudnn.destroyActivationDescriptor)
    cudnn.setActivationDescriptor(desc.value, mode, nan_prop, coef)
    return desc


def _ints(values):
    return numpy.array(values, numpy.intc).ctypes


def _element_strides(arr):
    # The stride of a dimension of one element means nothing, and is any
    # number; cuDNN wants a positive one.
    strides = [stride // arr.dtype.itemsize if size > 1 else 1
               for size, stride in zip(arr.shape, arr.strides)]
    if min(strides, default=1) < 1 or any(
            stride % arr.dtype.itemsize for stride in arr.strides):
        raise ValueError(
            f'cuDNN takes arrays whose strides are positive multiples of the '
            f'element size, not {arr.strides} with shape {arr.shape} of '
            f'{arr.dtype}: use cupy.ascontiguousarray')
    return strides


def _check_lengths(**sizes):
    if len({len(size) for size in sizes.values()}) != 1:
        raise ValueError(
            'one number for each spatial dimension is expected of each, not '
            + ', '.join(f'{name}={size}' for name, size in sizes.items()))
