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
        # No window reaches beyond the first and the last channel.
        reach = min(self.n // 2, x.shape[1] - 1)
        for i in range(1, reach + 1):
            total[:, i:] += x[:, :-i]
            total[:, :-i] += x[:, i:]
        return total

    def forward_gpu(self, inputs):
        x, = inputs
        wide = half.wide_type(x.dtype)
        y = cuda.cupy.empty(x.shape, x.dtype)
        self.base = cuda.cupy.empty(x.shape, wide)
        self.scale = cuda.cupy.empty(x.shape, wide)
        cuda.elementwise(
            'raw T x, int64 c, int64 channels, int64 pixels, '
            'W k, W alpha, W beta', 'T y, W base, W scale',
            self._window_code(x, '(W)x[j] * (W)x[j]') + '''
            base = k + alpha * sum;
            scale = pow(base, -beta);
            y = x[i] * scale;
            ''', 'lrn_fwd')(
                cuda.cupy.ascontiguousarray(x), *_channels(x),
                self.k, self.alpha, self.beta, y, self.base, self.scale)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gy, = grad_outputs
        gx = cuda.cupy.empty(x.shape, x.dtype)
        cuda.elementwise(
            'raw T x, int64 c, int64 channels, int64 pixels, '
            'raw T gy, raw W base, raw W scale, W factor', 'T gx',
            self._window_code(x, 'gy[j] * scale[j] * x[j] / base[j]') + '''
            gx = gy[i] * scale[i] + factor * x[i] * sum;
            ''', 'lrn_bwd')(
                cuda.cupy.ascontiguousarray(x), *_channels(x),
                cuda.cupy.ascontiguousarray(gy), self.base, self.scale,
                -2 * self.alpha * self.beta, gx)
        return gx,

    def _window_code(self, x, term):
        """Returns code for the sum of a term in ``j`` over a window.

        Loops within the loop, branches, or divisions that find the channel,
        would keep compilers from using vector instructions: a factor drops
        what is not in the window.
        """
        reach = min(self.n // 2, x.shape[1] - 1)
        return 'W sum = 0;\n' + ''.join([f'''{{
            const ptrdiff_t inside = (c + {d} >= 0) & (c + {d} < channels);
            const ptrdiff_t j = i + inside * {d} * pixels;
            sum += (W)inside * ({term});
            }}''' for d in range(-reach, reach + 1)])


def _channels(x):
    """Returns the channel of each element, their number, and how far in memory
    that of a pixel is from the next.
    """
    channels = x.shape[1]
    pixels = x[0, 0].size if x.size > 0 else 0
    return (cuda.cupy.arange(channels).reshape(
        (channels,) + (1,) * (x.ndim - 2)), channels, pixels)


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
