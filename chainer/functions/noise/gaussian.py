import numpy

from chainer import cuda, function, utils
from chainer.functions.math import half
from chainer.utils import type_check


class Gaussian(function.Function):
    """Sample of a normal distribution that gradients flow through."""

    argument_names = 'mean', 'ln_var'
    # Drawn once: a gradient check calls forward again.
    eps = None

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        mean_type, ln_var_type = in_types
        type_check.expect(
            mean_type.dtype.kind == 'f',
            ln_var_type.dtype == mean_type.dtype,
            ln_var_type.shape == mean_type.shape,
        )

    def forward_cpu(self, inputs):
        mean, ln_var = inputs
        if self.eps is None:
            eps = numpy.random.standard_normal(mean.shape)
            self.eps = utils.force_array(eps, mean.dtype)
        noise = utils.force_array(ln_var * ln_var.dtype.type(0.5))
        numpy.exp(noise, out=noise)
        noise *= self.eps
        self.noise = noise
        return utils.force_array(mean + noise),

    def backward_cpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        g_ln_var = utils.force_array(gy * self.noise)
        g_ln_var *= 0.5
        return gy, g_ln_var

    def forward_gpu(self, inputs):
        mean, ln_var = inputs
        if self.eps is None:
            self.eps = cuda.cupy.random.standard_normal(
                mean.shape, dtype=half.wide_type(mean.dtype))
        y, self.noise = cuda.elementwise(
            'T mean, T ln_var, W eps', 'T y, T noise',
            'noise = eps * exp(ln_var * (T)0.5); y = mean + noise',
            'gaussian_fwd')(mean, ln_var, self.eps)
        return y,

    def backward_gpu(self, inputs, grad_outputs):
        gy, = grad_outputs
        g_ln_var = cuda.elementwise(
            'T gy, T noise', 'T g_ln_var', 'g_ln_var = gy * noise * (T)0.5',
            'gaussian_bwd')(gy, self.noise)
        return gy, g_ln_var


def gaussian(mean, ln_var):
    """Draws from normal distributions, elementwise.

    A sample of the distribution of mean :math:`\\mu` and variance
    :math:`\\sigma^2` is computed from one of the standard distribution,

    .. math:: y = \\mu + \\sigma \\epsilon, \\quad
              \\epsilon \\sim N(0, 1),

    so that it can be differentiated by :math:`\\mu` and by
    :math:`\\log \\sigma^2`. This is how variational autoencoders are trained.

    Args:
        mean (Variable): Means :math:`\\mu`, an array of floats of any shape.
        ln_var (Variable): Logarithms of the variances,
            :math:`\\log \\sigma^2`, of the same shape and type.

    Returns:
        Variable: Array of samples, of the shape and type of ``mean``.

    See: D. P. Kingma & M. Welling, `Auto-Encoding Variational Bayes
    <https://arxiv.org/abs/1312.6114>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> mean = np.full(10000, 5, 'f')
       >>> y = F.gaussian(mean, np.log(np.full(10000, 0.01, 'f'))).data
       >>> bool(abs(y.mean() - 5) < 0.01), bool(abs(y.std() - 0.1) < 0.01)
       (True, True)

    """
    return Gaussian()(mean, ln_var)
