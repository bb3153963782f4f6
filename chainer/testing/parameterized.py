"""Test cases that run once for each set of parameters."""
import functools
import itertools
import sys
import unittest

import numpy

from chainer import cuda


def parameterize(*params):
    """Makes a decorator that runs a test case with several parameter sets.

    For each set it makes a subclass of the test case, with the parameters as
    attributes, and puts it into the module that defines the test case. The
    name of a subclass tells its parameters, for example
    ``TestSum_param_0_{shape=(3, 2), axis=None}``, and an error of a test
    carries them as a note. The test methods move to the subclasses: the class
    itself stays for what they inherit, as in ``super(TestSum, self).setUp()``,
    and has no tests of its own.

    It comes first among the decorators of a class.

    Args:
        params (dict): Parameter sets, each a dictionary from names to values.

    Returns:
        callable: Decorator of a subclass of ``unittest.TestCase``.

    Raises:
        ValueError: If there are no parameter sets or no tests, or if a
            parameter would replace a method of ``unittest.TestCase``.
        TypeError: If the class is not a ``unittest.TestCase``.

    .. admonition:: Example

       >>> import unittest
       >>> import numpy
       >>> from chainer import testing
       >>> @testing.parameterize(
       ...     {'shape': (2, 3), 'axis': 0},
       ...     {'shape': (4,), 'axis': None},
       ... )
       ... class TestSum(unittest.TestCase):
       ...     def test_ones(self):
       ...         total = numpy.ones(self.shape).sum(self.axis)
       ...         self.assertTrue((total > 1).all())

    """
    if not params:
        raise ValueError('parameterize needs at least one parameter set: '
                         'without any, no test would run')
    for param in params:
        for name in param:
            if hasattr(unittest.TestCase, name):
                raise ValueError(f'the parameter {name!r} would replace an '
                                 f'attribute of unittest.TestCase')

    def decorator(case):
        if not (isinstance(case, type) and
                issubclass(case, unittest.TestCase)):
            raise TypeError(f'parameterize decorates subclasses of '
                            f'unittest.TestCase, but got {case!r}')
        module = sys.modules[case.__module__]
        tests = _take_tests(case)
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

    .. admonition:: Example

       >>> from chainer import testing
       >>> testing.product({'x': [1, 2], 'y': [3, 4]})
       [{'x': 1, 'y': 3}, {'x': 1, 'y': 4}, {'x': 2, 'y': 3}, {'x': 2, 'y': 4}]

    """
    return [dict(zip(parameter, values, strict=True))
            for values in itertools.product(*parameter.values())]


def product_dict(*parameters):
    """Returns all combinations of parameter sets.

    Args:
        parameters (list of dict): Lists of parameter sets. Each result is the
            union of one set from each list.

    Returns:
        list of dict: Parameter sets for :func:`parameterize`.

    .. admonition:: Example

       >>> from chainer import testing
       >>> testing.product_dict([{'x': 1}, {'x': 2}], [{'y': 3, 'z': 4}])
       [{'x': 1, 'y': 3, 'z': 4}, {'x': 2, 'y': 3, 'z': 4}]

    """
    return [{name: value for param in combination
             for name, value in param.items()}
            for combination in itertools.product(*parameters)]


def _take_tests(case):
    """Takes the test methods off a class and returns them by name."""
    names = unittest.defaultTestLoader.getTestCaseNames(case)
    if not names:
        raise ValueError(f'{case.__name__} has no test methods. (To combine '
                         f'several lists of parameters, use product_dict)')
    tests = {name: getattr(case, name) for name in names}
    for name in names:
        # None hides inherited tests as well, and is no test to any runner.
        setattr(case, name, None)
    return tests


def _generate(case, tests, i, param):
    shown = ', '.join(f'{name}={_abbreviate(value)}'
                      for name, value in param.items())
    members = {name: _with_note(test, param) for name, test in tests.items()}
    for name, value in param.items():
        # A function must not become a method.
        is_descriptor = hasattr(type(value), '__get__')
        members[name] = staticmethod(value) if is_descriptor else value
    members['__module__'] = case.__module__
    members['__doc__'] = case.__doc__
    return type(case)(
        f'{case.__name__}_param_{i}_{{{shown}}}', (case,), members)


def _with_note(test, param):
    @functools.wraps(test)
    def wrapper(self, *args, **kwargs):
        try:
            return test(self, *args, **kwargs)
        except Exception as error:
            note = 'Parameters:' + ''.join(
                f'\n  {name}: {value!r}' for name, value in param.items())
            # What add_note of Python 3.11 does.
            error.__notes__ = [*getattr(error, '__notes__', ()), note]
            raise

    return wrapper


def _abbreviate(value):
    if isinstance(value, (numpy.ndarray, cuda.ndarray)):
        return f'array({value.shape}, {value.dtype})'
    if callable(value) and hasattr(value, '__name__'):
        return value.__name__
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + '...'
