"""Indices made of other indices."""
import numpy

from cupy import arguments, core


def ix_(*args):
    """Returns indices of the rectangle that sequences of indices span.

    Args:
        args (cupy.ndarray or sequence): Vectors of integers, or of bools that
            tell which indices are taken.

    Returns:
        tuple of cupy.ndarray: The integers of each vector along an axis of
        its own, which broadcast to the rectangle.

    """
    result = []
    for k, arg in enumerate(args):
        # Of an empty list NumPy would make floating-point numbers.
        is_empty = not isinstance(arg, core.ndarray) and len(arg) == 0
        indices = (core.ndarray((0,), numpy.intp) if is_empty
                   else arguments.array(arg))
        if indices.ndim != 1:
            raise ValueError(f'ix_ takes vectors, but argument {k} has '
                             f'{indices.ndim} dimensions')
        if indices.dtype == numpy.bool_:
            indices, = indices.nonzero()
        shape = [1] * len(args)
        shape[k] = indices.size
        result.append(indices.reshape(shape))
    return tuple(result)
