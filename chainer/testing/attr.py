"""Decorators that tell what a test needs.

They mark test functions, or whole test classes, so that test runners can
select by it: with attributes, which nose reads, and with marks if the tests
run under pytest.

======================  ======================  =========================
decorator               nose attributes         pytest marks
======================  ======================  =========================
``@attr.gpu``           ``gpu = 1``             ``gpu``
``@attr.multi_gpu(n)``  ``gpu = n``             ``gpu``, ``multi_gpu(n)``
``@attr.cudnn``         ``gpu = 1``, ``cudnn``  ``gpu``, ``cudnn``
``@attr.slow``          ``slow``                ``slow``
======================  ======================  =========================

Without a device, run ``nosetests --attr='!gpu'`` or ``pytest -m 'not gpu'``;
with a single one, ``nosetests --eval-attr='gpu<2'`` or
``pytest -m 'not multi_gpu'``.
"""
import sys
import warnings


def gpu(test):
    """Declares that a test needs one device.

    Args:
        test (function or class): Test.

    Returns:
        The test, marked.

    """
    test.gpu = 1
    return _mark(test, 'gpu')


def multi_gpu(gpu_num):
    """Makes a decorator that declares how many devices a test needs.

    Args:
        gpu_num (int): Number of devices.

    Returns:
        callable: Decorator of test functions and classes.

    .. admonition:: Example

       >>> import unittest
       >>> from chainer.testing import attr
       >>> class TestCopy(unittest.TestCase):
       ...     @attr.multi_gpu(2)
       ...     def test_copy_between_devices(self):
       ...         self.assertTrue(True)

    """
    if not isinstance(gpu_num, int):
        raise TypeError(f'multi_gpu takes the number of devices, as in '
                        f'@attr.multi_gpu(2), but got {gpu_num!r}')

    def decorator(test):
        test.gpu = gpu_num
        return _mark(_mark(test, 'gpu'), 'multi_gpu', gpu_num)

    return decorator


def cudnn(test):
    """Declares that a test needs a device and cuDNN.

    Args:
        test (function or class): Test.

    Returns:
        The test, marked.

    """
    test.cudnn = True
    return _mark(gpu(test), 'cudnn')


def slow(test):
    """Declares that a test takes long.

    Args:
        test (function or class): Test.

    Returns:
        The test, marked.

    """
    test.slow = True
    return _mark(test, 'slow')


def _mark(test, name, *args):
    # Marks matter only to a pytest that is running, which is loaded then.
    pytest = sys.modules.get('pytest')
    if pytest is None:
        return test
    with warnings.catch_warnings():
        # Users of these decorators need not register the marks.
        warnings.simplefilter('ignore', pytest.PytestUnknownMarkWarning)
        mark = getattr(pytest.mark, name)
    # The method with_args, unlike a call, never takes an argument for a test.
    return mark.with_args(*args)(test)
