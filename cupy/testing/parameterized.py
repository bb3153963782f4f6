"""Test cases that run once for each set of parameters."""
import functools
import itertools
import sys
import unittest

from cupy.testing import notes


def parameterize(*params):
    """Makes a decorator that runs a test case with several parameter sets.

    Each set makes a subclass of the test case, with the parameters as
    attributes, in the module of the test case; the tests move there. It comes
    first among the decorators of a class.

    Args:
        params (dict): Parameter sets, dictionaries from names to values.

    Returns:
        callable: Decorator of a subclass of ``unittest.TestCase``.

    .. admonition:: Example

       ::

           @testing.parameterize(
               {'shape': (2, 3), 'axis': 0},
               {'shape': (4,), 'axis': None},
           )
           class TestSum(unittest.TestCase):

               @testing.numpy_cupy_allclose()
               def test_sum(self, xp):
                   x = testing.shaped_arange(self.shape, xp)
                   return x.sum(axis=self.axis)

    """
    if not params:
        raise ValueError('parameterize needs at least one parameter set: '
                         'without any, no test would run')

    def decorator(case):
        names = unittest.defaultTestLoader.getTestCaseNames(case)
        if not names:
            raise ValueError(f'{case.__name__} has no tests')
        tests = {name: getattr(case, name) for name in names}
        for name in names:
            # Also hides inherited tests, and is no test to any runner.
            setattr(case, name, None)
        module = sys.modules[case.__module__]
        for i, param in enumerate(params):
            generated = _generate(case, tests, i, param)
            setattr(module, generated.__name__, generated)
        return case

    return decorator


def product(parameter):
    """Returns all combinations of values of parameters.

    Args:
        parameter (dict): Dictionary from names to lists of values.

    Returns:
        list of dict: Parameter sets for :func:`parameterize`.

    """
    return [dict(zip(parameter, values))
            for values in itertools.product(*parameter.values())]


def _generate(case, tests, i, param):
    shown = ', '.join(f'{name}={_abbreviate(value)}'
                      for name, value in param.items())
    members = {name: _with_note(test, f'Failed with {shown}')
               for name, test in tests.items()}
    for name, value in param.items():
        if hasattr(unittest.TestCase, name):
            raise ValueError(f'the parameter {name!r} would replace an '
                             f'attribute of unittest.TestCase')
        # A function must not become a method.
        is_descriptor = hasattr(type(value), '__get__')
        members[name] = staticmethod(value) if is_descriptor else value
    members.update(__module__=case.__module__, __doc__=case.__doc__)
    return type(case)(
        f'{case.__name__}_param_{i}_{{{shown}}}', (case,), members)


def _with_note(test, note):
    @functools.wraps(test)
    def wrapper(self, *args, **kwargs):
        try:
            return test(self, *args, **kwargs)
        except Exception as error:
            notes.add_note(error, note)
            raise

    return wrapper


def _abbreviate(value):
    text = getattr(value, '__name__', None) or repr(value)
    return text if len(text) <= 40 else text[:37] + '...'
