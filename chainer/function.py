"""The operation side of the graph: functions and their hooks."""
import os
import traceback
import weakref

import numpy

from chainer import cuda, flag, mode, variable
from chainer.utils import places, type_check


class Function:
    """Differentiable operation on variables, and a node of the graph.

    A subclass says how to compute outputs from inputs, in :meth:`forward`, and
    gradients of the inputs from gradients of the outputs, in
    :meth:`backward`; both work on tuples of arrays. Calling an instance with
    variables does the rest: it checks types, runs ``forward`` on the arrays,
    wraps the results into variables, and links them to the instance, which in
    turn refers to its inputs::

        x <--- f <--- y          after  y = f(x)

    :meth:`Variable.backward() <chainer.Variable.backward>` follows these
    links.

    An instance is one node of one graph. It cannot be applied again while
    results of its former application exist; for a second application make
    another one, or a ``copy.copy`` of one that was not applied yet. Wrapping
    the construction into a function, ``def relu(x): return ReLU()(x)``, makes
    this a matter of course. For the same reason a function has no
    parameters: these live in a :class:`~chainer.Link`.

    Where CPU and device need different code, override
    :meth:`forward_cpu`, :meth:`forward_gpu`, :meth:`backward_cpu` and
    :meth:`backward_gpu` instead.

    Attributes:
        inputs (tuple of Variable): The inputs, ``None`` while the function
            is not part of a graph.
        outputs (tuple of weakref.ref): Weak references to the outputs: a
            graph lives as long as its results, not as long as its functions.
        rank (int): Length of the longest path from a root to this function.
        argument_names (tuple of str): What the inputs are called in error
            messages. A subclass with several inputs sets it.
        type_check_enable (bool): Whether :meth:`check_type_forward` runs.
            The environment variable ``CHAINER_TYPE_CHECK=0``, read when
            Chainer is imported, turns it off.

    .. admonition:: Example

       >>> import numpy as np
       >>> from chainer import Function, Variable
       >>> class MulAdd(Function):
       ...     def forward(self, inputs):
       ...         x, y, z = inputs
       ...         return x * y + z,
       ...     def backward(self, inputs, grad_outputs):
       ...         x, y, z = inputs
       ...         gw, = grad_outputs
       ...         return y * gw, x * gw, gw
       >>> x, y, z = [Variable(np.array([i], 'f')) for i in (2, 3, 4)]
       >>> w = MulAdd()(x, y, z)
       >>> w.backward()
       >>> w.data, x.grad
       (array([10.], dtype=float32), array([3.], dtype=float32))

    """

    # Subclasses seldom call __init__ of this class, so it has none.
    inputs = None
    outputs = ()
    rank = 0
    argument_names = ()
    type_check_enable = os.environ.get('CHAINER_TYPE_CHECK', '1') != '0'
    _stack = None
    _local_function_hooks = None

    def __call__(self, *inputs):
        """Applies the function to variables.

        Args:
            inputs: Variables or arrays. An array is wrapped into a variable
                whose volatility is ``AUTO``. Volatile and non-volatile inputs
                cannot be mixed.

        Returns:
            Variable, or tuple of Variable if :meth:`forward` returns several
            arrays.

        Raises:
            chainer.utils.type_check.InvalidType: If the inputs do not have
                the types that the function expects.
            ValueError: If volatile and non-volatile inputs are mixed, or the
                inputs are on several devices.
            RuntimeError: If the instance is part of a graph already, or, in
                debug mode, if an output is NaN.
            TypeError: If ``forward`` does not return a tuple of arrays, or
                the inputs are partly in host memory, partly on a device.

        """
        inputs = tuple([
            x if isinstance(x, variable.Variable)
            else variable.Variable(x, flag.AUTO) for x in inputs])
        in_data = tuple([x.data for x in inputs])
        volatile = self._aggregate_volatility(inputs)
        if len(in_data) > 1 and not _together(in_data):
            self._check_one_place(inputs, in_data)
        if self.outputs:
            self._check_unused()
        if mode.is_debug():
            self._stack = traceback.extract_stack()[:-1]
        if self.type_check_enable:
            self._check_types(inputs, in_data)

        outputs = self._run(in_data)

        try:
            results = tuple([variable.Variable(y, volatile) for y in outputs])
        except TypeError as error:
            raise TypeError(
                f'forward of {type(self).__name__}: {error}') from None
        if volatile is not flag.ON:
            self.inputs = inputs
            rank = 0
            for x in inputs:
                if x.rank > rank:
                    rank = x.rank
            self.rank = rank
            for y in results:
                y.creator = self
                y.rank = rank + 1
            self.outputs = tuple([weakref.ref(y) for y in results])
        return results[0] if len(results) == 1 else results

    @property
    def label(self):
        """Short text that stands for the function: the name of its class.

        Functions with settings worth knowing override it.
        """
        return type(self).__name__

    @property
    def stack(self):
        """Where the function was called: the stack, as :mod:`traceback` has
        it. ``None`` unless it was called in debug mode.
        """
        return self._stack

    def describe(self):
        """Returns the text that names this function in an error message."""
        name = type(self).__name__
        text = name if self.label == name else f'{name} ({self.label})'
        if self._stack is None:
            return (f'{text}. After chainer.set_debug(True) this message also '
                    f'shows where it was called')
        calls = ''.join(traceback.format_list(self._stack))
        return f'{text}, which was called here:\n{calls}'

    # --------------------------------------------------------------------
    # To be overridden
    # --------------------------------------------------------------------

    def check_type_forward(self, in_types):
        """Checks the types of the inputs; does nothing by default.

        It is called before :meth:`forward`. Subclasses state what they expect
        with :func:`chainer.utils.type_check.expect`.

        Args:
            in_types (chainer.utils.type_check.TypeInfoTuple): Types of the
                inputs.

        """

    def forward(self, inputs):
        """Computes the outputs.

        By default it calls :meth:`forward_gpu` if the inputs are CuPy arrays,
        else :meth:`forward_cpu`. The device of the inputs is current.

        Args:
            inputs (tuple of arrays): Arrays of the input variables.

        Returns:
            tuple of arrays: Outputs; a tuple also if there is only one.

        """
        if inputs and isinstance(inputs[0], cuda.ndarray):
            return self.forward_gpu(inputs)
        return self.forward_cpu(inputs)

    def forward_cpu(self, inputs):
        """Computes the outputs with NumPy. See :meth:`forward`."""
        raise NotImplementedError(
            f'{type(self).__name__} has no forward for the CPU: define '
            f'forward(self, inputs) or forward_cpu(self, inputs)')

    def forward_gpu(self, inputs):
        """Computes the outputs with CuPy. See :meth:`forward`."""
        raise NotImplementedError(
            f'{type(self).__name__} has no forward for devices: define '
            f'forward(self, inputs) or forward_gpu(self, inputs)')

    def backward(self, inputs, grad_outputs):
        """Computes gradients of the inputs from gradients of the outputs.

        By default it calls :meth:`backward_gpu` if the inputs are CuPy arrays,
        else :meth:`backward_cpu`. The device of the inputs is current. It may
        be called several times after one ``forward``.

        Args:
            inputs (tuple of arrays): Arrays of the input variables.
            grad_outputs (tuple of arrays): Gradients of the outputs. ``None``
                for an output that nothing was computed from.

        Returns:
            tuple of arrays: Gradients of the inputs, each of its input's
            shape and type, or ``None`` where the function is not
            differentiable. They may share memory with ``grad_outputs``.

        """
        if inputs and isinstance(inputs[0], cuda.ndarray):
            return self.backward_gpu(inputs, grad_outputs)
        return self.backward_cpu(inputs, grad_outputs)

    def backward_cpu(self, inputs, grad_outputs):
        """Computes gradients with NumPy. See :meth:`backward`.

        By default the function is not differentiable.
        """
        return (None,) * len(inputs)

    def backward_gpu(self, inputs, grad_outputs):
        """Computes gradients with CuPy. See :meth:`backward`.

        By default the function is not differentiable.
        """
        return (None,) * len(inputs)

    # --------------------------------------------------------------------
    # Graph and hooks
    # --------------------------------------------------------------------

    def unchain(self):
        """Takes this function out of the graph.

        Its outputs become roots, and it lets go of its inputs.
        """
        for ref in self.outputs:
            y = ref()
            if y is not None:
                y.creator = None
        self.inputs = None
        self.outputs = ()

    @property
    def local_function_hooks(self):
        """Ordered dictionary of the hooks of this function alone.

        The hooks of all functions are in ``chainer.thread_local``, see
        :func:`chainer.get_function_hooks`.
        """
        if self._local_function_hooks is None:
            self._local_function_hooks = {}
        return self._local_function_hooks

    def add_hook(self, hook, name=None):
        """Registers a hook that is called for this function alone.

        Args:
            hook (FunctionHook): The hook.
            name (str): Name of the registration. By default ``hook.name``.

        Raises:
            TypeError: If ``hook`` is not a
                :class:`~chainer.function.FunctionHook`.
            KeyError: If the name is taken.

        """
        if not isinstance(hook, FunctionHook):
            raise TypeError(f'a hook of a function is a FunctionHook, but got '
                            f'{type(hook)}')
        name = hook.name if name is None else name
        if name in self.local_function_hooks:
            raise KeyError(f'a hook named {name!r} is registered already: '
                           f'pass another name')
        self.local_function_hooks[name] = hook

    def delete_hook(self, name):
        """Removes a hook that :meth:`add_hook` registered.

        Args:
            name (str): Name of the registration.

        """
        if name not in self.local_function_hooks:
            raise KeyError(f'no hook named {name!r} is registered; there are '
                           f'{list(self.local_function_hooks)}')
        del self.local_function_hooks[name]

    def _hooks(self):
        everywhere = mode.thread_local.function_hooks
        if not everywhere and not self._local_function_hooks:
            return ()
        # A local hook takes the place of one of its name.
        return {**(everywhere or {}),
                **(self._local_function_hooks or {})}.values()

    # --------------------------------------------------------------------
    # One application, and its way back
    # --------------------------------------------------------------------

    def _run(self, in_data):
        hooks = self._hooks()
        for hook in hooks:
            hook.forward_preprocess(self, in_data)
        device = cuda.device_to_enter(in_data[0]) if in_data else None
        try:
            if device is None:
                outputs = self.forward(in_data)
            else:
                with device:
                    outputs = self.forward(in_data)
        except Exception as error:
            places.add_note(
                error, f'It happened in forward of {self.describe()}')
            raise
        for hook in hooks:
            hook.forward_postprocess(self, in_data)
        if type(outputs) is not tuple:
            raise TypeError(
                f'forward of {type(self).__name__} returned a '
                f'{type(outputs).__name__}; it must return a tuple of arrays, '
                f'also if there is only one: `return y,`')
        if mode.is_debug():
            self._check_no_nan(outputs, 'forward')
        return outputs

    def _backprop(self, out_grads):
        """Returns gradients of the inputs, one for each or ``None``."""
        in_data = tuple([x.data for x in self.inputs])
        hooks = self._hooks()
        for hook in hooks:
            hook.backward_preprocess(self, in_data, out_grads)
        device = cuda.device_to_enter(in_data[0]) if in_data else None
        try:
            if device is None:
                gxs = self.backward(in_data, out_grads)
            else:
                with device:
                    gxs = self.backward(in_data, out_grads)
        except Exception as error:
            places.add_note(error, self._explain_backward(in_data, out_grads))
            raise
        for hook in hooks:
            hook.backward_postprocess(self, in_data, out_grads)
        if type(gxs) is not tuple or len(gxs) != len(in_data):
            self._check_count(gxs)
        if mode.is_debug():
            self._check_no_nan(gxs, 'backward')
        return gxs

    def _check_one_place(self, inputs, in_data):
        device_ids = {int(cuda.get_device(x)) for x in in_data}
        if len(device_ids) == 1:
            return  # in host memory, and of several subclasses
        where = ', '.join(
            f'{name} is {places.name_of(x)}'
            for name, x in zip(self._names(inputs), in_data))
        raise (TypeError if -1 in device_ids else ValueError)(
            f'inputs of {type(self).__name__} are in different places: '
            f'{where}. Move them to one: models with model.to_gpu(device) or '
            f'to_cpu(), arrays with cuda.to_gpu(array, device) or to_cpu, '
            f'and what gradients have to pass with F.copy(x, device)')

    def _explain_backward(self, in_data, out_grads):
        text = f'It happened in backward of {self.describe()}'
        inputs = [places.name_of(x) for x in in_data]
        grads = [places.name_of(g) for g in out_grads if g is not None]
        if len(set(inputs + grads)) == 1:
            return text
        return (f'{text}\nIts inputs are {", ".join(inputs)}; the gradients '
                f'of its outputs are {", ".join(grads)}')

    def _check_count(self, gxs):
        if not isinstance(gxs, (tuple, list)):
            raise TypeError(
                f'backward returned a {type(gxs).__name__}; it must return a '
                f'tuple of arrays, also if there is only one: `return gx,`. '
                f'It belongs to {self.describe()}')
        if len(gxs) != len(self.inputs):
            raise ValueError(
                f'backward returned {len(gxs)} gradients for '
                f'{len(self.inputs)} inputs of {self.describe()}')

    def _aggregate_volatility(self, inputs):
        # What flag.aggregate_flags does, at the cost that every call can bear.
        result = flag.AUTO
        for x in inputs:
            volatile = x._volatile
            if volatile is flag.AUTO or volatile is result:
                continue
            if result is not flag.AUTO:
                self._refuse_mix(inputs)
            result = volatile
        return result

    def _refuse_mix(self, inputs):
        try:
            flag.aggregate_flags([x.volatile for x in inputs])
        except ValueError as error:
            names = ', '.join(
                f'{name} is {x.volatile}'
                for name, x in zip(self._names(inputs), inputs))
            raise ValueError(
                f'{error}. Inputs of {type(self).__name__}: {names}') from None

    def _check_unused(self):
        if any(ref() is not None for ref in self.outputs):
            raise RuntimeError(
                f'this {type(self).__name__} is part of a graph already. A '
                f'function instance can be applied only once: construct '
                f'another one, or make a copy.copy() before the first '
                f'application')

    def _check_types(self, inputs, in_data):
        try:
            self.check_type_forward(type_check.PlainTypes(in_data))
        except Exception:
            # Something is wrong, or the check does more than plain values
            # allow: the same check on expressions finds out, and explains.
            self._explain_types(inputs, in_data)

    def _explain_types(self, inputs, in_data):
        in_types = type_check.get_types(in_data, 'in_types', False)
        try:
            self.check_type_forward(in_types)
        except type_check.InvalidType as error:
            lines = [str(error), '', f'Inputs of {self.label}:']
            remedy = error.remedy
            for i, name in enumerate(self._names(inputs)):
                x = in_data[i]
                lines.append(f'  in_types[{i}] is {name}: {x.dtype} of shape '
                             f'{x.shape}')
                if remedy is not None:
                    remedy = remedy.replace(f'in_types[{i}]', name)
            if remedy is not None:
                lines.append(f'Hint: {remedy}')
            raise type_check.InvalidType(
                error.expect, error.actual, '\n'.join(lines),
                remedy) from None

    def _names(self, inputs):
        """Returns what to call the inputs in error messages."""
        names = list(self.argument_names[:len(inputs)])
        if not names and len(inputs) == 1:
            names = ['x']
        return names + [x.name or f'argument {i + 1}' for i, x in
                        list(enumerate(inputs))[len(names):]]

    def _check_no_nan(self, arrays, direction):
        for x in arrays:
            # What is no array is complained about when it is used.
            if getattr(x, 'dtype', numpy.dtype('O')).kind != 'f':
                continue
            with cuda.get_device(x):
                if cuda.get_array_module(x).isnan(x).any():
                    raise RuntimeError(
                        f'NaN is detected on {direction} computation of '
                        f'{self.describe()}')


def _together(arrays):
    """Tells quickly whether arrays are in one place.

    It says no to what only needs a closer look.
    """
    kind = type(arrays[0])
    for x in arrays:
        if type(x) is not kind:
            return False
    return kind is not cuda.ndarray or cuda.on_one_device(arrays)


class FunctionHook:
    """Something that is called before and after each function runs.

    A hook is in force within a ``with`` statement, for all functions called
    or backpropagated there by the same thread; or it is registered to a single
    function with :meth:`chainer.Function.add_hook`. A subclass overrides any
    of the four methods, which do nothing by default.

    Attributes:
        name (str): Name of the hook. No two hooks of one name can be in force
            at a time.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer
       >>> import chainer.functions as F
       >>> class Names(chainer.function.FunctionHook):
       ...     def forward_preprocess(self, function, in_data):
       ...         print(function.label)
       >>> with Names():
       ...     y = F.relu(chainer.Variable(np.zeros((1, 2), 'f')))
       ReLU

    """

    name = 'FunctionHook'

    def __enter__(self):
        """Puts the hook in force for all functions of this thread.

        Raises:
            KeyError: If a hook of this name is in force already.

        """
        hooks = mode.get_function_hooks()
        if self.name in hooks:
            raise KeyError(f'a hook named {self.name!r} is in force already')
        hooks[self.name] = self
        return self

    def __exit__(self, *_):
        """Takes the hook out of force."""
        del mode.get_function_hooks()[self.name]

    def forward_preprocess(self, function, in_data):
        """Called before ``forward``.

        Args:
            function (Function): The function.
            in_data (tuple of arrays): Its inputs.

        """

    def forward_postprocess(self, function, in_data):
        """Called after ``forward``.

        Args:
            function (Function): The function.
            in_data (tuple of arrays): Its inputs.

        """

    def backward_preprocess(self, function, in_data, out_grad):
        """Called before ``backward``.

        Args:
            function (Function): The function.
            in_data (tuple of arrays): Its inputs.
            out_grad (tuple of arrays): Gradients of its outputs.

        """

    def backward_postprocess(self, function, in_data, out_grad):
        """Called after ``backward``.

        Args:
            function (Function): The function.
            in_data (tuple of arrays): Its inputs.
            out_grad (tuple of arrays): Gradients of its outputs.

        """
