"""Assertions about arrays, wherever they live.

They are those of :mod:`numpy.testing`; what is an array of a device is copied
to the host first. Anything that NumPy can make an array of may be compared.
"""
import numpy

import cupy


def assert_allclose(actual, desired, rtol=1e-7, atol=0, err_msg='',
                    verbose=True):
    """Asserts that ``|actual - desired| <= atol + rtol * |desired|``.

    Args:
        actual (numpy.ndarray or cupy.ndarray): Array to check.
        desired (numpy.ndarray or cupy.ndarray): Expected values.
        rtol (float): Tolerance relative to ``desired``.
        atol (float): Absolute tolerance.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.

    Raises:
        AssertionError: If some elements differ by more. NaN is close to NaN.

    """
    numpy.testing.assert_allclose(
        cupy.asnumpy(actual), cupy.asnumpy(desired), rtol=rtol, atol=atol,
        err_msg=err_msg, verbose=verbose)


def assert_array_almost_equal(x, y, decimal=6, err_msg='', verbose=True):
    """Asserts that ``|x - y| < 1.5 * 10 ** -decimal``.

    Args:
        x (numpy.ndarray or cupy.ndarray): Array to check.
        y (numpy.ndarray or cupy.ndarray): Expected values.
        decimal (int): Number of decimal places that must agree.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.

    Raises:
        AssertionError: If some elements differ by more.

    """
    numpy.testing.assert_array_almost_equal(
        cupy.asnumpy(x), cupy.asnumpy(y), decimal=decimal, err_msg=err_msg,
        verbose=verbose)


def assert_array_almost_equal_nulp(x, y, nulp=1):
    """Asserts that ``|x - y| <= nulp * spacing(max(|x|, |y|))``.

    Args:
        x (numpy.ndarray or cupy.ndarray): Array of floating-point numbers.
        y (numpy.ndarray or cupy.ndarray): Expected values.
        nulp (int): Allowed distance, in units in the last place.

    Raises:
        AssertionError: If some elements are farther apart.

    """
    numpy.testing.assert_array_almost_equal_nulp(
        cupy.asnumpy(x), cupy.asnumpy(y), nulp=nulp)


def assert_array_max_ulp(a, b, maxulp=1, dtype=None):
    """Asserts that at most ``maxulp`` numbers lie between two elements.

    Args:
        a (numpy.ndarray or cupy.ndarray): Array of floating-point numbers.
        b (numpy.ndarray or cupy.ndarray): Expected values.
        maxulp (int): Allowed distance, in representable numbers.
        dtype (dtype specifier): If given, both are converted to it first.

    Raises:
        AssertionError: If some elements are farther apart.

    """
    numpy.testing.assert_array_max_ulp(
        cupy.asnumpy(a), cupy.asnumpy(b), maxulp=maxulp, dtype=dtype)


def assert_array_equal(x, y, err_msg='', verbose=True):
    """Asserts that two arrays have equal elements.

    Args:
        x (numpy.ndarray or cupy.ndarray): Array to check.
        y (numpy.ndarray or cupy.ndarray): Expected values.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.

    Raises:
        AssertionError: If the shapes or some elements differ. NaN equals NaN,
            and a scalar is compared with each element.

    """
    numpy.testing.assert_array_equal(
        cupy.asnumpy(x), cupy.asnumpy(y), err_msg=err_msg, verbose=verbose)


def assert_array_list_equal(xlist, ylist, err_msg='', verbose=True):
    """Asserts that two sequences hold equal arrays in the same order.

    Args:
        xlist (sequence of arrays): Arrays to check.
        ylist (sequence of arrays): Arrays of the expected values.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.

    Raises:
        AssertionError: If the numbers of arrays, shapes or elements differ.

    """
    if len(xlist) != len(ylist):
        raise AssertionError(f'{len(xlist)} arrays, but {len(ylist)} were '
                             f'expected. {err_msg}')
    for i, (x, y) in enumerate(zip(xlist, ylist)):
        assert_array_equal(x, y, f'Arrays with index {i} differ. {err_msg}',
                           verbose)


def assert_array_less(x, y, err_msg='', verbose=True):
    """Asserts that each element of ``x`` is less than that of ``y``.

    Args:
        x (numpy.ndarray or cupy.ndarray): Array of the smaller values.
        y (numpy.ndarray or cupy.ndarray): Array of the greater values.
        err_msg (str): Put into the message of the error.
        verbose (bool): If ``True``, the message shows the arrays.

    Raises:
        AssertionError: If some elements are not less.

    """
    numpy.testing.assert_array_less(
        cupy.asnumpy(x), cupy.asnumpy(y), err_msg=err_msg, verbose=verbose)
