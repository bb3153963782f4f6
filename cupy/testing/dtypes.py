"""Decorators that run a test for each of many dtypes."""
import binascii
import functools
import itertools
import os
import random

import numpy

from cupy.testing import notes

_FLOAT_DTYPES = (numpy.float64, numpy.float32, numpy.float16)
_SIGNED_DTYPES = (numpy.int8, numpy.int16, numpy.int32, numpy.int64)
_UNSIGNED_DTYPES = (numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64)


def for_dtypes(dtypes, name='dtype'):
    """Makes a decorator that runs a test for each of some dtypes.

    The error of a test carries a note that says with which dtype it failed.

    Args:
        dtypes (sequence of dtype specifiers): Dtypes.
        name (str): Name of the argument that takes the dtype, as a scalar
            type such as ``numpy.float32``.

    Returns:
        callable: Decorator of test methods. ``setUp`` and ``tearDown`` run
        once around all dtypes.

    .. admonition:: Example

       ::

           class TestZeros(unittest.TestCase):

               @testing.for_dtypes('fd')
               def test_dtype(self, dtype):
                   self.assertEqual(cupy.zeros(3, dtype).dtype, dtype)

    """
    return for_dtypes_combination(dtypes, (name,))


def for_all_dtypes(name='dtype', no_float16=False, no_bool=False):
    """Makes a decorator that runs a test for each dtype of CuPy.

    Args:
        name (str): Name of the argument that takes the dtype.
        no_float16 (bool): If ``True``, ``float16`` is left out.
        no_bool (bool): If ``True``, ``bool_`` is left out.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes`.

    """
    return for_dtypes(_all_dtypes(no_float16, no_bool), name)


def for_float_dtypes(name='dtype', no_float16=False):
    """Makes a decorator that runs a test for floating-point dtypes.

    Args:
        name (str): Name of the argument that takes the dtype.
        no_float16 (bool): If ``True``, ``float16`` is left out.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes`.

    """
    return for_dtypes(_FLOAT_DTYPES[:2 if no_float16 else 3], name)


def for_signed_dtypes(name='dtype'):
    """Makes a decorator that runs a test for signed integer dtypes.

    Args:
        name (str): Name of the argument that takes the dtype.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes`.

    """
    return for_dtypes(_SIGNED_DTYPES, name)


def for_unsigned_dtypes(name='dtype'):
    """Makes a decorator that runs a test for unsigned integer dtypes.

    Args:
        name (str): Name of the argument that takes the dtype.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes`.

    """
    return for_dtypes(_UNSIGNED_DTYPES, name)


def for_int_dtypes(name='dtype', no_bool=False):
    """Makes a decorator that runs a test for integer dtypes, and ``bool_``.

    Args:
        name (str): Name of the argument that takes the dtype.
        no_bool (bool): If ``True``, ``bool_`` is left out.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes`.

    """
    return for_dtypes(_int_dtypes(no_bool), name)


def for_dtypes_combination(types, names=('dtype',), full=None):
    """Makes a decorator that runs a test for combinations of dtypes.

    By default it is a sample of the combinations, in which each dtype takes
    each place once. The sample depends on the name of the test only.

    Args:
        types (sequence of dtype specifiers): Dtypes.
        names (sequence of str): Names of the arguments that take dtypes.
        full (bool): If ``True``, the test runs for all combinations, if
            ``False`` for a sample. If ``None``, the environment variable
            ``CUPY_TEST_FULL_COMBINATION`` decides: 1 means all.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes`.

    """
    types = [numpy.dtype(dtype).type for dtype in types]
    if not types:
        raise ValueError('without dtypes no test would run')

    def decorator(test):
        @functools.wraps(test)
        def wrapper(self, *args, **kwargs):
            for chosen in _combinations(types, len(names), full,
                                        test.__qualname__):
                chosen = dict(zip(names, chosen))
                try:
                    test(self, *args, **kwargs, **chosen)
                except Exception as error:
                    notes.add_note(error, 'Failed with ' + ', '.join(
                        f'{name}={dtype.__name__}'
                        for name, dtype in chosen.items()))
                    raise

        return wrapper

    return decorator


def for_all_dtypes_combination(names=('dtype',), no_float16=False,
                               no_bool=False, full=None):
    """Makes a decorator that runs a test for combinations of all dtypes.

    Args:
        names (sequence of str): Names of the arguments that take dtypes.
        no_float16 (bool): If ``True``, ``float16`` is left out.
        no_bool (bool): If ``True``, ``bool_`` is left out.
        full (bool): Whether all combinations are run.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes_combination`.

    """
    return for_dtypes_combination(
        _all_dtypes(no_float16, no_bool), names, full)


def for_signed_dtypes_combination(names=('dtype',), full=None):
    """Makes a decorator that runs a test for pairs of signed integers.

    Args:
        names (sequence of str): Names of the arguments that take dtypes.
        full (bool): Whether all combinations are run.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes_combination`.

    """
    return for_dtypes_combination(_SIGNED_DTYPES, names, full)


def for_unsigned_dtypes_combination(names=('dtype',), full=None):
    """Makes a decorator that runs a test for pairs of unsigned integers.

    Args:
        names (sequence of str): Names of the arguments that take dtypes.
        full (bool): Whether all combinations are run.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes_combination`.

    """
    return for_dtypes_combination(_UNSIGNED_DTYPES, names, full)


def for_int_dtypes_combination(names=('dtype',), no_bool=False, full=None):
    """Makes a decorator that runs a test for pairs of integers and ``bool_``.

    Args:
        names (sequence of str): Names of the arguments that take dtypes.
        no_bool (bool): If ``True``, ``bool_`` is left out.
        full (bool): Whether all combinations are run.

    Returns:
        callable: Decorator of test methods, see
        :func:`~cupy.testing.for_dtypes_combination`.

    """
    return for_dtypes_combination(_int_dtypes(no_bool), names, full)


def _int_dtypes(no_bool):
    dtypes = _SIGNED_DTYPES + _UNSIGNED_DTYPES
    return dtypes if no_bool else dtypes + (numpy.bool_,)


def _all_dtypes(no_float16, no_bool):
    return _FLOAT_DTYPES[:2 if no_float16 else 3] + _int_dtypes(no_bool)


def _combinations(types, n, full, seed):
    if full is None:
        full = os.environ.get('CUPY_TEST_FULL_COMBINATION', '0') != '0'
    if full or n == 1:
        return list(itertools.product(types, repeat=n))
    shuffle = random.Random(binascii.crc32(seed.encode()))
    columns = [shuffle.sample(types, len(types)) for _ in range(n - 1)]
    return list(zip(types, *columns))
