import numpy

from chainer import cuda, function
from chainer.functions.activation import lstm
from chainer.functions.math import half
from chainer.utils import type_check


class SLSTM(function.Function):
    """LSTM units with two predecessors."""

    argument_names = 'c_prev1', 'c_prev2', 'x1', 'x2'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 4)
        c1_type, c2_type, x1_type, x2_type = in_types
        type_check.expect(
            c1_type.dtype.kind == 'f',
            c2_type.dtype == c1_type.dtype,
            x1_type.dtype == c1_type.dtype,
            x2_type.dtype == c1_type.dtype,
            c1_type.ndim >= 2,
            c2_type.shape == c1_type.shape,
            x1_type.ndim == c1_type.ndim,
            x1_type.shape[0] == c1_type.shape[0],
            x1_type.shape[1] == 4 * c1_type.shape[1],
            x1_type.shape[2:] == c1_type.shape[2:],
            x2_type.shape == x1_type.shape,
        )

    def forward_cpu(self, inputs):
        c_prev1, c_prev2, x1, x2 = inputs
        # Side by side: a, i and f, of either child, and o. Half precision is
        # slow and coarse.
        gates = numpy.empty((7,) + c_prev1.shape, half.wide_type(x1.dtype))
        signals1, signals2 = lstm.split(x1), lstm.split(x2)
        gates[0:6:2] = signals1[:3]
        gates[1:6:2] = signals2[:3]
        numpy.add(signals1[3], signals2[3], out=gates[6], dtype=gates.dtype)
        lstm.activate(gates, 2)

        a1, a2, i1, i2, f1, f2, o = gates
        c = a1 * i1
        c += a2 * i2
        c += f1 * c_prev1
        c += f2 * c_prev2
        c = c.astype(x1.dtype, copy=False)
        tanh_c = numpy.tanh(c, dtype=gates.dtype)
        self.gates, self.tanh_c = gates, tanh_c
        return c, (o * tanh_c).astype(x1.dtype, copy=False)

    def backward_cpu(self, inputs, grad_outputs):
        c_prev1, c_prev2, x1, x2 = inputs
        gc, gh = grad_outputs
        gates, tanh_c = self.gates, self.tanh_c
        a1, a2, i1, i2, f1, f2, o = gates

        slopes = lstm.slopes_of(gates, 2)
        factors = i1, i2, a1, a2, c_prev1, c_prev2, tanh_c
        for slope, factor in zip(slopes, factors):
            slope *= factor
        g = lstm.grad_of_cell(o, tanh_c, gc, gh)
        slopes[:6] *= g
        slopes[6] *= 0 if gh is None else gh

        grads = [(g * f).astype(x1.dtype, copy=False) for f in (f1, f2)]
        for k, x in enumerate((x1, x2)):
            gx = numpy.empty_like(x)
            signals = lstm.split(gx)
            signals[:3] = slopes[k:6:2]
            signals[3] = slopes[6]
            grads.append(gx)
        return tuple(grads)

    def forward_gpu(self, inputs):
        c_prev1, c_prev2, x1, x2 = inputs
        if x1.ndim == 2:
            self.c, h = cuda.elementwise(
                'T c_prev1, T c_prev2, raw T x1, raw T x2', 'T c, T h',
                _FORWARD_OF_MATRIX, 'slstm_fwd', preamble=lstm.PREAMBLE)(
                    c_prev1, c_prev2, *_contiguous(x1, x2))
        else:
            self.c, h = cuda.elementwise(
                _CELLS_AND_SIGNALS, 'T c, T h', _FORWARD, 'slstm_fwd',
                preamble=lstm.PREAMBLE)(
                    c_prev1, c_prev2, *lstm.split(x1), *lstm.split(x2))
        return self.c, h

    def backward_gpu(self, inputs, grad_outputs):
        c_prev1, c_prev2, x1, x2 = inputs
        gc, gh = [x1.dtype.type(0) if g is None else g for g in grad_outputs]
        grads = [cuda.cupy.empty(x.shape, x.dtype) for x in inputs]
        gc_prev1, gc_prev2, gx1, gx2 = grads
        if x1.ndim == 2:
            cuda.elementwise(
                'T c_prev1, T c_prev2, raw T x1, raw T x2, T c, T gc, T gh',
                'T gc_prev1, T gc_prev2, raw T gx1, raw T gx2',
                _BACKWARD_OF_MATRIX, 'slstm_bwd', preamble=lstm.PREAMBLE)(
                    c_prev1, c_prev2, *_contiguous(x1, x2), self.c, gc, gh,
                    *grads)
        else:
            cuda.elementwise(
                _CELLS_AND_SIGNALS + ', T c, T gc, T gh',
                'T gc_prev1, T gc_prev2, T ga1, T gi1, T gf1, T go1, '
                'T ga2, T gi2, T gf2, T go2', _BACKWARD, 'slstm_bwd',
                preamble=lstm.PREAMBLE)(
                    c_prev1, c_prev2, *lstm.split(x1), *lstm.split(x2),
                    self.c, gc, gh,
                    gc_prev1, gc_prev2, *lstm.split(gx1), *lstm.split(gx2))
        return tuple(grads)


def _contiguous(*xs):
    return [cuda.cupy.ascontiguousarray(x) for x in xs]


_CELLS_AND_SIGNALS = (
    'T c_prev1, T c_prev2, T xa1, T xi1, T xf1, T xo1, '
    'T xa2, T xi2, T xf2, T xo2')
_GATES = '''
wide a1 = tanh((wide)xa1), i1 = sigmoid((wide)xi1), f1 = sigmoid((wide)xf1);
wide a2 = tanh((wide)xa2), i2 = sigmoid((wide)xi2), f2 = sigmoid((wide)xf2);
wide o = sigmoid((wide)xo1 + (wide)xo2);
'''
_FORWARD = _GATES + '''
c = a1 * i1 + a2 * i2 + f1 * c_prev1 + f2 * c_prev2;
h = o * tanh((wide)c);
'''
_BACKWARD = _GATES + '''
wide tanh_c = tanh((wide)c);
wide g = gh * o * (1 - tanh_c * tanh_c) + gc;
gc_prev1 = g * f1;
gc_prev2 = g * f2;
ga1 = g * i1 * (1 - a1 * a1);
ga2 = g * i2 * (1 - a2 * a2);
gi1 = g * a1 * i1 * (1 - i1);
gi2 = g * a2 * i2 * (1 - i2);
gf1 = g * c_prev1 * f1 * (1 - f1);
gf2 = g * c_prev2 * f2 * (1 - f2);
go1 = go2 = gh * tanh_c * o * (1 - o);
'''
_SIGNALS = lstm.signals('1') + lstm.signals('2')
_FORWARD_OF_MATRIX = _SIGNALS + _FORWARD
_BACKWARD_OF_MATRIX = (
    _SIGNALS + lstm.signal_grads('1') + lstm.signal_grads('2') + _BACKWARD)


def slstm(c_prev1, c_prev2, x1, x2):
    """One step of S-LSTM units: LSTM units over binary trees.

    Where a step of :func:`lstm` continues a sequence, one of S-LSTM joins the
    two children of a node of a tree. Each child brings its cell and a signal,
    with an input gate and a forget gate of its own. They share the output
    gate:

    .. math::
       c &= \\tanh(a_1) \\, \\sigma(i_1) + \\tanh(a_2) \\, \\sigma(i_2)
            + c_{1, \\text{prev}} \\, \\sigma(f_1)
            + c_{2, \\text{prev}} \\, \\sigma(f_2), \\\\
       h &= \\tanh(c) \\, \\sigma(o_1 + o_2),

    where :math:`\\sigma` is the sigmoid. (The documentation of 2016 printed
    :math:`\\tanh(a_1 + a_2) \\, \\sigma(i_1 + i_2)` for the first two terms;
    this is what was computed.) A signal holds :math:`a, i, f` and
    :math:`o` of a unit next to each other along its second axis, in this
    order: those of unit ``k`` are ``x[:, 4 * k]`` to ``x[:, 4 * k + 3]``.

    Args:
        c_prev1 (Variable): Cells of the first child, shape ``(B, C, ...)``,
            floats: zeros, or ``c`` of a step before.
        c_prev2 (Variable): Cells of the second child, of the same shape.
        x1 (Variable): Signal from the first child, shape ``(B, 4 * C, ...)``.
        x2 (Variable): Signal from the second child, of the same shape.

    Returns:
        tuple of Variable: ``c``, the cells of the node, and ``h``, the
        outgoing signal, both of the shape and type of ``c_prev1``.

    See: X. Zhu et al., `Long Short-Term Memory Over Tree Structures
    <https://arxiv.org/abs/1503.04881>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> import chainer.links as L
       >>> left, right = L.Linear(2, 4 * 2), L.Linear(2, 4 * 2)
       >>> leaves = np.ones((2, 5, 2), 'f')
       >>> c, h = F.slstm(*np.zeros((2, 5, 2), 'f'),
       ...                left(leaves[0]), right(leaves[1]))
       >>> c.shape, h.shape
       ((5, 2), (5, 2))

    """
    return SLSTM()(c_prev1, c_prev2, x1, x2)
