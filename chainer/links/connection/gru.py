import functools

from chainer import link
from chainer.functions.activation import sigmoid, tanh
from chainer.functions.math import linear_interpolate
from chainer.links.connection import linear, stateful
from chainer.utils import argument, type_check


class GRUBase(link.Chain):
    """What GRU layers have in common: six linear layers, and one step.

    Args:
        n_units (int): Number of units: size of a hidden vector.
        n_inputs (int): Size of an input vector. By default ``n_units``.
        init: Initial weights of the layers ``W_r``, ``W_z`` and ``W``, of
            shape ``(n_units, n_inputs)`` each: a callable that fills an array,
            an array or a number. By default they are drawn from a normal
            distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / n}`, where :math:`n` is the number of columns.
        inner_init: Initial weights of the layers ``U_r``, ``U_z`` and ``U``,
            of shape ``(n_units, n_units)`` each.
        bias_init: Initial biases of all six, of shape ``(n_units,)`` each.
            ``None`` stands for 0.

    """

    def __init__(self, n_units, n_inputs=None, init=None, inner_init=None,
                 bias_init=0):
        if n_inputs is None:
            n_inputs = n_units
        argument.check_sizes(1, n_units=n_units, n_inputs=n_inputs)
        upward = functools.partial(
            linear.Linear, n_inputs, n_units, initialW=init,
            initial_bias=bias_init)
        lateral = functools.partial(
            linear.Linear, n_units, n_units, initialW=inner_init,
            initial_bias=bias_init)
        super().__init__(
            W_r=upward(), U_r=lateral(),
            W_z=upward(), U_z=lateral(),
            W=upward(), U=lateral(),
        )

    def _step(self, h, x):
        """Returns the hidden vectors after a step from ``h``, or from none."""
        z, h_bar = self.W_z(x), self.W(x)
        if h is None:
            return sigmoid.sigmoid(z) * tanh.tanh(h_bar)
        r = sigmoid.sigmoid(self.W_r(x) + self.U_r(h))
        z = sigmoid.sigmoid(z + self.U_z(h))
        h_bar = tanh.tanh(h_bar + self.U(r * h))
        return linear_interpolate.linear_interpolate(z, h_bar, h)


class GRU(GRUBase):
    """Layer of gated recurrent units whose state is passed in and out.

    A step from the hidden vector :math:`h`, with the input :math:`x`, is

    .. math::
       r &= \\sigma(W_r x + U_r h), \\\\
       z &= \\sigma(W_z x + U_z h), \\\\
       \\bar{h} &= \\tanh(W x + U (r \\odot h)), \\\\
       h' &= (1 - z) \\odot h + z \\odot \\bar{h},

    where :math:`\\sigma` is the sigmoid and :math:`\\odot` the elementwise
    product. The update gate :math:`z` decides how much of the hidden vector is
    replaced, the reset gate :math:`r` how much of it counts for what it is
    replaced by. Each of the six linear layers has biases, too.

    Args:
        n_units (int): Number of units: size of a hidden vector.
        n_inputs (int): Size of an input vector. By default ``n_units``.
        init: Initial weights of the layers ``W_r``, ``W_z`` and ``W``, of
            shape ``(n_units, n_inputs)`` each: a callable that fills an array,
            an array or a number. By default they are drawn from a normal
            distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / n}`, where :math:`n` is the number of columns.
        inner_init: Initial weights of the layers ``U_r``, ``U_z`` and ``U``,
            of shape ``(n_units, n_units)`` each.
        bias_init: Initial biases of all six, of shape ``(n_units,)`` each.

    Attributes:
        W_r (~chainer.links.Linear): From the input to the reset gate.
        U_r (~chainer.links.Linear): From the hidden vector to the reset gate.
        W_z (~chainer.links.Linear): From the input to the update gate.
        U_z (~chainer.links.Linear): From the hidden vector to the update gate.
        W (~chainer.links.Linear): From the input to the new hidden vector.
        U (~chainer.links.Linear): From the hidden vector to the new one.

    See: K. Cho et al., `On the Properties of Neural Machine Translation:
    Encoder-Decoder Approaches <https://arxiv.org/abs/1409.1259>`_;
    J. Chung et al., `Empirical Evaluation of Gated Recurrent Neural Networks
    on Sequence Modeling <https://arxiv.org/abs/1412.3555>`_.

    .. seealso:: :class:`StatefulGRU` keeps the hidden vector.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.GRU(2, n_inputs=3)
       >>> h = np.zeros((5, 2), 'f')
       >>> for x in np.ones((10, 5, 3), 'f'):
       ...     h = layer(h, x)
       >>> h.shape
       (5, 2)

    """

    def __call__(self, h, x):
        """Runs one step.

        Args:
            h (Variable): Hidden vectors, shape ``(B, n_units)``.
            x (Variable): Input, shape ``(B, n_inputs)``.

        Returns:
            Variable: Hidden vectors after the step, shape ``(B, n_units)``.

        """
        h = argument.as_variable(h, 'h')
        x = argument.as_variable(x, 'x')
        type_check.expect(
            type_check.Variable(h.shape, 'h.shape') ==
            x.shape[:1] + (self.U.out_size,))
        return self._step(h, x)


class StatefulGRU(stateful.StatefulChain, GRUBase):
    """Layer of gated recurrent units that remembers its state.

    A call of the layer is a step of :class:`GRU`: from the hidden vector
    :math:`h`, with the input :math:`x`, it computes

    .. math::
       r &= \\sigma(W_r x + U_r h), \\\\
       z &= \\sigma(W_z x + U_z h), \\\\
       \\bar{h} &= \\tanh(W x + U (r \\odot h)), \\\\
       h' &= (1 - z) \\odot h + z \\odot \\bar{h}.

    The layer keeps :math:`h'`, and with it the graph of all steps since
    :meth:`reset_state`, until it is cut with
    :meth:`Variable.unchain_backward() <chainer.Variable.unchain_backward>`.
    In the first step there is no hidden vector: the layers ``U_r``, ``U_z``
    and ``U`` take no part in it, nor do their biases.

    **Sequences of different lengths** can be run through in one minibatch if
    they are sorted from the longest to the shortest. When the short ones have
    ended, pass fewer rows: only the first ``len(x)`` rows of ``h`` are
    updated. The others keep what those sequences ended with.

    Args:
        in_size (int): Size of an input vector. ``None`` stands for
            ``out_size``.
        out_size (int): Number of units: size of a hidden vector.
        init: Initial weights of the layers ``W_r``, ``W_z`` and ``W``, of
            shape ``(out_size, in_size)`` each: a callable that fills an array,
            an array or a number. By default they are drawn from a normal
            distribution of mean 0 and standard deviation
            :math:`\\sqrt{1 / n}`, where :math:`n` is the number of columns.
        inner_init: Initial weights of the layers ``U_r``, ``U_z`` and ``U``,
            of shape ``(out_size, out_size)`` each.
        bias_init: Initial biases of all six, of shape ``(out_size,)`` each.

    Attributes:
        h (Variable): Hidden vectors, shape ``(B, out_size)``; ``None`` at the
            start.
        W_r (~chainer.links.Linear): From the input to the reset gate.
        U_r (~chainer.links.Linear): From the hidden vector to the reset gate.
        W_z (~chainer.links.Linear): From the input to the update gate.
        U_z (~chainer.links.Linear): From the hidden vector to the update gate.
        W (~chainer.links.Linear): From the input to the new hidden vector.
        U (~chainer.links.Linear): From the hidden vector to the new one.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.StatefulGRU(3, 2)
       >>> layer.reset_state()
       >>> for x in np.ones((10, 5, 3), 'f'):
       ...     y = layer(x)
       >>> y.shape
       (5, 2)

    """

    state_names = 'h',

    def __init__(self, in_size, out_size, init=None, inner_init=None,
                 bias_init=0):
        argument.check_sizes(1, out_size=out_size)
        if in_size is not None:
            argument.check_sizes(1, in_size=in_size)
        super().__init__(out_size, in_size, init, inner_init, bias_init)
        self.state_size = out_size

    def set_state(self, h):
        """Sets the state.

        It is moved to where the link is: host memory or a device.

        Args:
            h (Variable): New hidden vectors, shape ``(B, out_size)``.

        Raises:
            TypeError: If it is not a variable.
            ValueError: If the shape is wrong.

        """
        self._set_state(h=h)

    def __call__(self, x):
        """Runs one step, and updates the state.

        Args:
            x (Variable): Input, shape ``(N, in_size)``, where ``N`` is not
                larger than in the step before.

        Returns:
            Variable: Hidden vectors after the step, shape ``(N, out_size)``.

        Raises:
            chainer.utils.type_check.InvalidType: If ``x`` has more rows than
                the state, or a wrong size.
            ValueError: If ``x`` is volatile and the state is not, or the
                other way round.

        """
        self._check_state(x)
        h = self._step(self._rows('h', x.shape[0]), x)
        self._update_state(h=h)
        return h
