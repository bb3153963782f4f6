"""Arrays in which optimizers accumulate something over many updates."""
import numpy

from chainer import cuda


def full_like(array, value):
    """Makes an accumulator for the elements of a parameter.

    It is of float32 at least: in float16 the small numbers that are added to
    a sum, and squares of gradients, would round to nothing.

    Args:
        array (numpy.ndarray or cupy.ndarray): Data of the parameter.
        value (float): Initial value of the elements.

    Returns:
        Array: Array of the shape, and on the device, of ``array``.

    """
    with cuda.get_device(array):
        accumulator = cuda.get_array_module(array).zeros_like(
            array, dtype=numpy.promote_types(array.dtype, numpy.float32))
        accumulator.fill(value)
    return accumulator
