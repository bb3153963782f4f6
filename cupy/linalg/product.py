"""Products of matrices and vectors."""
import math
import operator

from cupy import arguments
from cupy.core import arithmetic


def dot(a, b, out=None):
    """Returns the dot product of two arrays.

    It is the matrix product of matrices and the inner product of vectors; in
    general, it sums over the last axis of ``a`` and the last but one of
    ``b``. With a scalar, it multiplies.

    Args:
        a (cupy.ndarray): Left argument.
        b (cupy.ndarray): Right argument.
        out (cupy.ndarray): Array for the result, of its dtype and in C order.

    Returns:
        cupy.ndarray: Product.

    """
    return arguments.array(a).dot(arguments.array(b), out)


def vdot(a, b):
    """Returns the inner product of two flattened arrays.

    Args:
        a (cupy.ndarray): Array.
        b (cupy.ndarray): Array of as many elements.

    Returns:
        cupy.ndarray: 0-dimensional array of the product.

    """
    a, b = arguments.array(a), arguments.array(b)
    if a.size != b.size:
        raise ValueError(f'vdot takes arrays of one size, but they have '
                         f'{a.size} and {b.size} elements')
    return a.ravel().dot(b.ravel())


def inner(a, b):
    """Returns the inner products of the last axes of two arrays.

    Args:
        a (cupy.ndarray): Array.
        b (cupy.ndarray): Array whose last axis is as long.

    Returns:
        cupy.ndarray: Products, of shape ``a.shape[:-1] + b.shape[:-1]``. If
        one argument is a scalar, the arguments multiplied.

    """
    a, b = arguments.array(a), arguments.array(b)
    if a.ndim == 0 or b.ndim == 0:
        return arithmetic.multiply(a, b)
    return tensordot(a, b, (-1, -1))


def outer(a, b, out=None):
    """Returns the products of each element of one array with each of another.

    Args:
        a (cupy.ndarray): Array; it is flattened.
        b (cupy.ndarray): Array; it is flattened.
        out (cupy.ndarray): Array for the result.

    Returns:
        cupy.ndarray: Matrix of shape ``(a.size, b.size)``.

    """
    a, b = arguments.array(a), arguments.array(b)
    return arithmetic.multiply(
        a.reshape(a.size, 1), b.reshape(1, b.size), out=out)


def tensordot(a, b, axes=2):
    """Returns the products of two arrays summed over some axes.

    Args:
        a (cupy.ndarray): Left argument.
        b (cupy.ndarray): Right argument.
        axes (int or pair): If it is a number ``n``, the sum is over the last
            ``n`` axes of ``a`` and the first ``n`` of ``b``. A pair has the
            axes of ``a`` and those of ``b`` over which to sum, each an int or
            a sequence of ints.

    Returns:
        cupy.ndarray: Product. Its axes are the other ones of ``a``, followed
        by those of ``b``.

    """
    a, b = arguments.array(a), arguments.array(b)
    axes_a, axes_b = _axes_to_sum(a, b, axes)
    for axis_a, axis_b in zip(axes_a, axes_b):
        if a.shape[axis_a] != b.shape[axis_b]:
            raise ValueError(
                f'tensordot sums over axes of one extent, but axis {axis_a} '
                f'of {a.shape} meets axis {axis_b} of {b.shape}')
    free_a = [d for d in range(a.ndim) if d not in axes_a]
    free_b = [d for d in range(b.ndim) if d not in axes_b]
    shape_a = tuple(a.shape[d] for d in free_a)
    shape_b = tuple(b.shape[d] for d in free_b)
    length = math.prod(a.shape[d] for d in axes_a)
    left = a.transpose(free_a + axes_a).reshape(math.prod(shape_a), length)
    right = b.transpose(axes_b + free_b).reshape(length, math.prod(shape_b))
    return left.dot(right).reshape(shape_a + shape_b)


def _axes_to_sum(a, b, axes):
    if not isinstance(axes, (tuple, list)):
        n = operator.index(axes)
        if n < 0:
            raise ValueError(f'tensordot cannot sum over {n} axes')
        axes = range(-n, 0), range(n)
    axes_a, axes_b = [[axis] if isinstance(axis, int) else list(axis)
                      for axis in axes]
    if len(axes_a) != len(axes_b):
        raise ValueError(f'tensordot sums over as many axes of one array as '
                         f'of the other, but got {axes_a} and {axes_b}')
    return arguments.axes(axes_a, a.ndim), arguments.axes(axes_b, b.ndim)
