"""Decorators for tests whose success is a matter of chance.

A test that can be made deterministic, by a seed, should be; these are for the
others. Each trial is a test of its own: it runs on a new instance of the test
case, between ``setUp`` and ``tearDown``.
"""
import functools
import unittest


def repeat_with_success_at_least(times, min_success):
    """Makes a decorator that runs a test several times and wants successes.

    The trials stop as soon as the outcome is settled.

    Args:
        times (int): Number of trials.
        min_success (int): How many of them must succeed.

    Returns:
        callable: Decorator of a test method of ``unittest.TestCase``. The
        decorated test fails, showing the first failure, if fewer than
        ``min_success`` trials succeed, and is skipped if a trial is.

    Raises:
        ValueError: Unless ``1 <= min_success <= times``.

    """
    if not 1 <= min_success <= times:
        raise ValueError(f'min_success must be between 1 and times, but '
                         f'times={times} and min_success={min_success}')

    def decorator(test):
        @functools.wraps(test)
        def wrapper(self, *args, **kwargs):
            successes = 0
            failures = []
            while successes < min_success:
                result = _run_trial(test, self, args, kwargs)
                if result.skipped:
                    raise unittest.SkipTest(result.skipped[0][1])
                if result.wasSuccessful():
                    successes += 1
                    continue
                failures.append((result.failures + result.errors)[0][1])
                if len(failures) > times - min_success:
                    self.fail(f'{successes} of {successes + len(failures)} '
                              f'trials succeeded, but {min_success} of '
                              f'{times} must. The first failure was:\n\n'
                              f'{failures[0]}')

        return wrapper

    return decorator


def repeat(times):
    """Makes a decorator that runs a test several times; all must succeed.

    Args:
        times (int): Number of trials.

    Returns:
        callable: Decorator of a test method of ``unittest.TestCase``.

    .. admonition:: Example

       >>> import random
       >>> import unittest
       >>> from chainer.testing import condition
       >>> class TestRandom(unittest.TestCase):
       ...     @condition.repeat(10)
       ...     def test_range(self):
       ...         self.assertLess(random.random(), 1)

    """
    return repeat_with_success_at_least(times, times)


def retry(times):
    """Makes a decorator that runs a test until it succeeds.

    Args:
        times (int): How many times it may be tried.

    Returns:
        callable: Decorator of a test method of ``unittest.TestCase``.

    """
    return repeat_with_success_at_least(times, 1)


def _run_trial(test, case, args, kwargs):
    # A TestCase made without the name of a method runs its runTest.
    trial = type(case)()
    trial.runTest = functools.partial(test, trial, *args, **kwargs)
    result = unittest.TestResult()
    trial.run(result)
    return result
