"""Runs tests of functions a second time, with a twin on the device.

Under :func:`mirror`, whatever applies a function to arrays of NumPy also
applies a copy of it to the same arrays on the device, and the results of the
two are compared, forward and backward. So every test of a function tests its
device path, with all the shapes, types and settings it has for the CPU.

The copy is made after the original has run. What that has drawn at random and
kept, as the mask of dropout, is the same in both.
"""
import contextlib
import copy
import importlib.util
import pathlib
import sys
import types
import unittest
from unittest import mock

import numpy

import chainer
from chainer import cuda
from chainer.functions.array import copy as copy_function
from chainer.testing import attr

# How far the results of one function may be apart, for numbers around one.
TOLERANCES = {'float16': 1e-2, 'float32': 5e-5, 'float64': 1e-9}
# Applications of a function to inputs of one kind; gradient checks have many
# more, which differ in single elements.
REPETITIONS = 2


def to_device(value):
    """Copies the arrays in a value, also those in its containers."""
    if isinstance(value, numpy.ndarray):
        return cuda.to_gpu(value)
    if isinstance(value, (list, tuple)) and not hasattr(value, '_fields'):
        return type(value)([to_device(each) for each in value])
    if isinstance(value, dict):
        return {key: to_device(each) for key, each in value.items()}
    return value


def twin_of(function):
    """A copy of a function whose arrays are on the device."""
    twin = copy.copy(function)
    for name, value in list(vars(function).items()):
        if name not in ('inputs', 'outputs'):
            setattr(twin, name, to_device(value))
    return twin


def assert_same(function, what, expected, actual):
    """Compares tuples of arrays of host and device."""
    name = type(function).__name__
    assert len(expected) == len(actual), (
        f'{what} of {name}: {len(actual)} arrays instead of {len(expected)}')
    for k, (host, device) in enumerate(zip(expected, actual)):
        where = f'{what} of {name}, array {k}'
        if host is None or device is None:
            assert host is None and device is None, (
                f'{where}: {device!r} instead of {host!r}')
            continue
        assert isinstance(device, cuda.ndarray), (
            f'{where} is a {type(device)}, not on the device')
        assert (device.dtype, device.shape) == (host.dtype, host.shape), (
            f'{where}: {device.dtype} {device.shape} instead of '
            f'{host.dtype} {host.shape}')
        if host.dtype.kind != 'f':
            numpy.testing.assert_array_equal(device.get(), host, where)
            continue
        tolerance = TOLERANCES[host.dtype.name]
        finite = numpy.abs(host[numpy.isfinite(host)].astype('d'))
        numpy.testing.assert_allclose(
            device.get().astype('d'), host.astype('d'), rtol=tolerance,
            atol=tolerance * max(1., finite.max(initial=0.)),
            err_msg=where)


def kind_of(function, in_data):
    return (type(function), function.label,
            tuple([(x.dtype, x.shape) for x in in_data]))


def on_host(arrays):
    return all([isinstance(x, numpy.ndarray) for x in arrays])


@contextlib.contextmanager
def mirror():
    """In this context functions have twins on the device."""
    run, backprop = chainer.Function._run, chainer.Function._backprop
    seen = {}

    def mirrored_run(self, in_data):
        outputs = run(self, in_data)
        if not on_host(in_data) or not on_host(outputs):
            return outputs
        if isinstance(self, copy_function.Copy):
            return outputs  # which are where they were asked to be
        kind = kind_of(self, in_data)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > REPETITIONS:
            return outputs
        # The test may have changed what it gave, by the time of backward.
        twin = twin_of(self)
        on_device = to_device(in_data)
        assert_same(self, 'forward', outputs, run(twin, on_device))
        twin.inputs = tuple([
            types.SimpleNamespace(data=x) for x in on_device])
        self._twin = twin
        return outputs

    def mirrored_backprop(self, out_grads):
        gxs = backprop(self, out_grads)
        twin = vars(self).get('_twin')
        if twin is not None and on_host(
                [g for g in out_grads if g is not None]):
            assert_same(self, 'backward', gxs,
                        backprop(twin, to_device(out_grads)))
        return gxs

    with mock.patch.multiple(chainer.Function, _run=mirrored_run,
                             _backprop=mirrored_backprop):
        yield


def mirrored(case):
    """A subclass of a test case whose tests run under :func:`mirror`."""
    def run(self, result=None):
        with mirror():
            return case.run(self, result)

    return attr.gpu(type(case)(case.__name__ + 'OnDevice', (case,), {
        'run': run, '__module__': case.__module__, '__doc__': case.__doc__}))


def mirrored_tests(file):
    """The test cases of the modules beside a file, under :func:`mirror`.

    Args:
        file (str): Path of the file, which is left out itself.

    Returns:
        dict: Test cases by names that are valid in one module.

    """
    cases = {}
    for path in sorted(pathlib.Path(file).parent.glob('test_*.py')):
        if path == pathlib.Path(file):
            continue
        spec = importlib.util.spec_from_file_location(
            f'on_device_{path.parent.name}_{path.stem}', path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # where parameterize looks for it
        spec.loader.exec_module(module)
        for name, case in vars(module).items():
            if isinstance(case, type) and issubclass(case, unittest.TestCase):
                cases[f'{path.stem}_{name}'] = mirrored(case)
    return cases
