"""The data side of the graph: arrays that remember where they came from."""
import heapq

import numpy

from chainer import cuda, flag
from chainer.utils import force

_array_types = numpy.ndarray, cuda.ndarray
_classes = frozenset(_array_types)  # a shorter way than isinstance


class Variable:
    """Array that remembers the computation it came from.

    A variable is made in one of two ways. The user makes one around an array:
    such a variable is a *root*. Or a function returns one: then it refers to
    that function as its :attr:`creator`, the function refers to its inputs,
    and following these references from a result leads back through the whole
    computation. That is the graph; nothing else is stored.

    :meth:`backward` walks it from the result to the roots, and leaves the
    gradient of the result in :attr:`grad` of each variable on the way.

    References lead backward only. Hence a graph is freed as soon as its last
    result is: no reference cycle has to be found by the garbage collector.
    :meth:`unchain_backward` cuts a graph by hand.

    A computation that will not be differentiated need not be remembered: what
    is computed from a variable whose :attr:`volatile` flag is ``ON`` has no
    creator, and intermediate results are freed at once.

    Args:
        data (numpy.ndarray or cupy.ndarray): The array.
        volatile (Flag): Volatility; ``'on'``, ``'off'``, ``'auto'`` or a
            boolean do as well.
        name (str): Name to show.
        grad (numpy.ndarray or cupy.ndarray): Gradient to start with.

    Attributes:
        data: The array.
        grad: Gradient of what :meth:`backward` was called on with respect to
            this variable: an array of the shape and type of ``data``, or
            ``None``.
        creator (Function): The function that returned this variable, ``None``
            for a root.
        volatile (Flag): Volatility. ``ON``: functions of this variable are
            not remembered. ``AUTO``: that depends on their other inputs.
        name (str): Name to show.
        rank (int): Length of the longest path from a root to this variable.

    Raises:
        TypeError: If ``data`` is not an array.

    .. admonition:: Example

       >>> import numpy as np
       >>> from chainer import Variable
       >>> x = Variable(np.array([5], dtype=np.float32))
       >>> y = x ** 2 - 2 * x + 1
       >>> y.data
       array([16.], dtype=float32)
       >>> y.backward()
       >>> x.grad
       array([8.], dtype=float32)

    """

    # NumPy leaves operators between its arrays and a Variable to the Variable.
    __array_priority__ = 200
    __array_ufunc__ = None

    def __init__(self, data, volatile=flag.OFF, name=None, grad=None):
        if type(data) not in _classes and not isinstance(data, _array_types):
            raise TypeError(
                f'a Variable holds a numpy.ndarray or cupy.ndarray, but got '
                f'{type(data)}: wrap numbers and lists with numpy.array')
        self.data = data
        self.rank = 0
        self._volatile = (
            volatile if type(volatile) is flag.Flag else flag.Flag(volatile))
        self.creator = None
        self.name = name
        self._grad = None
        if grad is not None:
            self.grad = grad

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, grad):
        if grad is not None:
            _check_grad(self, grad, None)
        self._grad = grad

    @property
    def volatile(self):
        return self._volatile

    @volatile.setter
    def volatile(self, volatile):
        self._volatile = flag.Flag(volatile)

    @property
    def shape(self):
        """Shape of the array."""
        return self.data.shape

    @property
    def ndim(self):
        """Number of dimensions of the array."""
        return self.data.ndim

    @property
    def size(self):
        """Number of elements of the array."""
        return self.data.size

    @property
    def dtype(self):
        """Data type of the array."""
        return self.data.dtype

    @property
    def label(self):
        """Short text that stands for the variable: its shape and type."""
        shape, dtype = self.data.shape, str(self.data.dtype)
        if shape == ():
            return dtype
        return f'({", ".join(map(str, shape))}), {dtype}'

    def __len__(self):
        """Returns the length of the first axis."""
        return len(self.data)

    def __iter__(self):
        """Iterates over the elements along the first axis, variables."""
        if self.data.ndim == 0:
            raise TypeError(f'{self!r} has no axis to iterate over')
        return (self[i] for i in range(len(self.data)))

    def __getstate__(self):
        # Copies and pickles are leaves. The graph stays behind: it may be
        # long, and a function holds its outputs by weak references.
        return dict(self.__dict__, creator=None, rank=0)

    def __repr__(self):
        name = f'{self.name} ' if self.name else ''
        return f'<variable {name}{self.label}>'

    def debug_print(self):
        """Returns a summary of the variable, several lines of text.

        It shows where the variable lives, its type, shape, volatility, the
        gradient, and the mean and standard deviation of both arrays.
        """
        where = 'CPU'
        if isinstance(self.data, cuda.ndarray):
            where = f'device {self.data.device.id}'
        grad = 'None' if self._grad is None else _statistics(self._grad)
        return '\n'.join((
            repr(self),
            f'- device: {where}',
            f'- volatile: {self._volatile}',
            f'- backend: {type(self.data)}',
            f'- shape: {self.data.shape}',
            f'- dtype: {self.data.dtype}',
            f'- statistics: {_statistics(self.data)}',
            f'- grad: {grad}'))

    # --------------------------------------------------------------------
    # Backpropagation
    # --------------------------------------------------------------------

    def set_creator(self, gen_func):
        """Makes a function the creator of this variable.

        Args:
            gen_func (Function): The function that returns this variable.

        """
        self.creator = gen_func
        self.rank = gen_func.rank + 1

    def backward(self, retain_grad=False):
        """Computes gradients by backpropagation from this variable.

        Functions are visited in the reverse order of the computation: the one
        of the highest rank first, so that the gradient of each variable is
        complete when it is used. The gradient of a variable used several
        times is the sum over its uses. Gradients of root variables add up
        over calls too: clear them first (see :meth:`cleargrad`).

        The gradient to start from is :attr:`grad`; a variable of one element
        may leave it out and starts from 1.

        Args:
            retain_grad (bool): Keep the gradients of intermediate variables.
                By default each of them is dropped once it has been used,
                which saves memory.

        Raises:
            ValueError: If there is no gradient to start from.
            RuntimeError: In debug mode, if a gradient is NaN.

        """
        if self.creator is None:
            return
        if self._grad is None:
            self._grad = _initial_grad(self)

        queue = _FunctionQueue()
        queue.push(self.creator)
        reached = set()
        # Variables whose gradient array may belong to somebody else as well:
        # a function may return one array for several inputs, or pass on the
        # one it got. Such an array must not be added to in place.
        shared = {}
        kept = [self]
        while queue.heap:
            function = queue.pop()
            outputs = [y() for y in function.outputs]
            gxs = function._backprop(tuple([
                None if y is None else y._grad for y in outputs]))
            if retain_grad:
                kept += [y for y in outputs if y is not None]
            else:
                _drop_grads(outputs, self, shared)
            for x, gx in zip(function.inputs, gxs):
                if gx is None:
                    continue
                if x.creator is not None:
                    queue.push(x.creator)
                    if id(x) not in reached:
                        # What an earlier backward() left here is obsolete.
                        reached.add(id(x))
                        x._grad = None
                _accumulate(x, gx, function, shared)
            # Nothing is kept alive while the next function runs.
            outputs = gxs = x = gx = None
        _separate_grads(self, kept, shared)

    def unchain_backward(self):
        """Cuts the graph behind this variable.

        All references from functions to their inputs and from variables to
        their creators, as far as they can be reached from here, are deleted;
        this variable becomes a root. Everything that nobody else refers to is
        freed. Backpropagation through time is truncated in this way.
        """
        functions = []
        seen = set()

        def push(function):
            if function is not None and function not in seen:
                functions.append(function)
                seen.add(function)

        push(self.creator)
        while functions:
            function = functions.pop()
            for x in function.inputs:
                push(x.creator)
            function.unchain()

    # --------------------------------------------------------------------
    # Gradients and data
    # --------------------------------------------------------------------

    def cleargrad(self):
        """Clears the gradient: sets it to ``None``."""
        self._grad = None

    def zerograd(self):
        """Fills the gradient with zeros; makes the array if there is none."""
        grad, data = self._grad, self.data
        with cuda.get_device(data):
            if (grad is None or grad.shape != data.shape or
                    grad.dtype != data.dtype):
                xp = cuda.get_array_module(data)
                self._grad = xp.zeros_like(data)
            else:
                grad.fill(0)

    def addgrad(self, var):
        """Adds the gradient of another variable to the gradient of this one.

        The two may live on different devices. If the other variable has no
        gradient, nothing happens.

        Args:
            var (Variable): Where the gradient comes from.

        Raises:
            TypeError: If ``var`` is not a variable.
            ValueError: If the shapes differ.

        """
        _check_variable(var)
        source = var._grad
        if source is None:
            return
        if source.shape != self.data.shape:
            raise ValueError(f'cannot add a gradient of shape {source.shape} '
                             f'to that of {self!r}')
        source = cuda.send(source, self.data)
        with cuda.get_device(self.data):
            if self._grad is None:
                _check_grad(self, source, None)
                # What was sent from elsewhere is a copy already.
                self._grad = source.copy() if source is var._grad else source
            else:
                self._grad += source

    def copydata(self, var):
        """Copies the array of another variable into the array of this one.

        The two may live on different devices.

        Args:
            var (Variable): Where the elements come from.

        Raises:
            TypeError: If ``var`` is not a variable.
            ValueError: If the shapes differ.

        """
        _check_variable(var)
        if var.data.shape != self.data.shape:
            raise ValueError(
                f'cannot copy data of shape {var.data.shape} into {self!r}')
        data, source = self.data, var.data
        if isinstance(data, cuda.ndarray) and isinstance(
                source, cuda.ndarray) and source.dtype == data.dtype:
            cuda.copy(source, out=data)
            return
        with cuda.get_device(data):
            data[...] = cuda.send(source, data)

    def to_cpu(self):
        """Moves the array and the gradient to host memory."""
        self.data = cuda.to_cpu(self.data)
        if self._grad is not None:
            self._grad = cuda.to_cpu(self._grad)

    def to_gpu(self, device=None):
        """Moves the array and the gradient to a device.

        Args:
            device: Device specifier. By default the current device.

        Raises:
            RuntimeError: If CuPy is missing.

        """
        if device is None:
            cuda.check_cuda_available()
            device = cuda.Device()
        self.data = cuda.send(self.data, device)
        if self._grad is not None:
            self._grad = cuda.send(self._grad, device)

    # --------------------------------------------------------------------
    # What a Variable does not do. Its arithmetic is installed by
    # chainer.functions.math.basic_math, which needs this module.
    # --------------------------------------------------------------------

    def _cannot_compare(self, other):
        raise NotImplementedError(
            'Variables cannot be compared: compare their data, x.data < '
            'y.data, or ask `x is y`')

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _cannot_compare

    def __bool__(self):
        raise NotImplementedError(
            'a Variable is neither true nor false: ask its data, or ask '
            '`x is not None`')

    __hash__ = object.__hash__


def _initial_grad(variable):
    if variable.data.size != 1:
        raise ValueError(
            f'cannot start backprop from {variable!r}: it has no gradient, '
            f'and {variable.data.size} elements. Set its grad first, or make '
            f'it a scalar, for example with F.sum')
    with cuda.get_device(variable.data):
        xp = cuda.get_array_module(variable.data)
        return xp.ones_like(variable.data)


class _FunctionQueue:
    """Functions to visit, each once, the one of the highest rank first."""

    def __init__(self):
        self.heap = []
        self.seen = set()

    def push(self, function):
        if function not in self.seen:
            # The heap pops the smallest item; the count settles ties.
            heapq.heappush(
                self.heap, (-function.rank, len(self.seen), function))
            self.seen.add(function)

    def pop(self):
        return heapq.heappop(self.heap)[2]


def _drop_grads(variables, root, shared):
    for y in variables:
        if y is not None and y is not root:
            y._grad = None
            shared.pop(id(y), None)


def _accumulate(x, gx, function, shared):
    """Adds an array that ``function`` returned to the gradient of ``x``."""
    data = x.data
    if (type(gx) is not type(data) or gx.shape != data.shape or
            gx.dtype != data.dtype):
        _check_grad(x, gx, function)
    if x._grad is None:
        x._grad = gx
        shared[id(x)] = x
    elif x._grad.shape != data.shape:
        raise ValueError(
            f'the gradient of {x!r} is left over from data of the shape '
            f'{x._grad.shape}: call cleargrad() when the shape has changed')
    else:
        device = cuda.device_to_enter(data)
        if device is None:
            _add(x, gx, shared)
        else:
            with device:
                _add(x, gx, shared)


def _add(x, gx, shared):
    if shared.pop(id(x), None) is not None:
        x._grad = force.force_array(x._grad + gx)
    else:
        x._grad += gx


def _separate_grads(root, kept, shared):
    """Gives each variable a gradient array of its own.

    Whoever changes one gradient in place, as optimizer hooks do, must not
    change another one.
    """
    owners = {id(_owner(y._grad)) for y in kept
              if y is root or id(y) not in shared and y._grad is not None}
    for x in shared.values():
        owner = id(_owner(x._grad))
        writeable = getattr(x._grad.flags, 'writeable', True)
        if x is not root and (owner in owners or not writeable):
            with cuda.get_device(x._grad):
                x._grad = x._grad.copy()
            owner = id(x._grad)
        owners.add(owner)


def _owner(array):
    """Returns the array whose memory an array is a view of."""
    while isinstance(array.base, _array_types):
        array = array.base
    return array


def _statistics(array):
    if array.dtype.kind not in 'biuf' or array.size == 0:
        return 'none'
    with numpy.errstate(all='ignore'), cuda.get_device(array):
        mean, std = float(array.mean()), float(array.std())
    return f'mean={mean:.8f}, std={std:.8f}'


def _check_variable(var):
    if not isinstance(var, Variable):
        raise TypeError(f'a Variable is wanted, but got {type(var)}')


def _check_grad(variable, grad, function):
    """Raises an error that says what is wrong with a gradient.

    ``function`` is the one that computed it, ``None`` if the user set it.
    """
    data = variable.data
    kind = numpy.ndarray if isinstance(data, numpy.ndarray) else cuda.ndarray
    if not isinstance(grad, kind):
        error, what = TypeError, f'is a {type(grad)}, not a {kind}'
    elif grad.dtype != data.dtype:
        error, what = TypeError, f'has the type {grad.dtype}, not {data.dtype}'
    elif grad.shape != data.shape:
        error, what = ValueError, f'has the shape {grad.shape}'
    elif kind is cuda.ndarray and grad.device != data.device:
        error = ValueError
        what = (f'is on device {grad.device.id}, not {data.device.id}: copy '
                f'it with cuda.copy(grad, out_device={data.device.id})')
    else:
        return
    message = f'the gradient of {variable!r} {what}'
    if function is not None:
        message += f'. It was returned by backward of {function.describe()}'
    raise error(message)
