import functools

from chainer import cuda, initializers, link
from chainer.functions.activation import lstm
from chainer.links.connection import linear, stateful
from chainer.utils import argument, type_check


class LSTMBase(link.Chain):
    """What LSTM layers have in common: two linear layers, and one step.

    Args:
        in_size (int): Size of an input vector. If it is ``None``, the first
            call determines it.
        out_size (int): Number of units: size of an output vector.
        lateral_init: Initial weights of the lateral connections, of shape
            ``(out_size, out_size)`` for each of the four gates: a callable
            that fills an array, an array or a number. By default they are
            drawn from a normal distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / n}`, where :math:`n` is the number of columns.
        upward_init: Initial weights of the upward connections, of shape
            ``(out_size, in_size)`` for each of the four gates.
        bias_init: Initial biases of the cell input, the input gate and the
            output gate, of shape ``(out_size,)`` each. ``None`` stands for 0.
        forget_bias_init: Initial biases of the forget gate.

    Attributes:
        upward (~chainer.links.Linear): From the input to the gates.
        lateral (~chainer.links.Linear): From the output of the step before to
            the gates; without biases.
        state_size (int): Number of units.

    """

    def __init__(self, in_size, out_size, lateral_init=None, upward_init=None,
                 bias_init=0, forget_bias_init=0):
        argument.check_sizes(1, out_size=out_size)
        bias = 0 if bias_init is None else bias_init
        forget_bias = 0 if forget_bias_init is None else forget_bias_init
        super().__init__(
            upward=linear.Linear(
                in_size, 4 * out_size,
                initialW=_each_gate(*[upward_init] * 4),
                initial_bias=_each_gate(bias, bias, forget_bias, bias)),
            lateral=linear.Linear(
                out_size, 4 * out_size, nobias=True,
                initialW=_each_gate(*[lateral_init] * 4)),
        )
        self.state_size = out_size

    # Errors about its arguments name the function; users know this name.
    __init__.__qualname__ = 'LSTM.__init__'

    def _step(self, c, h, x):
        """Returns cells and outputs after a step from ``c`` and ``h``."""
        with self._all_or_nothing():
            signal = self.upward(x)
            rows = len(signal)
            if h is not None:
                # Of the sequences that have ended nothing is computed.
                signal += self.lateral(h if len(h) == rows else h[:rows])
                rows = len(h)
            if c is None:
                c = stateful.zero_cells(rows, self.state_size, signal.data)
            return lstm.lstm(c, signal)


class StatelessLSTM(LSTMBase):
    """Fully-connected LSTM layer whose state is passed in and out.

    A step is

    .. math::
       c, h = \\mathrm{lstm}(c_{\\text{prev}},
           W_{\\text{upward}} x + b + W_{\\text{lateral}} h_{\\text{prev}}),

    see :func:`chainer.functions.lstm`. The arguments are those of
    :class:`LSTM`.

    Args:
        in_size (int): Size of an input vector. If it is ``None``, the first
            call determines it.
        out_size (int): Number of units: size of an output vector.
        lateral_init: Initial weights of the lateral connections.
        upward_init: Initial weights of the upward connections.
        bias_init: Initial biases of all gates but the forget gate.
        forget_bias_init: Initial biases of the forget gate.

    Attributes:
        upward (~chainer.links.Linear): From the input to the gates.
        lateral (~chainer.links.Linear): From the output of the step before to
            the gates; without biases.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.StatelessLSTM(3, 2)
       >>> c = h = None
       >>> for x in np.ones((10, 5, 3), 'f'):
       ...     c, h = layer(c, h, x)
       >>> h.shape
       (5, 2)

    """

    def __call__(self, c, h, x):
        """Runs one step.

        Args:
            c (Variable): Cells before the step, shape ``(B, out_size)``, or
                ``None`` for zeros.
            h (Variable): Output of the step before, shape ``(B, out_size)``,
                or ``None`` for zeros.
            x (Variable): Input, shape ``(N, in_size)``, ``N <= B``.

        Returns:
            tuple of Variable: The cells after the step, of the shape of ``c``,
            where only the first ``N`` rows are new; and the output, shape
            ``(N, out_size)``.

        """
        x = argument.as_variable(x, 'x')
        type_check.expect(type_check.Variable(x.ndim, 'x.ndim') >= 2)
        return self._step(
            _check_rows('c', c, x), _check_rows('h', h, x), x)


class LSTM(stateful.StatefulChain, LSTMBase):
    """Fully-connected LSTM layer that remembers its state.

    A step, which is a call of the layer, is

    .. math::
       c, h = \\mathrm{lstm}(c_{\\text{prev}},
           W_{\\text{upward}} x + b + W_{\\text{lateral}} h_{\\text{prev}}),

    see :func:`chainer.functions.lstm`. The layer keeps :math:`c` and
    :math:`h`, and with them the graph of all steps since
    :meth:`reset_state`, until it is cut with
    :meth:`Variable.unchain_backward() <chainer.Variable.unchain_backward>`.

    The four gates of a unit are adjacent rows of the weights: those of unit
    ``k`` are ``upward.W[4 * k]`` to ``upward.W[4 * k + 3]``, in the order cell
    input, input gate, forget gate, output gate.

    **Sequences of different lengths** can be run through in one minibatch if
    they are sorted from the longest to the shortest. When the short ones have
    ended, pass fewer rows: only the first ``len(x)`` rows of ``c`` and ``h``
    are updated. The others keep the states that those sequences ended with.

    Args:
        in_size (int): Size of an input vector. If it is ``None``, the first
            call determines it.
        out_size (int): Number of units: size of an output vector.
        lateral_init: Initial weights of the lateral connections, of shape
            ``(out_size, out_size)`` for each of the four gates: a callable
            that fills an array, an array or a number. By default they are
            drawn from a normal distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / n}`, where :math:`n` is the number of columns.
        upward_init: Initial weights of the upward connections, of shape
            ``(out_size, in_size)`` for each of the four gates.
        bias_init: Initial biases of the cell input, the input gate and the
            output gate, of shape ``(out_size,)`` each. By default 0.
        forget_bias_init: Initial biases of the forget gate. By default 0; a
            larger number makes the cells keep their values for longer.

    Attributes:
        upward (~chainer.links.Linear): From the input to the gates.
        lateral (~chainer.links.Linear): From the output of the step before to
            the gates; without biases.
        c (Variable): Cells, shape ``(B, out_size)``; ``None`` at the start.
        h (Variable): Outputs of the step before, shape ``(B, out_size)``;
            ``None`` at the start.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.LSTM(3, 2, forget_bias_init=1)
       >>> layer.reset_state()
       >>> for x in np.ones((10, 5, 3), 'f'):
       ...     y = layer(x)
       >>> y.shape
       (5, 2)

    """

    state_names = 'c', 'h'

    def __init__(self, in_size, out_size, **kwargs):
        super().__init__(in_size, out_size, **kwargs)

    def set_state(self, c, h):
        """Sets the state.

        It is moved to where the link is: host memory or a device.

        Args:
            c (Variable): New cells, shape ``(B, out_size)``.
            h (Variable): New outputs of the step before, of the same shape.

        Raises:
            TypeError: If one is not a variable.
            ValueError: If the shapes are wrong.

        """
        self._set_state(c=c, h=h)

    def __call__(self, x):
        """Runs one step, and updates the state.

        Args:
            x (Variable): Input, shape ``(N, in_size)``, where ``N`` is not
                larger than in the step before.

        Returns:
            Variable: Output, shape ``(N, out_size)``.

        Raises:
            chainer.utils.type_check.InvalidType: If ``x`` has more rows than
                the state, or a wrong size.
            ValueError: If ``x`` is volatile and the state is not, or the
                other way round.

        """
        self._check_state(x)
        c, h = self._step(self.c, self.h, x)
        self.c = c
        self._update_state(h=h)
        return h


def _check_rows(name, state, x):
    """Returns a state as a variable, with a row for each of ``x``."""
    if state is None:
        return None
    state = argument.as_variable(state, name)
    type_check.expect(
        type_check.Variable(state.ndim, f'{name}.ndim') == 2)
    type_check.expect(
        type_check.Variable(state.shape, f'{name}.shape')[0] >=
        type_check.Variable(x.shape, 'x.shape')[0])
    return state


def _each_gate(*inits):
    """Returns an initializer made of those of the gates a, i, f, o."""
    return functools.partial(_initialize_gates, inits=inits)


def _initialize_gates(array, inits):
    by_unit = array.reshape((len(array) // 4, 4) + array.shape[1:])
    with cuda.get_device(array):
        xp = cuda.get_array_module(array)
        # What is initialized is contiguous, so that a function may flatten it.
        rows = xp.empty(by_unit[:, 0].shape, array.dtype)
    for gate, init in enumerate(inits):
        initializers.init_weight(rows, init)
        by_unit[:, gate] = rows
