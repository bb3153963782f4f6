"""Arrays in another memory layout."""
from cupy import core


def asfortranarray(a, dtype=None):
    """Makes an array in Fortran order of an object, unless it is one.

    Args:
        a (object): Array of CuPy or NumPy, scalar, or (nested) sequence.
        dtype (dtype specifier): Type of the elements, by default that of
            ``a``.

    Returns:
        cupy.ndarray: Array of at least one dimension, in Fortran order. It is
        ``a`` itself if possible.

    """
    a = core.array(a, dtype, False, ndmin=1)
    return a if a.flags.f_contiguous else a.copy('F')
