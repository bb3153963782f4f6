"""Arrays with repeated parts."""
from cupy import arguments
from cupy.core import layout


def repeat(a, repeats, axis=None):
    """Repeats the elements of an array.

    Args:
        a (cupy.ndarray): Array.
        repeats (int or sequence of ints): How often each index of the axis
            comes, one number for all or each its own.
        axis (int): Axis. If ``None``, the array is flattened first.

    Returns:
        cupy.ndarray: New array.

    """
    return arguments.array(a).repeat(repeats, axis)


def tile(A, reps):
    """Repeats a whole array.

    Args:
        A (cupy.ndarray): Array.
        reps (int or sequence of ints): How often it comes along each axis.
            Axes are added in front to the one that has fewer.

    Returns:
        cupy.ndarray: New array.

    """
    A = arguments.array(A)
    reps = tuple(reps) if isinstance(reps, (tuple, list)) else (reps,)
    ndim = max(A.ndim, len(reps))
    shape = (1,) * (ndim - A.ndim) + A.shape
    reps = (1,) * (ndim - len(reps)) + reps
    # An axis is put in front of each one for its repetitions, unless there
    # are none: a view has 32 axes at most.
    source, repeated = [], []
    for n, rep in zip(shape, reps):
        if rep != 1:
            source.append(1)
            repeated.append(rep)
        source.append(n)
        repeated.append(n)
    view = layout.broadcast_to(A.reshape(source), repeated)
    return view.copy().reshape([n * rep for n, rep in zip(shape, reps)])
