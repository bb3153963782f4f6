"""Decorators that tell how many devices a test needs.

A test, or a test class, gets the attribute ``gpu`` (``nosetests
--eval-attr='gpu<2'``) and, where pytest runs, the marks ``gpu`` and
``multi_gpu(n)`` (``pytest -m 'not multi_gpu'``).
"""
import sys
import warnings


def gpu(test):
    """Declares that a test function or class needs a device."""
    test.gpu = 1
    return _mark(test, 'gpu')


def multi_gpu(gpu_num):
    """Makes a decorator that declares how many devices a test needs.

    Args:
        gpu_num (int): Number of devices.

    Returns:
        callable: Decorator of test functions and classes.

    """
    if not isinstance(gpu_num, int):
        raise TypeError(f'multi_gpu takes a number of devices, as in '
                        f'@multi_gpu(2), but got {gpu_num!r}')

    def decorator(test):
        test = _mark(gpu(test), 'multi_gpu', gpu_num)
        test.gpu = gpu_num
        return test

    return decorator


def _mark(test, name, *args):
    # If pytest runs the tests it is loaded; nobody else reads its marks.
    pytest = sys.modules.get('pytest')
    if pytest is None:
        return test
    with warnings.catch_warnings():
        # Whoever uses this module need not register the names.
        warnings.simplefilter('ignore', pytest.PytestUnknownMarkWarning)
        return getattr(pytest.mark, name).with_args(*args)(test)
