import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


class LSTM(function.Function):
    """One step of LSTM units with forget gates."""

    argument_names = 'c_prev', 'x'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        c_type, x_type = in_types
        type_check.expect(
            c_type.dtype.kind == 'f',
            x_type.dtype == c_type.dtype,
            c_type.ndim >= 2,
            x_type.ndim == c_type.ndim,
            x_type.shape[0] <= c_type.shape[0],
            x_type.shape[1] == 4 * c_type.shape[1],
            x_type.shape[2:] == c_type.shape[2:],
        )

    def forward_cpu(self, inputs):
        c_prev, x = inputs
        n = len(x)
        # The four gates side by side, each contiguous; half precision is slow
        # and coarse.
        signals = split(x)
        gates = numpy.empty(signals.shape, half.wide_type(x.dtype))
        gates[...] = signals
        activate(gates)

        a, i, f, o = gates
        c = numpy.empty_like(c_prev)
        numpy.add(a * i, f * c_prev[:n], out=c[:n])
        c[n:] = c_prev[n:]
        tanh_c = numpy.tanh(c[:n], dtype=gates.dtype)
        self.gates, self.tanh_c = gates, tanh_c
        return c, (o * tanh_c).astype(x.dtype, copy=False)

    def backward_cpu(self, inputs, grad_outputs):
        c_prev, x = inputs
        gc, gh = grad_outputs
        n = len(x)
        gates, tanh_c = self.gates, self.tanh_c
        a, i, f, o = gates

        slopes = slopes_of(gates)
        slopes[0] *= i
        slopes[1] *= a
        slopes[2] *= c_prev[:n]
        slopes[3] *= tanh_c
        g = grad_of_cell(o, tanh_c, None if gc is None else gc[:n], gh)

        gx = numpy.empty(x.shape, x.dtype)
        signals = split(gx)
        numpy.multiply(slopes[:3], g, out=signals[:3])
        numpy.multiply(slopes[3], 0 if gh is None else gh, out=signals[3])
        gc_prev = numpy.empty_like(c_prev)
        numpy.multiply(g, f, out=gc_prev[:n])
        gc_prev[n:] = 0 if gc is None else gc[n:]
        return gc_prev, gx

    def forward_gpu(self, inputs):
        c_prev, x = inputs
        n = len(x)
        c = cuda.cupy.empty_like(c_prev)
        h = cuda.cupy.empty_like(c[:n])
        if n < len(c):
            c[n:] = c_prev[n:]
        self.c = c[:n]
        if x.ndim == 2:
            cuda.elementwise(
                'T c_prev, raw T x', 'T c, T h', _FORWARD_OF_MATRIX,
                'lstm_fwd', preamble=PREAMBLE)(
                    c_prev[:n], cuda.cupy.ascontiguousarray(x), self.c, h)
        else:
            cuda.elementwise(
                'T c_prev, T xa, T xi, T xf, T xo', 'T c, T h', _FORWARD,
                'lstm_fwd', preamble=PREAMBLE)(
                    c_prev[:n], *split(x), self.c, h)
        return c, h

    def backward_gpu(self, inputs, grad_outputs):
        c_prev, x = inputs
        n = len(x)
        zero = x.dtype.type(0)
        gc, gh = grad_outputs
        gx = cuda.cupy.empty(x.shape, x.dtype)
        gc_prev = cuda.cupy.empty_like(c_prev)
        if n < len(c_prev):
            gc_prev[n:] = zero if gc is None else gc[n:]
        args = (c_prev[:n], self.c, zero if gc is None else gc[:n],
                zero if gh is None else gh)
        if x.ndim == 2:
            cuda.elementwise(
                'T c_prev, T c, T gc, T gh, raw T x', 'T gc_prev, raw T gx',
                _BACKWARD_OF_MATRIX, 'lstm_bwd', preamble=PREAMBLE)(
                    *args, cuda.cupy.ascontiguousarray(x), gc_prev[:n], gx)
        else:
            cuda.elementwise(
                'T c_prev, T c, T gc, T gh, T xa, T xi, T xf, T xo',
                'T gc_prev, T ga, T gi, T gf, T go', _BACKWARD, 'lstm_bwd',
                preamble=PREAMBLE)(
                    *args, *split(x), gc_prev[:n], *split(gx))
        return gc_prev, gx


#: Preamble of kernels of LSTM units.
PREAMBLE = f'typedef {half.KERNEL_TYPE} wide;' + '''
template <typename U> __device__ inline U sigmoid(U x) {
    return tanh(x * (U)0.5) * (U)0.5 + (U)0.5;
}
'''


def signals(k=''):
    """Returns code that reads signals of matrices, ``raw T x``.

    In memory the four numbers of a unit follow each other, in the order of the
    loop. Addressed like this they are read with vector instructions, which
    views of the gates are not.

    Args:
        k (str): What is appended to all names.

    """
    return (f'const T xa{k} = x{k}[4 * i], xi{k} = x{k}[4 * i + 1], '
            f'xf{k} = x{k}[4 * i + 2], xo{k} = x{k}[4 * i + 3];\n')


def signal_grads(k=''):
    """Returns code that names gradients of signals, ``raw T gx``."""
    return (f'T &ga{k} = gx{k}[4 * i], &gi{k} = gx{k}[4 * i + 1], '
            f'&gf{k} = gx{k}[4 * i + 2], &go{k} = gx{k}[4 * i + 3];\n')


_GATES = '''
wide a = tanh((wide)xa), in = sigmoid((wide)xi);
wide f = sigmoid((wide)xf), o = sigmoid((wide)xo);
'''
_FORWARD = _GATES + '''
wide cell = a * in + f * c_prev;
c = cell;
h = o * tanh(cell);
'''
_BACKWARD = _GATES + '''
wide tanh_c = tanh((wide)c);
wide g = gh * o * (1 - tanh_c * tanh_c) + gc;
gc_prev = g * f;
ga = g * in * (1 - a * a);
gi = g * a * in * (1 - in);
gf = g * c_prev * f * (1 - f);
go = gh * tanh_c * o * (1 - o);
'''
_FORWARD_OF_MATRIX = signals() + _FORWARD
_BACKWARD_OF_MATRIX = signals() + signal_grads() + _BACKWARD


def split(x):
    """Returns a view of the incoming signal with the gates in front."""
    x = x.reshape((len(x), x.shape[1] // 4, 4) + x.shape[2:])
    return x.transpose(2, 0, 1, *range(3, x.ndim))


def activate(gates, n_sources=1):
    """Turns signals into gates in place: by tanh those that are sources of
    cells, and by sigmoid the others.

    Args:
        gates (numpy.ndarray): Signals, one behind the other.
        n_sources (int): Number of sources. They come first.

    """
    # sigmoid(x) = tanh(x / 2) / 2 + 1 / 2 makes one tanh do for all.
    sigmoids = gates[n_sources:]
    sigmoids *= 0.5
    numpy.tanh(gates, out=gates)
    sigmoids *= 0.5
    sigmoids += 0.5


def slopes_of(gates, n_sources=1):
    """Returns derivatives: 1 - a^2 of the tanh, s - s^2 of the sigmoids."""
    slopes = numpy.square(gates)
    sources, sigmoids = slopes[:n_sources], slopes[n_sources:]
    numpy.subtract(1, sources, out=sources)
    numpy.subtract(gates[n_sources:], sigmoids, out=sigmoids)
    return slopes


def grad_of_cell(o, tanh_c, gc, gh):
    """Returns the gradient of the cell, by way of both outputs.

    Args:
        o (numpy.ndarray): Output gate.
        tanh_c (numpy.ndarray): tanh of the cell.
        gc (numpy.ndarray): Gradient of the output ``c``, or ``None``.
        gh (numpy.ndarray): Gradient of the output ``h``, or ``None``.

    """
    if gh is None:
        g = numpy.zeros_like(tanh_c)
    else:
        g = numpy.square(tanh_c)
        numpy.subtract(1, g, out=g)
        g *= o
        g *= gh
    if gc is not None:
        g += gc
    return g


def lstm(c_prev, x):
    """One step of long short-term memory (LSTM) units with forget gates.

    A unit has a *cell* that keeps its value from step to step as far as the
    forget gate :math:`f` is open, and takes up as much of the cell input
    :math:`a` as the input gate :math:`i` lets through. The output gate
    :math:`o` decides how much of it is seen outside:

    .. math::
       c &= \\tanh(a) \\, \\mathrm{sigmoid}(i)
            + c_{\\text{prev}} \\, \\mathrm{sigmoid}(f), \\\\
       h &= \\tanh(c) \\, \\mathrm{sigmoid}(o).

    The incoming signal ``x`` holds all four of a unit next to each other along
    its second axis, in the order :math:`a, i, f, o`: those of unit ``k`` are
    ``x[:, 4 * k]`` to ``x[:, 4 * k + 3]``.

    **Sequences of different lengths** can be run through in one minibatch if
    they are sorted from the longest to the shortest. When the short ones have
    ended, ``x`` has fewer rows than ``c_prev``: then only the first ``len(x)``
    rows of the cells are updated, and the others pass through as they are.

    Args:
        c_prev (Variable): Cells before the step, shape ``(B, C, ...)``,
            floats: zeros, or ``c`` of the step before.
        x (Variable): Incoming signal, shape ``(N, 4 * C, ...)`` with
            ``N <= B``, of the type of ``c_prev``.

    Returns:
        tuple of Variable: ``c``, the cells after the step, of the shape of
        ``c_prev``; and ``h``, the outgoing signal, shape ``(N, C, ...)``.

    See: F. A. Gers, `Long Short-Term Memory in Recurrent Neural Networks
    <http://www.felixgers.de/papers/phd.pdf>`_.

    .. seealso:: :class:`chainer.links.LSTM` computes ``x`` from the input and
       the output of the step before, and keeps the cells.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> import chainer.links as L
       >>> upward, lateral = L.Linear(3, 4 * 2), L.Linear(2, 4 * 2)
       >>> c, h = np.zeros((5, 2), 'f'), np.zeros((5, 2), 'f')
       >>> for y in np.ones((10, 5, 3), 'f'):
       ...     c, h = F.lstm(c, upward(y) + lateral(h))
       >>> c.shape, h.shape
       ((5, 2), (5, 2))

    """
    return LSTM()(c_prev, x)
