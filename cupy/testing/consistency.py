"""Decorators that compare what a test computes with NumPy and with CuPy."""
import functools
import unittest

import numpy

import cupy
from cupy.testing import array, notes


def numpy_cupy_allclose(rtol=1e-7, atol=0, err_msg='', verbose=True,
                        name='xp', type_check=True, accept_error=True):
    """Makes a decorator that checks that NumPy and CuPy results are close.

    The decorated method of a test case runs with :mod:`numpy` and with
    :mod:`cupy`, passed as the keyword argument ``name``, and returns what it
    computed: an array or a number. The two results must have the same shape
    and, with ``type_check``, the same dtype.

    Args:
        rtol (float): Tolerance relative to NumPy's result.
        atol (float): Absolute tolerance.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.
        name (str): Name of the argument that takes the module.
        type_check (bool): If ``True``, dtypes are compared.
        accept_error (bool, type or tuple of types): Exceptions that may
            happen. If both runs raise one of them, and CuPy's is of NumPy's
            type, the test succeeds. ``True`` accepts all exceptions but
            failures of assertions, ``False`` none.

    Returns:
        callable: Decorator of test methods.

    .. admonition:: Example

       ::

           class TestSquare(unittest.TestCase):

               @testing.for_all_dtypes()
               @testing.numpy_cupy_allclose(rtol=1e-6)
               def test_square(self, xp, dtype):
                   x = testing.shaped_arange((2, 3), xp, dtype)
                   return xp.square(x)

    """
    def check(actual, desired):
        array.assert_allclose(actual, desired, rtol, atol, err_msg, verbose)

    return _array_decorator(check, name, type_check, accept_error)


def numpy_cupy_array_almost_equal(decimal=6, err_msg='', verbose=True,
                                  name='xp', type_check=True,
                                  accept_error=True):
    """Makes a decorator that checks results to a number of decimal places.

    Args:
        decimal (int): Decimal places that must agree, as in
            :func:`~cupy.testing.assert_array_almost_equal`.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.
        name (str): Name of the argument that takes the module.
        type_check (bool): If ``True``, dtypes are compared.
        accept_error (bool, type or tuple of types): Exceptions that both may
            raise; see :func:`~cupy.testing.numpy_cupy_allclose`.

    Returns:
        callable: Decorator of test methods.

    """
    def check(actual, desired):
        array.assert_array_almost_equal(actual, desired, decimal, err_msg,
                                        verbose)

    return _array_decorator(check, name, type_check, accept_error)


def numpy_cupy_array_almost_equal_nulp(nulp=1, name='xp', type_check=True,
                                       accept_error=True):
    """Makes a decorator that checks results to units in the last place.

    Args:
        nulp (int): Allowed distance, as in
            :func:`~cupy.testing.assert_array_almost_equal_nulp`.
        name (str): Name of the argument that takes the module.
        type_check (bool): If ``True``, dtypes are compared.
        accept_error (bool, type or tuple of types): Exceptions that both may
            raise; see :func:`~cupy.testing.numpy_cupy_allclose`.

    Returns:
        callable: Decorator of test methods.

    """
    def check(actual, desired):
        array.assert_array_almost_equal_nulp(actual, desired, nulp)

    return _array_decorator(check, name, type_check, accept_error)


def numpy_cupy_array_max_ulp(maxulp=1, dtype=None, name='xp',
                             type_check=True, accept_error=True):
    """Makes a decorator that checks how many numbers lie between results.

    Args:
        maxulp (int): Allowed distance, as in
            :func:`~cupy.testing.assert_array_max_ulp`.
        dtype (dtype specifier): If given, both are converted to it first.
        name (str): Name of the argument that takes the module.
        type_check (bool): If ``True``, dtypes are compared.
        accept_error (bool, type or tuple of types): Exceptions that both may
            raise; see :func:`~cupy.testing.numpy_cupy_allclose`.

    Returns:
        callable: Decorator of test methods.

    """
    def check(actual, desired):
        array.assert_array_max_ulp(actual, desired, maxulp, dtype)

    return _array_decorator(check, name, type_check, accept_error)


def numpy_cupy_array_equal(err_msg='', verbose=True, name='xp',
                           type_check=True, accept_error=True):
    """Makes a decorator that checks that NumPy and CuPy results are equal.

    Args:
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.
        name (str): Name of the argument that takes the module.
        type_check (bool): If ``True``, dtypes are compared.
        accept_error (bool, type or tuple of types): Exceptions that both may
            raise; see :func:`~cupy.testing.numpy_cupy_allclose`.

    Returns:
        callable: Decorator of test methods.

    """
    def check(actual, desired):
        array.assert_array_equal(actual, desired, err_msg, verbose)

    return _array_decorator(check, name, type_check, accept_error)


def numpy_cupy_array_list_equal(err_msg='', verbose=True, name='xp'):
    """Makes a decorator that checks sequences of arrays for equality.

    Args:
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.
        name (str): Name of the argument that takes the module.

    Returns:
        callable: Decorator of test methods that return sequences of arrays.

    """
    def check(actual, desired):
        array.assert_array_list_equal(actual, desired, err_msg, verbose)
        for i, (x, y) in enumerate(zip(actual, desired)):
            _check_shape_and_type(
                x, y, True, f'Arrays with index {i} differ. ')

    return _decorator(check, name, False)


def numpy_cupy_array_less(err_msg='', verbose=True, name='xp',
                          type_check=True, accept_error=True):
    """Makes a decorator that checks that CuPy's result is below NumPy's.

    Args:
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.
        name (str): Name of the argument that takes the module.
        type_check (bool): If ``True``, dtypes are compared.
        accept_error (bool, type or tuple of types): Exceptions that both may
            raise; see :func:`~cupy.testing.numpy_cupy_allclose`.

    Returns:
        callable: Decorator of test methods.

    """
    def check(actual, desired):
        array.assert_array_less(actual, desired, err_msg, verbose)

    return _array_decorator(check, name, type_check, accept_error)


def numpy_cupy_raises(name='xp'):
    """Makes a decorator that checks that both raise, and the same exception.

    Args:
        name (str): Name of the argument that takes the module.

    Returns:
        callable: Decorator of test methods.

    """
    def check(actual, desired):
        raise AssertionError(
            f'neither raised an exception, but both should have. CuPy '
            f'returned:\n{actual!r}\nNumPy returned:\n{desired!r}')

    return _decorator(check, name, True)


def _array_decorator(check, name, type_check, accept_error):
    def check_all(actual, desired):
        if desired is None:
            raise AssertionError('the test returned nothing to compare: it '
                                 'must return what it computed')
        _check_shape_and_type(actual, desired, type_check)
        check(actual, desired)

    return _decorator(check_all, name, accept_error)


def _check_shape_and_type(actual, desired, type_check, where=''):
    actual, desired = _as_array(actual), _as_array(desired)
    for name in ('shape', 'dtype') if type_check else ('shape',):
        x, y = getattr(actual, name), getattr(desired, name)
        if x != y:
            raise AssertionError(
                f"{where}CuPy's result has {name} {x}, NumPy's {name} {y}")


def _as_array(value):
    return value if hasattr(value, 'dtype') else numpy.asarray(value)


def _decorator(check, name, accept_error):
    if isinstance(accept_error, bool):
        accept_error = Exception if accept_error else ()

    def decorator(test):
        @functools.wraps(test)
        def wrapper(self, *args, **kwargs):
            actual, cupy_error = _run(test, self, args, {**kwargs, name: cupy})
            desired, numpy_error = _run(
                test, self, args, {**kwargs, name: numpy})
            if cupy_error is None and numpy_error is None:
                check(actual, desired)
            else:
                _check_errors(cupy_error, numpy_error, accept_error)

        return wrapper

    return decorator


def _run(test, self, args, kwargs):
    try:
        return test(self, *args, **kwargs), None
    except (AssertionError, unittest.SkipTest):
        raise
    except Exception as error:
        return None, error


def _check_errors(cupy_error, numpy_error, accept_error):
    if numpy_error is None:
        notes.add_note(cupy_error, 'Only CuPy raised an exception.')
        raise cupy_error
    expected = _public_type(numpy_error)
    if cupy_error is None:
        notes.add_note(numpy_error, 'Only NumPy raised an exception.')
        raise numpy_error
    if not isinstance(cupy_error, expected):
        notes.add_note(cupy_error, f'CuPy and NumPy raised exceptions of '
                       f'different types. NumPy raised '
                       f'{expected.__name__}: {numpy_error}')
        raise cupy_error
    if not isinstance(numpy_error, accept_error):
        notes.add_note(cupy_error, 'CuPy and NumPy raised this exception, '
                       'which the test does not accept.')
        raise cupy_error


def _public_type(error):
    # NumPy refines some exceptions by classes that only it can see.
    return next(cls for cls in type(error).__mro__
                if not cls.__name__.startswith('_') and
                '._' not in cls.__module__)
