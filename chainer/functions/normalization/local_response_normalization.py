import math

import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import argument, type_check


class LocalResponseNormalization(function.Function):
    """Normalization by the squares of neighboring channels."""

    def __init__(self, n=5, k=2, alpha=1e-4, beta=.75):
        self.n = argument.integer('n', n)
        if n < 1:
            raise ValueError(f'the window width n must be 1 or more, but is '
                             f'{n}')
        self.k = argument.number('k', k)
        self.alpha = argument.number('alpha', alpha)
        self.beta = argument.number('beta', beta)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim >= 2,
        )

    def forward_cpu(self, inputs):
        x, = inputs
        # Squares of most float16 numbers are none.
        wide = half.widen(x)
        base = self._window_sum(numpy.square(wide))
        base *= self.alpha
        base += self.k
        self.base = base
        self.scale = base ** -self.beta
        return (wide * self.scale).astype(x.dtype, copy=False),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        scaled = gy * self.scale
        # A channel is in the window of all that are in its own.
        gx = scaled * x
        gx /= self.base
        gx = self._window_sum(gx)
        gx *= x
        gx *= -2 * self.alpha * self.beta
        gx += scaled
        return gx.astype(x.dtype, copy=False),

    def _window_sum(self, x):
        """Sums over ``n // 2`` channels to either side, and that between."""
        total = x.copy()
        for i in range(1, self._reach(x) + 1):
            total[:, i:] += x[:, :-i]
            total[:, :-i] += x[:, i:]
        return total

    def forward_gpu(self, inputs):
        x, = inputs
        wide = half.wide_type(x.dtype)
        frame, inside = self._frame(x, wide)
        cuda.elementwise(
            'T x', 'W square', 'square = (W)x * (W)x', 'lrn_squares')(
                _rows(x), inside)
        y = cuda.cupy.empty(x.shape, x.dtype)
        self.base = cuda.cupy.empty(x.shape, wide)
        self.scale = cuda.cupy.empty(x.shape, wide)
        cuda.elementwise(
            'T x, raw W frame, int64 size, int64 step, W k, W alpha, W beta',
            'T y, W base, W scale', f'''
            base = k + alpha * ({self._window_code(x)});
            scale = pow(base, -beta);
            y = x * scale;
            ''', 'lrn_fwd', reduce_dims=False)(
                _rows(x), frame, frame.shape[1], _n_pixel(x), self.k,
                self.alpha, self.beta, _rows(y), _rows(self.base),
                _rows(self.scale))
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gy, scale = _rows(grad_outputs[0]), _rows(self.scale)
        # A channel is in the window of all that are in its own.
        frame, inside = self._frame(x, scale.dtype)
        cuda.elementwise(
            'T x, T gy, W base, W scale', 'W term',
            'term = gy * scale * x / base', 'lrn_bwd_terms')(
                _rows(x), gy, _rows(self.base), scale, inside)
        gx = cuda.cupy.empty(x.shape, x.dtype)
        cuda.elementwise(
            'T x, T gy, W scale, raw W frame, int64 size, int64 step, '
            'W factor', 'T gx',
            f'gx = gy * scale + factor * x * ({self._window_code(x)})',
            'lrn_bwd', reduce_dims=False)(
                _rows(x), gy, scale, frame, frame.shape[1], _n_pixel(x),
                -2 * self.alpha * self.beta, _rows(gx))
        return gx,

    def _reach(self, x):
        """Returns how many channels to either side are in a window."""
        return max(min(self.n // 2, x.shape[1] - 1), 0)

    def _frame(self, x, dtype):
        """Makes room for channels between such as are zero.

        Returns:
            tuple of cupy.ndarray: One row for each example, with all channels,
            one after the other; and the part for those of ``x``.

        """
        n, c = x.shape[:2]
        lead = self._reach(x) * _n_pixel(x)
        size = c * _n_pixel(x)
        frame = cuda.cupy.zeros((n, lead + size + lead), dtype)
        return frame, frame[:, lead:lead + size]

    def _window_code(self, x):
        """Returns code for the sum over a window, from what is in the frame.

        Loops within the loop, branches, or divisions that find the channel,
        would keep compilers from using vector instructions.
        """
        return ' + '.join([
            f'frame[_ind.get()[0] * size + _ind.get()[1] + {i} * step]'
            for i in range(2 * self._reach(x) + 1)])


def _n_pixel(x):
    return math.prod(x.shape[2:])


def _rows(x):
    """Returns an array with one row for each example."""
    return x.reshape(len(x), math.prod(x.shape[1:]))


def local_response_normalization(x, n=5, k=2, alpha=1e-4, beta=.75):
    """Normalizes each pixel by what neighboring channels have there.

    Channel :math:`i` of :math:`C` becomes

    .. math::
       y_i = x_i \\left( k + \\alpha
             \\sum_{j = \\max(1, i - \\lfloor n/2 \\rfloor)}
                  ^{\\min(C, i + \\lfloor n/2 \\rfloor)} x_j^2
             \\right)^{-\\beta}.

    The window of an even ``n`` is that of ``n + 1``. Squares and powers of
    float16 are computed in float32.

    Args:
        x (Variable): Array of shape ``(N, C, ...)``, floats.
        n (int): Width of the window, in channels.
        k (float): What is added to the sum of squares.
        alpha (float): Weight of the squares.
        beta (float): Exponent.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        ValueError: If ``n`` is less than 1.

    See: Section 3.3 of A. Krizhevsky et al., `ImageNet Classification with
    Deep Convolutional Neural Networks <https://papers.nips.cc/paper/
    4824-imagenet-classification-with-deep-convolutional-neural-networks>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[0, 1, 2, 0]], 'f')
       >>> y = F.local_response_normalization(x, n=3, k=1, alpha=1, beta=1)
       >>> y.data.round(4)
       array([[0.    , 0.1667, 0.3333, 0.    ]], dtype=float32)

    """
    return LocalResponseNormalization(n, k, alpha, beta)(x)
