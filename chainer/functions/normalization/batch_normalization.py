import numpy

from chainer import cuda, function, utils
from chainer.functions.math import half
from chainer.utils import argument, type_check


class BatchNormalizationFunction(function.Function):
    """Normalization of each channel, by the statistics of the batch or given.

    With ``train=True`` the inputs are ``x``, ``gamma`` and ``beta``, and the
    statistics are those of ``x``. Otherwise mean and variance are two more
    inputs.

    Args:
        eps (float): What is added to the variance.
        mean (array): Running mean before this batch, of the shape of
            ``gamma``, or ``None``.
        var (array): Running variance before this batch, or ``None``.
        train (bool): Use the statistics of the batch.
        decay (float): Weight of the running statistics against those of the
            batch.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Attributes:
        running_mean (array): ``mean``, and after the forward computation with
            ``train=True`` a new array, the moving average; ``None`` if there
            is none.
        running_var (array): The same of the variance. The variance of a batch
            enters it with the divisor of an unbiased estimate.

    """

    argument_names = 'x', 'gamma', 'beta', 'mean', 'var'

    def __init__(self, eps=2e-5, mean=None, var=None, train=False, decay=0.9,
                 use_cudnn=True):
        if (mean is None) != (var is None):
            raise ValueError(
                'running mean and running variance go together: pass both or '
                'neither')
        self.eps = argument.number('eps', eps)
        _check_running('running_mean', mean)
        _check_running('running_var', var)
        self.running_mean = mean
        self.running_var = var
        self.train = train
        self.decay = argument.number('decay', decay)
        self.use_cudnn = use_cudnn
        if not eps >= 0:
            raise ValueError(f'eps must not be negative, but is {eps}')
        if not 0 <= decay <= 1:
            raise ValueError(f'decay must lie in [0, 1], but is {decay}')

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == (3 if self.train else 5))
        x_type, gamma_type = in_types[:2]
        ndim = type_check.value(gamma_type.ndim)
        type_check.expect(
            x_type.dtype.kind == 'f',
            x_type.ndim >= gamma_type.ndim + 1,
            x_type.shape[1:ndim + 1] == gamma_type.shape,
            gamma_type.dtype == x_type.dtype,
        )
        for channel_type in in_types[2:]:
            type_check.expect(
                channel_type.dtype == x_type.dtype,
                channel_type.shape == gamma_type.shape,
            )
        if self.train and self.running_mean is not None:
            type_check.expect(
                gamma_type.shape == self.running_mean.shape,
                gamma_type.shape == self.running_var.shape,
            )

    def forward_cpu(self, inputs):
        x, gamma, beta = inputs[:3]
        wide = _by_channel(x, gamma)
        if self.train:
            center, rest, var, y = _statistics(wide)
            self._update_averages(center + rest, var, _count(wide))
        else:
            center, var = map(_as_vector, inputs[3:])
            rest = 0
            y = wide - _spread(center, wide)
        self.mean = center + rest
        self.inv_std = 1 / numpy.sqrt(var + self.eps)

        scale = _as_vector(gamma) * self.inv_std
        y *= _spread(scale, y)
        y += _spread(_as_vector(beta) - rest * scale, y)
        return y.astype(x.dtype, copy=False).reshape(x.shape),

    def _update_averages(self, mean, var, count):
        if self.running_mean is None or count == 0:
            return
        var = var * (count / max(count - 1, 1))
        self.running_mean = self._average(self.running_mean, mean)
        self.running_var = self._average(self.running_var, var)

    def _average(self, running, current):
        average = self.decay * running + (
            1 - self.decay) * current.reshape(running.shape)
        return utils.force_array(average, running.dtype)

    def backward_cpu(self, inputs, grad_outputs):
        x, gamma = inputs[:2]
        gy = _by_channel(grad_outputs[0], gamma)
        wide = _by_channel(x, gamma)
        center = self.mean.astype(wide.dtype)
        rest = self.mean - center
        gx = wide - _spread(center, wide)

        gbeta = _sum(gy)
        ggamma = self.inv_std * (_dot(gx, gy) - rest * gbeta)
        scale = _as_vector(gamma) * self.inv_std
        if self.train:
            # By way of the batch statistics, gx loses its mean and its part
            # along the normalized x.
            count = max(_count(wide), 1)
            slope = -self.inv_std * ggamma / count
            gx *= _spread(slope, gx)
            gx += gy
            gx -= _spread(gbeta / count + rest * slope, gx)
            gx *= _spread(scale, gx)
            grads = ggamma, gbeta
        else:
            numpy.multiply(gy, _spread(scale, gy), out=gx)
            gvar = -0.5 * scale * self.inv_std * ggamma
            grads = ggamma, gbeta, -scale * gbeta, gvar
        return gx.astype(x.dtype, copy=False).reshape(x.shape), *[
            g.astype(x.dtype).reshape(gamma.shape) for g in grads]

    def forward_gpu(self, inputs):
        x, gamma, beta = inputs[:3]
        view = _by_channel_gpu(x, gamma)
        # cuDNN's unbiased variance of one value would be infinite.
        self._by_cudnn = cuda.uses_cudnn(self.use_cudnn, x) and (
            _count(view) > 1 or not self.train)
        if self._by_cudnn:
            y = self._forward_cudnn(view, *[v.ravel() for v in inputs[1:]])
        else:
            y = self._forward_kernels(view, *[v.ravel() for v in inputs[1:]])
        return y.reshape(x.shape),

    def _forward_cudnn(self, x, gamma, beta, mean=None, var=None):
        if not self.train:
            return cuda.cudnn_layers.batch_normalization_inference(
                x, gamma, beta, mean, var, self.eps)
        running = None
        if self.running_mean is not None:
            old = self._running_gpu()
            dtype = half.wide_type(x.dtype)
            running = [a.ravel().astype(dtype) for a in old]
        y, self.mean, self.inv_std = (
            cuda.cudnn_layers.batch_normalization_forward(
                x, gamma, beta, self.eps, running, self.decay))
        if running is not None:
            self.running_mean, self.running_var = [
                new.astype(a.dtype, copy=False).reshape(a.shape)
                for new, a in zip(running, old)]
        return y

    def _forward_kernels(self, x, gamma, beta, mean=None, var=None):
        if self.train:
            mean, var = _statistics_gpu(x)
            self._update_averages_gpu(mean, var, _count(x))
        self.mean = mean
        self.inv_std, scale = _scale_gpu(gamma, var, self.eps)
        return cuda.elementwise(
            'T x, M mean, float64 scale, T beta', 'T y',
            'y = (T)((double(x) - double(mean)) * scale + double(beta))',
            'bn_fwd')(x, mean[:, None], scale[:, None], beta[:, None])

    def _running_gpu(self):
        running = self.running_mean, self.running_var
        for name, array in zip(('running_mean', 'running_var'), running):
            if not isinstance(array, cuda.ndarray):
                raise TypeError(
                    f'{name} is in host memory, but x is on a device: move it '
                    f'there, with chainer.cuda.to_gpu')
        return running

    def _update_averages_gpu(self, mean, var, count):
        if self.running_mean is None or count == 0:
            return
        self.running_mean, self.running_var = [
            cuda.elementwise(
                'T running, float64 current, float64 decay, float64 factor',
                'T average', '''
                average = (T)(
                    decay * double(running) + (1 - decay) * factor * current);
                ''', 'bn_average')(
                    running, current.reshape(running.shape), self.decay,
                    factor)
            for running, current, factor in zip(
                self._running_gpu(), (mean, var),
                (1., count / max(count - 1, 1)))]

    def backward_gpu(self, inputs, grad_outputs):
        x, gamma = inputs[:2]
        view = _by_channel_gpu(x, gamma)
        gy = _by_channel_gpu(grad_outputs[0], gamma)
        if not self.train:
            grads = self._backward_fixed(view, gy, *[
                v.ravel() for v in inputs[1:]])
        elif self._by_cudnn:
            grads = cuda.cudnn_layers.batch_normalization_backward(
                view, gy, gamma.ravel(), self.mean, self.inv_std, self.eps)
        else:
            grads = self._backward_kernels(view, gy, gamma.ravel())
        return grads[0].reshape(x.shape), *[
            g.astype(x.dtype, copy=False).reshape(gamma.shape)
            for g in grads[1:]]

    def _backward_kernels(self, x, gy, gamma):
        gbeta, dot = _sums_gpu(x, gy, self.mean)
        ggamma, scale, slope, shift = cuda.elementwise(
            'T gamma, float64 inv_std, float64 dot, float64 gbeta, '
            'float64 count',
            'float64 ggamma, float64 scale, float64 slope, float64 shift',
            '''
            ggamma = inv_std * dot;
            scale = double(gamma) * inv_std;
            slope = scale * inv_std * ggamma / count;
            shift = scale * gbeta / count;
            ''', 'bn_bwd_channels')(
                gamma, self.inv_std, dot, gbeta, float(max(_count(x), 1)))
        # By way of the batch statistics, gx loses its mean and its part along
        # the normalized x.
        gx = cuda.elementwise(
            'T x, T gy, float64 mean, float64 scale, float64 slope, '
            'float64 shift', 'T gx', '''
            gx = (T)(scale * double(gy) - slope * (double(x) - mean) - shift);
            ''', 'bn_bwd')(
                x, gy, self.mean[:, None], scale[:, None], slope[:, None],
                shift[:, None])
        return gx, ggamma, gbeta

    def _backward_fixed(self, x, gy, gamma, beta, mean, var):
        inv_std, scale = _scale_gpu(gamma, var, self.eps)
        gbeta, dot = _sums_gpu(x, gy, mean)
        ggamma, gmean, gvar = cuda.elementwise(
            'float64 inv_std, float64 scale, float64 dot, float64 gbeta',
            'float64 ggamma, float64 gmean, float64 gvar',
            '''
            ggamma = inv_std * dot;
            gmean = -scale * gbeta;
            gvar = -0.5 * scale * inv_std * ggamma;
            ''', 'bn_fixed_bwd_channels')(inv_std, scale, dot, gbeta)
        gx = cuda.elementwise(
            'T gy, float64 scale', 'T gx', 'gx = (T)(double(gy) * scale)',
            'bn_fixed_bwd')(gy, scale[:, None])
        return gx, ggamma, gbeta, gmean, gvar


def _check_running(name, array):
    if array is None:
        return
    if (not isinstance(array, (numpy.ndarray, cuda.ndarray)) or
            array.dtype.kind != 'f'):
        raise TypeError(f'{name} must be an array of floats, of the shape of '
                        f'gamma, but is {array!r}')


# ------------------------------------------------------------------------
# Arrays of shape (batch, channels, positions), in float32 at least. What there
# is one of for each channel is a vector of float64.
# ------------------------------------------------------------------------

def _by_channel(x, gamma):
    positions = type_check.prod(x.shape[gamma.ndim + 1:])
    return half.widen(x).reshape(len(x), gamma.size, positions)


def _as_vector(x):
    return x.astype(numpy.float64).reshape(-1)


def _count(x):
    return x.shape[0] * x.shape[2]


def _statistics(x):
    """Returns mean, in two parts, and variance; and ``x`` less the first part.

    If the mean is large, its rounding error is not small beside the deviation.
    What is left of the mean in the centered array makes up for it.
    """
    count = max(_count(x), 1)
    center = (_sum(x) / count).astype(x.dtype)
    rest, var, centered = _moments(x, center, count)
    if (rest * rest > 1e-6 * var).any():
        # The sum has lost digits that count. Now it is known how many.
        center = (center + rest).astype(x.dtype)
        rest, var, centered = _moments(x, center, count)
    return center, rest, var, centered


def _moments(x, center, count):
    centered = x - _spread(center, x)
    rest = _sum(centered) / count
    var = _dot(centered, centered) / count - rest * rest
    return rest, numpy.maximum(var, 0), centered


# Sums over the batch first: over the rows of a matrix that is fast, however
# few positions there are.

def _sum(x):
    return _sum_positions(_as_matrix(x).sum(axis=0), x)


def _dot(x, y):
    products = numpy.einsum('ij,ij->j', _as_matrix(x), _as_matrix(y))
    return _sum_positions(products, x)


def _as_matrix(x):
    return x.reshape(len(x), x.shape[1] * x.shape[2])


def _sum_positions(total, x):
    return total.reshape(x.shape[1:]).sum(axis=1).astype(numpy.float64)


def _spread(vector, x):
    """Returns an array that gives each element of an example its number.

    Without the repetition, NumPy would begin a new loop for each channel of
    each example.
    """
    return vector.astype(x.dtype)[:, None].repeat(x.shape[2], axis=1)


# ------------------------------------------------------------------------
# The same on a device, where a kernel reads x once for each sum, and once for
# the result. It computes in float64: what takes time is the memory.
# ------------------------------------------------------------------------

def _by_channel_gpu(x, gamma):
    positions = type_check.prod(x.shape[gamma.ndim + 1:])
    return x.reshape(len(x), gamma.size, positions)


def _statistics_gpu(x):
    """Returns mean and variance of each channel."""
    if x.size == 0:
        return cuda.cupy.zeros((2, x.shape[1]))
    count = float(_count(x))
    # With the difference to any of its values, the mean of a constant channel
    # is exact.
    first = x[:1, :, :1]
    mean = cuda.reduce(
        'T x, T first, float64 count', 'float64 rest',
        'double(x) - double(first)', 'a + b', 'rest = a / count', '0',
        'bn_mean')(x, first, count, axis=(0, 2))
    mean += first.ravel()
    var = cuda.reduce(
        'T x, float64 mean, float64 count', 'float64 var',
        '(double(x) - mean) * (double(x) - mean)', 'a + b', 'var = a / count',
        '0', 'bn_var')(x, mean[:, None], count, axis=(0, 2))
    return mean, var


def _scale_gpu(gamma, var, eps):
    """Returns one over standard deviation, and that times gamma."""
    return cuda.elementwise(
        'T gamma, V var, float64 eps', 'float64 inv_std, float64 scale',
        '''
        inv_std = 1 / sqrt(double(var) + eps);
        scale = double(gamma) * inv_std;
        ''', 'bn_scale')(gamma, var, eps)


def _sums_gpu(x, gy, mean):
    """Returns sums over gy, and over gy times the deviation of x."""
    return gy.sum(axis=(0, 2), dtype=numpy.float64), cuda.reduce(
        'T x, T gy, M mean', 'float64 dot',
        '(double(x) - double(mean)) * double(gy)', 'a + b', 'dot = a', '0',
        'bn_dot')(x, gy, mean[:, None], axis=(0, 2))


def batch_normalization(x, gamma, beta, eps=2e-5, running_mean=None,
                        running_var=None, decay=0.9, use_cudnn=True):
    """Normalizes each channel by mean and variance of the batch.

    Channel :math:`c` of the input, in all examples and at all positions, is
    shifted and scaled to mean 0 and variance 1, and from there to mean
    :math:`\\beta_c` and standard deviation :math:`\\gamma_c`:

    .. math::
       y = \\gamma_c \\frac{x - \\mu_c}{\\sqrt{\\sigma_c^2 + \\epsilon}}
           + \\beta_c,

    where :math:`\\mu_c` and :math:`\\sigma_c^2` are mean and variance (with
    divisor :math:`m`) over the :math:`m` values of the channel. The gradient
    takes into account that they depend on ``x``.

    The variance is computed from differences to the mean, in float32 or better
    also for float16: a large mean does no harm.

    Args:
        x (Variable): Minibatch, shape ``(N, C)`` or ``(N, C, d1, ..., dk)``,
            floats. If ``gamma`` has more than one dimension, so have the
            channels: ``(N, *gamma.shape, d1, ..., dk)``.
        gamma (Variable): Scale of each channel, shape ``(C,)``, of the type of
            ``x``.
        beta (Variable): Shift of each channel, of the shape and type of
            ``gamma``.
        eps (float): What is added to the variance, so that a constant channel
            is not divided by zero.
        running_mean (array): Moving average of the mean, of the shape of
            ``gamma``. It is not changed: the average after this batch is an
            attribute of the function object, ``running_mean`` of
            ``y.creator``. By default none is computed.
        running_var (array): Moving average of the variance (with divisor
            :math:`m - 1`). It goes with ``running_mean``.
        decay (float): Weight of the moving averages against the statistics of
            the batch.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    Raises:
        TypeError: If a moving average is not an array of floats.
        ValueError: If only one of the moving averages is given, ``eps`` is
            negative, or ``decay`` is not in [0, 1].

    See: S. Ioffe and C. Szegedy, `Batch Normalization: Accelerating Deep
    Network Training by Reducing Internal Covariate Shift
    <https://arxiv.org/abs/1502.03167>`_.

    .. seealso:: :class:`chainer.links.BatchNormalization` holds ``gamma``,
       ``beta`` and the moving averages.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[1, 100], [3, 300]], 'f')
       >>> gamma, beta = np.array([1, 1], 'f'), np.array([0, 5], 'f')
       >>> F.batch_normalization(x, gamma, beta).data.round(2)
       array([[-1.,  4.],
              [ 1.,  6.]], dtype=float32)

    """
    return BatchNormalizationFunction(
        eps, running_mean, running_var, True, decay, use_cudnn)(x, gamma, beta)


def fixed_batch_normalization(x, gamma, beta, mean, var, eps=2e-5,
                              use_cudnn=True):
    """Normalizes each channel by a given mean and variance.

    .. math::
       y = \\gamma_c \\frac{x - \\mu_c}{\\sqrt{\\sigma_c^2 + \\epsilon}}
           + \\beta_c

    It is :func:`batch_normalization` for prediction, where an output must not
    depend on the other examples of the batch. It is differentiable by all five
    inputs.

    Args:
        x (Variable): Minibatch, shape ``(N, C)`` or ``(N, C, d1, ..., dk)``,
            floats. If ``gamma`` has more than one dimension, so have the
            channels: ``(N, *gamma.shape, d1, ..., dk)``.
        gamma (Variable): Scale of each channel, shape ``(C,)``, of the type of
            ``x``.
        beta (Variable): Shift of each channel, of the shape and type of
            ``gamma``.
        mean (Variable): Mean :math:`\\mu` of each channel, of the shape and
            type of ``gamma``.
        var (Variable): Variance :math:`\\sigma^2` of each channel, of the
            shape and type of ``gamma``.
        eps (float): What is added to the variance. The output is finite for a
            variance of zero, too.
        use_cudnn (bool): Use cuDNN on a device, where it is available.

    Returns:
        Variable: Array of the shape and type of ``x``.

    .. seealso:: :func:`chainer.functions.batch_normalization`,
       :class:`chainer.links.BatchNormalization`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.array([[10, 0], [14, 1]], 'f')
       >>> gamma, beta = np.ones(2, 'f'), np.zeros(2, 'f')
       >>> mean, var = np.array([10, 1], 'f'), np.array([4, 1], 'f')
       >>> y = F.fixed_batch_normalization(x, gamma, beta, mean, var)
       >>> y.data.round(2)
       array([[ 0., -1.],
              [ 2.,  0.]], dtype=float32)

    """
    return BatchNormalizationFunction(eps, use_cudnn=use_cudnn)(
        x, gamma, beta, mean, var)
