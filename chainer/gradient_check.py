"""Tests of backward implementations against finite differences."""
import inspect

import numpy

from chainer import cuda, variable
from chainer.functions.math import identity
from chainer.testing import array
from chainer.utils import force

assert_allclose = array.assert_allclose


def numerical_grad(f, inputs, grad_outputs, eps=0.001):
    """Computes gradients by central differences.

    For each element :math:`x` of each input, it computes

    .. math::
       \\sum_k g_k \\cdot
           \\frac{y_k(x + \\epsilon) - y_k(x - \\epsilon)}{2 \\epsilon}

    where :math:`y_k` are the elements of the outputs of ``f`` and :math:`g_k`
    those of ``grad_outputs``. The outputs are summed in double precision, and
    the divisor is the step that the input really made in its own precision.

    Args:
        f (callable): Function without arguments that computes a tuple of
            arrays from the current contents of ``inputs``.
        inputs (tuple of arrays): Floating-point arrays that ``f`` depends on.
            Their elements are changed one at a time, and restored, also if
            ``f`` raises an exception.
        grad_outputs (tuple of arrays): Gradients of the outputs, each an array
            of the shape of its output, a number, or ``None`` for an output
            to ignore.
        eps (float): Step.

    Returns:
        tuple of arrays: Gradients, each of the shape and type of its input.

    Raises:
        TypeError: If an input is not a floating-point array or ``f`` does not
            return a tuple of arrays.
        ValueError: If ``grad_outputs`` does not fit the outputs, or the step
            vanishes in the precision of an input.

    .. admonition:: Example

       >>> import numpy
       >>> from chainer import gradient_check
       >>> x = numpy.array([1, 2, 3], 'd')
       >>> gx, = gradient_check.numerical_grad(
       ...     lambda: (x * x,), (x,), (numpy.ones(3),))
       >>> numpy.allclose(gx, 2 * x)
       True

    """
    for i, x in enumerate(inputs):
        if not _is_float_array(x):
            raise TypeError(f'inputs[{i}] must be a floating-point array, but '
                            f'got {_describe(x)}')
    grads = []
    for x in inputs:
        with cuda.get_device(x):
            grads.append(_numerical_grad(f, x, grad_outputs, eps))
    return tuple(grads)


def check_backward(func, x_data, y_grad, params=(), eps=0.001, atol=1e-5,
                   rtol=1e-4, no_grads=None, dtype=None):
    """Asserts that gradients by backprop equal those by finite differences.

    It computes outputs with ``func``, sets their gradients to ``y_grad``, runs
    :meth:`Variable.backward() <chainer.Variable.backward>`, and compares the
    gradient of each input and parameter, element by element, with
    :func:`numerical_grad`.

    ``func`` runs twice for each element of the inputs and parameters, so that
    it must compute the same each time. It may be an instance of
    :class:`~chainer.Function`, which is applied again each time.

    Args:
        func (callable): Function, link or Python function that takes
            variables and returns a variable or a tuple of variables.
        x_data (array or tuple of arrays): Inputs. Those that are not
            floating-point arrays must not get a gradient.
        y_grad (array, tuple of arrays or None): Gradients of the outputs,
            ``None`` for an output that has none. ``None`` in place of all
            stands for 1, the gradient of a loss, which is a scalar.
        params (Variable or tuple of Variable): Parameters that ``func``
            depends on, whose gradients are checked as well. They are left
            with the gradients of this backprop. With ``dtype``, name all
            parameters, as functions do not like mixed types.
        eps (float): Step of finite differences.
        atol (float): Absolute tolerance.
        rtol (float): Tolerance relative to the finite differences.
        no_grads (list of bool): ``True`` for each input whose gradient is not
            to be checked.
        dtype (dtype): Floating-point type in which the finite differences are
            computed: inputs and parameters are cast to it. With
            ``numpy.float64`` they are precise for any type of the inputs.

    Raises:
        AssertionError: If a gradient is wrong. The message names the input.
        TypeError: If a gradient in ``y_grad`` has another type than its
            output, or ``backward`` returns one of a wrong type.
        ValueError: If numbers or shapes of the arguments do not fit each
            other, ``dtype`` is not a floating-point type, or ``backward``
            returns a gradient of a wrong shape.

    .. admonition:: Example

       >>> import numpy
       >>> import chainer.functions as F
       >>> from chainer import gradient_check
       >>> x = numpy.array([[-1, 2], [3, -4]], 'f')
       >>> gy = numpy.ones((2, 2), 'f')
       >>> gradient_check.check_backward(F.relu, x, gy, dtype='d')

    """
    x_data, params = _as_tuple(x_data), _as_tuple(params)
    checked = _inputs_to_check(x_data, no_grads)
    checked += range(len(x_data), len(x_data) + len(params))
    if dtype is not None and numpy.dtype(dtype).kind != 'f':
        raise ValueError(f'dtype must be a floating-point type or None, but '
                         f'got {dtype!r}')
    names = _names(func, x_data, params)

    grads, y_grad = _backprop(func, x_data, y_grad, params)
    for i, x in enumerate(x_data):
        if not _is_float_array(x) and grads[i] is not None:
            raise AssertionError(f'{names[i]} is {_describe(x)}, but backward '
                                 f'gave it a gradient: it must return None')

    expected_grads = _differentiate_numerically(
        func, x_data, y_grad, params, checked, eps, dtype)
    for i, expected in zip(checked, expected_grads, strict=True):
        _assert_grad(names[i], grads[i], expected, atol, rtol)


# ------------------------------------------------------------------------
# Finite differences
# ------------------------------------------------------------------------

def _numerical_grad(f, x, grad_outputs, eps):
    """Computes the gradient of one input."""
    gx = numpy.empty(x.shape, x.dtype)
    for index in numpy.ndindex(x.shape):
        original = x[index].copy()
        center = float(original)
        try:
            x[index] = center + eps
            above = float(x[index])
            ys_above = _outputs(f, grad_outputs)
            x[index] = center - eps
            below = float(x[index])
            ys_below = _outputs(f, grad_outputs)
        finally:
            x[index] = original
        if above == below:
            raise ValueError(
                f'the step eps={eps} vanishes beside the element {center} of '
                f'an input of {x.dtype}: use a larger step, or double '
                f'precision')
        change = sum(_weighted_sum(y1 - y0, gy) for y1, y0, gy
                     in zip(ys_above, ys_below, grad_outputs, strict=True)
                     if gy is not None)
        gx[index] = change / (above - below)
    return cuda.get_array_module(x).asarray(gx)


def _outputs(f, grad_outputs):
    """Runs ``f``, and copies its outputs to double precision on the CPU.

    Without the copies they would change with the input that they may share
    memory with. An output without a gradient is not needed: it is ``None``.
    """
    ys = f()
    if not isinstance(ys, (tuple, list)):
        raise TypeError(f'f must return a tuple of arrays, but it returned '
                        f'{_describe(ys)}')
    if len(ys) != len(grad_outputs):
        raise ValueError(f'f returned {len(ys)} outputs, but there are '
                         f'{len(grad_outputs)} grad_outputs')
    return [None if gy is None else _to_double(y)
            for y, gy in zip(ys, grad_outputs, strict=True)]


def _weighted_sum(y, gy):
    gy = _to_double(gy)
    if gy.shape not in ((), y.shape):
        raise ValueError(f'a gradient of shape {gy.shape} does not fit its '
                         f'output, which has the shape {y.shape}')
    return float((y * gy).sum())


def _to_double(x):
    return cuda.to_cpu(force.force_array(x)).astype(numpy.float64)


# ------------------------------------------------------------------------
# Steps of check_backward
# ------------------------------------------------------------------------

def _inputs_to_check(x_data, no_grads):
    """Returns the positions of the inputs whose gradients are checked."""
    if no_grads is None:
        no_grads = [False] * len(x_data)
    if len(no_grads) != len(x_data):
        raise ValueError(f'no_grads has {len(no_grads)} flags for '
                         f'{len(x_data)} inputs')
    return [i for i, x in enumerate(x_data)
            if _is_float_array(x) and not no_grads[i]]


def _names(func, x_data, params):
    """Returns what to call the inputs and the parameters in messages."""
    known = [*getattr(func, 'argument_names', ())] or _parameter_names(func)
    known += [None] * (len(x_data) - len(known))
    inputs = [f'input {i}' + (f' ({known[i]})' if known[i] else '')
              for i in range(len(x_data))]
    return inputs + [f'params[{i}]' + (f' ({p.name})' if p.name else '')
                     for i, p in enumerate(params)]


def _parameter_names(func):
    try:
        parameters = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        # Not everything that can be called knows its parameters.
        return []
    return [p.name for p in parameters
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _backprop(func, x_data, y_grad, params):
    """Runs backprop through ``func``, and forgets the graph.

    Returns:
        Copies of the gradients of inputs and parameters, in host memory, and
        the tuple of the gradients of the outputs.

    """
    xs = tuple(variable.Variable(x) for x in x_data)
    for p in params:
        p.cleargrad()
    ys = _as_tuple(func(*xs))
    for y in ys:
        if not isinstance(y, variable.Variable):
            raise TypeError(f'func must return Variables, but it returned '
                            f'{_describe(y)}')
    # One function behind all outputs: one backward reaches each of them.
    ys = _as_tuple(identity.identity(*ys))
    y_grad = _complete_y_grad(y_grad, ys)
    for y, gy in zip(ys, y_grad, strict=True):
        y.grad = gy
    [y for y in ys if y.grad is not None][0].backward()
    grads = [None if v.grad is None else cuda.to_cpu(v.grad).copy()
             for v in xs + params]
    return grads, y_grad


def _complete_y_grad(y_grad, ys):
    if y_grad is None:
        if len(ys) != 1 or ys[0].data.size != 1:
            raise ValueError(f'without y_grad, func must return one scalar, '
                             f'but it returned {ys}')
        return cuda.get_array_module(ys[0].data).ones_like(ys[0].data),
    y_grad = _as_tuple(y_grad)
    if len(y_grad) != len(ys):
        raise ValueError(f'y_grad has {len(y_grad)} gradients, but func '
                         f'returned {len(ys)} outputs')
    if all(gy is None for gy in y_grad):
        raise ValueError('y_grad has no gradient but None: there is nothing '
                         'to check')
    return y_grad


def _differentiate_numerically(func, x_data, y_grad, params, checked, eps,
                               dtype):
    """Returns numerical gradients of what is to be checked.

    The positions in ``checked`` count the inputs, then the parameters.
    """
    def cast(x):
        with cuda.get_device(x):
            return x.astype(x.dtype if dtype is None else dtype)

    xs = [cast(x) if _is_float_array(x) else x for x in x_data]
    original_params = [p.data for p in params]
    try:
        for p in params:
            p.data = cast(p.data)

        def f():
            ys = func(*[variable.Variable(x) for x in xs])
            return tuple(y.data for y in _as_tuple(ys))

        arrays = xs + [p.data for p in params]
        return numerical_grad(
            f, [arrays[i] for i in checked], y_grad, eps)
    finally:
        for p, data in zip(params, original_params, strict=True):
            p.data = data


def _assert_grad(name, grad, expected, atol, rtol):
    if grad is None:
        raise AssertionError(
            f'{name} got no gradient; by finite differences it is\n{expected}'
            f'\nIf it shall have none, say so with no_grads')
    try:
        assert_allclose(grad, expected, atol=atol, rtol=rtol)
    except AssertionError as error:
        raise AssertionError(
            f'the gradient of {name} is wrong: x, by backprop, differs from '
            f'y, by finite differences.{error}') from None


def _as_tuple(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _is_float_array(x):
    return (isinstance(x, (numpy.ndarray, cuda.ndarray)) and
            x.dtype.kind == 'f')


def _describe(x):
    if isinstance(x, (numpy.ndarray, cuda.ndarray)):
        return f'an array of {x.dtype}'
    return f'a {type(x).__name__}'
