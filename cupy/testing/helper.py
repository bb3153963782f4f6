"""Arrays to test with, and conditions under which tests run."""
import math
import unittest

import numpy

import cupy


def shaped_arange(shape, xp=cupy, dtype=numpy.float32):
    """Returns an array of a shape that counts from one.

    Args:
        shape (tuple of ints): Shape.
        xp (module): :mod:`numpy` or :mod:`cupy`.
        dtype (dtype specifier): Type of the elements.

    Returns:
        array: Elements 1, 2, 3, ... in C order. If ``dtype`` is ``bool_``,
        whether these numbers are even.

    """
    return _shaped(numpy.arange(1, math.prod(shape) + 1), shape, xp, dtype)


def shaped_reverse_arange(shape, xp=cupy, dtype=numpy.float32):
    """Returns an array of a shape that counts down to one.

    Args:
        shape (tuple of ints): Shape.
        xp (module): :mod:`numpy` or :mod:`cupy`.
        dtype (dtype specifier): Type of the elements.

    Returns:
        array: Elements ..., 3, 2, 1 in C order. If ``dtype`` is ``bool_``,
        whether these numbers are even.

    """
    return _shaped(numpy.arange(math.prod(shape), 0, -1), shape, xp, dtype)


def shaped_random(shape, xp=cupy, dtype=numpy.float32, scale=10, seed=0):
    """Returns an array of a shape with random elements, always the same.

    Args:
        shape (tuple of ints): Shape.
        xp (module): :mod:`numpy` or :mod:`cupy`.
        dtype (dtype specifier): Type of the elements.
        scale (float): The elements are distributed uniformly over
            ``[0, scale)``, or over both values if ``dtype`` is ``bool_``.
        seed (int): Seed of the generator.

    Returns:
        array: Random elements.

    """
    random = numpy.random.RandomState(seed)
    if numpy.dtype(dtype) == numpy.bool_:
        return xp.array(random.randint(2, size=shape), dtype)
    return xp.array(numpy.asarray(random.uniform(0, scale, shape), dtype))


def _shaped(counts, shape, xp, dtype):
    if numpy.dtype(dtype) == numpy.bool_:
        counts = counts % 2 == 0
    return xp.array(counts.astype(dtype).reshape(shape))


class NumpyError:
    """Context in which NumPy handles floating-point errors in another way.

    Divisions by zero and the like are silent on a device; NumPy has to be
    told to be.

    Args:
        kw (str): What NumPy does about each kind of error, as in
            :func:`numpy.seterr`: ``NumpyError(divide='ignore')``.

    """

    def __init__(self, **kw):
        self.kw = kw

    def __enter__(self):
        """Sets how NumPy handles errors, and remembers what it did."""
        self.outer = numpy.seterr(**self.kw)

    def __exit__(self, *_):
        """Sets it back."""
        numpy.seterr(**self.outer)


def with_requires(*requirements):
    """Makes a decorator that skips a test unless packages are installed.

    Args:
        requirements (str): What is needed, as in a requirements file:
            ``'numpy>=1.26'``, ``'scipy'``. The package ``packaging``, which
            compares versions, is needed as well.

    Returns:
        callable: Decorator of test functions and classes.

    """
    missing = ', '.join(r for r in requirements if not _is_met(r))
    return unittest.skipIf(missing, f'requires: {missing}')


def _is_met(text):
    # Both take longer to import than all that is above.
    from importlib import metadata

    from packaging import requirements
    requirement = requirements.Requirement(text)
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)
