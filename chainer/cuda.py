"""The one door to CuPy: devices, copies, kernels, and code for both worlds.

Everything in Chainer that has to do with a device goes through this module.
It can be imported whether or not CuPy is there; :data:`available` tells.

What belongs to CuPy appears here under its own name:

========================  ====================
name here                 name in CuPy
========================  ====================
``chainer.cuda.cupy``     ``cupy``
``chainer.cuda.ndarray``  ``cupy.ndarray``
``chainer.cuda.Device``   ``cupy.cuda.Device``
``chainer.cuda.Event``    ``cupy.cuda.Event``
``chainer.cuda.Stream``   ``cupy.cuda.Stream``
========================  ====================

Where CuPy is there, its default allocator is replaced by a memory pool,
:data:`memory_pool`: arrays come and go in every iteration, and giving memory
back to the device each time would make it wait.

Where CuPy was built for the host device, the first use of a device through
this module says so, once, as a ``UserWarning``.
"""
import os
import warnings

import numpy

from chainer import _no_cupy

#: ``True`` if CuPy can be used.
available = False
#: ``True`` if cuDNN can be used and ``CHAINER_CUDNN`` is not ``0``.
cudnn_enabled = False
#: The allocator of device memory, ``None`` without CuPy.
memory_pool = None

_resolution_error = None

try:
    import cupy
    from cupy.cuda import Device, Event, Stream

    ndarray = cupy.ndarray
    available = True
except ImportError as error:
    _resolution_error = error
    Device, Event, Stream = _no_cupy.Device, _no_cupy.Event, _no_cupy.Stream
    ndarray = _no_cupy.ndarray
    cupy = _no_cupy.AbsentModule('cupy', error)
    cupy.cuda = _no_cupy.AbsentModule('cupy.cuda', error)

if available:
    memory_pool = cupy.cuda.MemoryPool()
    cupy.cuda.set_allocator(memory_pool.malloc)
    cudnn_enabled = (os.environ.get('CHAINER_CUDNN', '1') != '0' and
                     bool(getattr(cupy.cuda, 'cudnn_enabled', False)))
    _get_device_id = cupy.cuda.get_device_id

_unused = available
# Set at the first use: to ask before would start CUDA.
_one_device = False
try:
    # Without cuDNN, both are None.
    from cupy import cudnn, cudnn_layers
except ImportError:
    cudnn = cudnn_layers = None


def check_cuda_available():
    """Raises a ``RuntimeError`` that names the cause if CuPy is missing."""
    if not available:
        raise RuntimeError(_no_cupy.message(_resolution_error))
    if _unused:
        _begin_use()


def _begin_use():
    global _unused, _one_device
    _unused = False
    _one_device = cupy.cuda.runtime.getDeviceCount() == 1
    if cupy.cuda.backend == 'host':
        _say_host_device()


def _say_host_device():
    warnings.warn(
        'the device is the CPU: this CuPy was built for the host device, '
        'which runs the code of GPUs on the cores of this machine',
        UserWarning, stacklevel=5)


class DummyDeviceType:
    """The device object that stands for the CPU.

    It has the interface of :class:`cupy.cuda.Device` as far as that makes
    sense without a device: using it does nothing, and its ID is -1. All its
    instances are equal.
    """

    id = -1

    def __int__(self):
        return -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Nothing was entered.
        return None

    def use(self):
        """Does nothing: host memory needs no current device."""

    def synchronize(self):
        """Does nothing: what runs on the CPU has finished when it returns."""

    def __eq__(self, other):
        return isinstance(other, DummyDeviceType)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(DummyDeviceType)


#: The CPU as a device.
DummyDevice = DummyDeviceType()


# ------------------------------------------------------------------------
# Devices
# ------------------------------------------------------------------------

def get_device(*args):
    """Returns the device that the first telling argument stands for.

    It lets one piece of code run where its arrays are, wherever that is::

        with cuda.get_device(x):
            y = x + 1

    Args:
        args: Device IDs, arrays, device objects or ``None``. The first one
            that names a device decides: an integer is a device ID (a negative
            one means the CPU), a CuPy array stands for the device that holds
            it. NumPy arrays and ``None`` say nothing.

    Returns:
        :class:`cupy.cuda.Device`, or :data:`DummyDevice` if none of the
        arguments names a device. Both can be used in a ``with`` statement.

    Raises:
        RuntimeError: If a device is asked for and CuPy is missing.

    """
    for arg in args:
        if isinstance(arg, ndarray):
            return arg.device
        # True and False are integers to Python, but nobody means devices.
        if isinstance(arg, (int, numpy.integer)) and type(arg) is not bool:
            if arg < 0:
                return DummyDevice
            check_cuda_available()
            return Device(int(arg))
        if isinstance(arg, (Device, DummyDeviceType)):
            return arg
    return DummyDevice


# ------------------------------------------------------------------------
# Arrays: from host to device, back, and between devices
# ------------------------------------------------------------------------

def device_to_enter(array):
    """Returns the device of an array where it is not the current one.

    It is :func:`get_device` for code that runs often: most arrays are where
    they are used, and to find that out is cheaper than to enter the device.

    Args:
        array (numpy.ndarray or cupy.ndarray): Array.

    Returns:
        cupy.cuda.Device: Device; ``None`` if the array is on the current
        device or in host memory.

    """
    if (_one_device or not isinstance(array, ndarray) or
            array.data.device_id == _get_device_id()):
        return None
    return array.device


def on_one_device(arrays):
    """Tells whether arrays that are on devices are on the same one.

    Args:
        arrays (sequence of cupy.ndarray): Arrays.

    Returns:
        bool: Whether they are.

    """
    return _one_device or len({x.data.device_id for x in arrays}) == 1


def to_gpu(array, device=None, stream=None):
    """Copies an array of host memory to a device.

    An array that is on a device already stays there, also if that is another
    one: :func:`copy` copies between devices.

    Args:
        array (numpy.ndarray or cupy.ndarray): Array to copy.
        device: Device specifier, see :func:`get_device`. By default the
            current device.
        stream (cupy.cuda.Stream): Stream on which the copy runs; the call
            then does not wait for it.

    Returns:
        cupy.ndarray: The array on the device; ``array`` itself if it is on a
        device already.

    Raises:
        RuntimeError: If CuPy is missing.
        TypeError: If ``array`` is not an array.

    """
    check_cuda_available()
    if isinstance(array, ndarray):
        return array
    if not isinstance(array, numpy.ndarray):
        raise TypeError(f'to_gpu copies a numpy.ndarray or cupy.ndarray, but '
                        f'got {type(array)}')
    with get_device(device):
        if stream is None:
            return cupy.asarray(array)
        on_device = cupy.empty(array.shape, array.dtype)
        on_device.set(array, stream)
        return on_device


def to_cpu(array, stream=None):
    """Copies an array to host memory.

    Args:
        array (numpy.ndarray or cupy.ndarray): Array to copy.
        stream (cupy.cuda.Stream): Stream on which the copy runs.

    Returns:
        numpy.ndarray: The array in host memory; ``array`` itself if it is
        there already.

    Raises:
        TypeError: If ``array`` is not an array.

    """
    if isinstance(array, ndarray):
        check_cuda_available()
        with get_device(array):
            return array.get(stream)
    if isinstance(array, numpy.ndarray):
        return array
    raise TypeError(f'to_cpu copies a numpy.ndarray or cupy.ndarray, but got '
                    f'{type(array)}')


def copy(array, out=None, out_device=None, stream=None):
    """Copies a device array, also to another device.

    Args:
        array (cupy.ndarray): Array to copy.
        out (cupy.ndarray): Array to copy into; ``out_device`` is then
            ignored.
        out_device: Device specifier of the copy, see :func:`get_device`. By
            default the device of ``array``.
        stream (cupy.cuda.Stream): Stream on which the copy runs; the call
            then does not wait for it. Arrays that are not contiguous are
            copied on the default stream.

    Returns:
        cupy.ndarray: The copy.

    Raises:
        RuntimeError: If CuPy is missing.
        TypeError: If ``array`` is not on a device, or ``out`` of another type.
        ValueError: If ``out`` has another shape.

    """
    check_cuda_available()
    if not isinstance(array, ndarray):
        raise TypeError(f'copy copies a cupy.ndarray, but got {type(array)}: '
                        f'to_gpu copies arrays of host memory')
    if out is None:
        with get_device(array if out_device is None else out_device):
            out = cupy.empty(array.shape, array.dtype)
    elif out.shape != array.shape:
        raise ValueError(f'cannot copy an array of shape {array.shape} into '
                         f'one of shape {out.shape}')
    elif out.dtype != array.dtype:
        raise TypeError(f'cannot copy an array of type {array.dtype} into one '
                        f'of type {out.dtype}')
    if not (array.flags.c_contiguous and out.flags.c_contiguous):
        with get_device(out):
            out[...] = array if array.device == out.device else array.copy()
        return out
    with get_device(array):
        if stream is None:
            out.data.copy_from_device(array.data, array.nbytes)
        else:
            out.data.copy_from_device_async(array.data, array.nbytes, stream)
    return out


def send(array, device):
    """Copies an array to a device or to host memory, unless it is there.

    Args:
        array (numpy.ndarray or cupy.ndarray): Array, wherever it is.
        device: Device specifier, see :func:`get_device`; a negative number,
            a NumPy array or ``None`` stands for host memory.

    Returns:
        Array: The array there, ``array`` itself if it was there already.

    """
    device = get_device(device)
    if device == DummyDevice:
        return to_cpu(array)
    if not isinstance(array, ndarray):
        return to_gpu(array, device)
    if array.device == device:
        return array
    return copy(array, out_device=device)


# ------------------------------------------------------------------------
# Kernels
# ------------------------------------------------------------------------

def memoize(for_each_device=False):
    """Decorator that remembers a function's result for its arguments.

    It is :func:`cupy.memoize` where CuPy is there. Without CuPy the function
    is left as it is, so that kernels can be declared in any module's scope.

    Args:
        for_each_device (bool): Remember one result for each device.

    """
    if available:
        return cupy.memoize(for_each_device)
    return lambda f: f


@memoize(for_each_device=True)
def elementwise(in_params, out_params, operation, name, **kwargs):
    """Makes an elementwise kernel, or returns the one made before.

    Args:
        in_params (str): Input arguments, ``'T x, T y'``.
        out_params (str): Output arguments, ``'T z'``.
        operation (str): Body of the loop, ``'z = x * y'``.
        name (str): Name of the kernel.
        kwargs: Further options of :class:`cupy.ElementwiseKernel`.

    Returns:
        cupy.ElementwiseKernel: The kernel; it is called with arrays.

    """
    check_cuda_available()
    return cupy.ElementwiseKernel(
        in_params, out_params, operation, name, **kwargs)


@memoize(for_each_device=True)
def reduce(in_params, out_params, map_expr, reduce_expr, post_map_expr,
           identity, name, **kwargs):
    """Makes a reduction kernel, or returns the one made before.

    Args:
        in_params (str): Input arguments, ``'T x'``.
        out_params (str): Output arguments, ``'T y'``.
        map_expr (str): What is reduced, ``'x * x'``.
        reduce_expr (str): How two values become one, ``'a + b'``.
        post_map_expr (str): What becomes of the result, ``'y = sqrt(a)'``.
        identity (str): Value of an empty reduction, ``'0'``.
        name (str): Name of the kernel.
        kwargs: Further options of :class:`cupy.ReductionKernel`.

    Returns:
        cupy.ReductionKernel: The kernel; it is called with arrays.

    """
    check_cuda_available()
    return cupy.ReductionKernel(
        in_params, out_params, map_expr, reduce_expr, post_map_expr,
        identity, name, **kwargs)


# ------------------------------------------------------------------------
# Code for both NumPy and CuPy
# ------------------------------------------------------------------------

def get_array_module(*args):
    """Returns the module, ``numpy`` or ``cupy``, that arrays belong to.

    Args:
        args: Arrays or Variables.

    Returns:
        module: ``cupy`` if one of the arguments lives on a device, else
        ``numpy``.

    """
    if available:
        for arg in args:
            if (isinstance(arg, ndarray) or
                    not isinstance(arg, numpy.ndarray) and
                    isinstance(getattr(arg, 'data', None), ndarray)):
                return cupy
    return numpy


# ------------------------------------------------------------------------
# cuDNN
# ------------------------------------------------------------------------

# The fast algorithms want about as much as the arrays of a layer take.
_max_workspace_size = 256 * 1024 * 1024


def uses_cudnn(use_cudnn, x):
    """Tells whether a function calls cuDNN for an array.

    Args:
        use_cudnn (bool): The argument of that name of the function.
        x (cupy.ndarray): The array.

    Returns:
        bool: ``True`` if that is wanted here and everywhere
        (:data:`cudnn_enabled`), and cuDNN computes with arrays of this type
        and size.

    """
    return (use_cudnn and cudnn_enabled and x.dtype.char in 'efd' and
            0 < x.size < 1 << 31)


def get_max_workspace_size():
    """Returns how much scratch memory, in bytes, a cuDNN call may take."""
    return _max_workspace_size


def set_max_workspace_size(size):
    """Sets how much scratch memory, in bytes, a cuDNN call may take.

    Faster algorithms of a convolution want more of it.

    Args:
        size (int): Limit in bytes.

    """
    global _max_workspace_size
    _max_workspace_size = size


# ------------------------------------------------------------------------
# Deprecated since v1.3: CuPy has functions of the same names. These differ in
# their default type, float32.
# ------------------------------------------------------------------------

def _deprecated(name):
    warnings.warn(f'chainer.cuda.{name} is deprecated: use cupy.{name}',
                  DeprecationWarning, stacklevel=3)
    check_cuda_available()


def init(arg=None):
    """Does nothing but check for CuPy: there is nothing to initialize."""
    warnings.warn('chainer.cuda.init is deprecated: no call is needed',
                  DeprecationWarning, stacklevel=2)
    check_cuda_available()


def empty(shape, dtype=numpy.float32):
    """Deprecated: use :func:`cupy.empty`."""
    _deprecated('empty')
    return cupy.empty(shape, dtype)


def full(shape, fill_value, dtype=numpy.float32, stream=None):
    """Deprecated: use :func:`cupy.full`."""
    _deprecated('full')
    return cupy.full(shape, fill_value, dtype)


def zeros(shape, dtype=numpy.float32, stream=None):
    """Deprecated: use :func:`cupy.zeros`."""
    _deprecated('zeros')
    return cupy.zeros(shape, dtype)


def ones(shape, dtype=numpy.float32, stream=None):
    """Deprecated: use :func:`cupy.ones`."""
    _deprecated('ones')
    return cupy.ones(shape, dtype)


def empty_like(array):
    """Deprecated: use :func:`cupy.empty_like`."""
    _deprecated('empty_like')
    return cupy.empty_like(array)


def full_like(array, fill_value, stream=None):
    """Deprecated: use :func:`cupy.full_like`."""
    _deprecated('full_like')
    return cupy.full_like(array, fill_value)


def zeros_like(array, stream=None):
    """Deprecated: use :func:`cupy.zeros_like`."""
    _deprecated('zeros_like')
    return cupy.zeros_like(array)


def ones_like(array, stream=None):
    """Deprecated: use :func:`cupy.ones_like`."""
    _deprecated('ones_like')
    return cupy.ones_like(array)
