import functools

from chainer.functions.activation import sigmoid, tanh
from chainer.functions.array import reshape, separate
from chainer.links.connection import linear, stateful
from chainer.utils import argument


class StatefulPeepholeLSTM(stateful.StatefulChain):
    """Fully-connected LSTM layer with peephole connections.

    The gates see the cells, too. A step, which is a call of the layer, is

    .. math::
       a &= \\tanh(s_a), \\\\
       i &= \\sigma(s_i + W_{\\text{peep\\_i}} c), \\\\
       f &= \\sigma(s_f + W_{\\text{peep\\_f}} c), \\\\
       c' &= a \\odot i + f \\odot c, \\\\
       o &= \\sigma(s_o + W_{\\text{peep\\_o}} c'), \\\\
       h' &= o \\odot \\tanh(c'),

    where :math:`\\sigma` is the sigmoid, :math:`\\odot` the elementwise
    product, and the signal :math:`s = W_{\\text{upward}} x + b +
    W_{\\text{lateral}} h` has four elements for each unit, next to each other
    in the order :math:`a, i, f, o`, as in :class:`LSTM`.

    The layer keeps :math:`c'` and :math:`h'`, and with them the graph of all
    steps since :meth:`reset_state`, until it is cut with
    :meth:`Variable.unchain_backward() <chainer.Variable.unchain_backward>`.

    **Sequences of different lengths** can be run through in one minibatch if
    they are sorted from the longest to the shortest. When the short ones have
    ended, pass fewer rows: only the first ``len(x)`` rows of ``c`` and ``h``
    are updated. The others keep the states that those sequences ended with.

    Args:
        in_size (int): Size of an input vector. If it is ``None``, the first
            call determines it.
        out_size (int): Number of units: size of an output vector.

    Attributes:
        upward (~chainer.links.Linear): From the input to the gates.
        lateral (~chainer.links.Linear): From the output of the step before to
            the gates; without biases.
        peep_i (~chainer.links.Linear): From the cells to the input gate;
            without biases.
        peep_f (~chainer.links.Linear): From the cells to the forget gate;
            without biases.
        peep_o (~chainer.links.Linear): From the new cells to the output gate;
            without biases.
        c (Variable): Cells, shape ``(B, out_size)``; ``None`` at the start.
        h (Variable): Outputs of the step before, shape ``(B, out_size)``;
            ``None`` at the start.

    See: F. A. Gers et al., `Learning Precise Timing with LSTM Recurrent
    Networks <http://www.jmlr.org/papers/v3/gers02a.html>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.StatefulPeepholeLSTM(3, 2)
       >>> layer.reset_state()
       >>> for x in np.ones((10, 5, 3), 'f'):
       ...     y = layer(x)
       >>> y.shape
       (5, 2)

    """

    state_names = 'c', 'h'

    def __init__(self, in_size, out_size):
        argument.check_sizes(1, out_size=out_size)
        peephole = functools.partial(
            linear.Linear, out_size, out_size, nobias=True)
        super().__init__(
            upward=linear.Linear(in_size, 4 * out_size),
            lateral=linear.Linear(out_size, 4 * out_size, nobias=True),
            peep_i=peephole(),
            peep_f=peephole(),
            peep_o=peephole(),
        )
        self.state_size = out_size

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
        with self._all_or_nothing():
            c, h = self._step(x)
        self._update_state(c=c, h=h)
        return h

    def _step(self, x):
        signal = self.upward(x)
        n = len(signal)
        c, h = self._rows('c', n), self._rows('h', n)
        if c is None:
            c = stateful.zero_cells(n, self.state_size, signal.data)
        if h is not None:
            signal += self.lateral(h)
        a, i, f, o = separate.separate(
            reshape.reshape(signal, (n, self.state_size, 4)), axis=2)

        a = tanh.tanh(a)
        i = sigmoid.sigmoid(i + self.peep_i(c))
        f = sigmoid.sigmoid(f + self.peep_f(c))
        c = a * i + f * c
        o = sigmoid.sigmoid(o + self.peep_o(c))
        return c, o * tanh.tanh(c)
