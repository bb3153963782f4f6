import math

import numpy

from chainer import cuda


def exponential_decay_noise(xp, shape, dtype, hook, opt):
    """Gaussian noise that fades as the optimization goes on.

    Its mean is 0 and its variance is

    .. math::

       \\sigma_t^2 = \\frac{\\eta}{(1 + t)^{0.55}}

    where :math:`\\eta` is ``hook.eta`` and :math:`t` is ``opt.t``.

    See: `Adding Gradient Noise Improves Learning for Very Deep Networks
    <https://arxiv.org/abs/1511.06807>`_.

    Args:
        xp (module): ``numpy`` or ``cupy``.
        shape (tuple of int): Shape of the noise.
        dtype (numpy.dtype): Data type of the noise.
        hook (GradientNoise): The hook that asks for noise.
        opt (Optimizer): The optimizer that called the hook.

    Returns:
        Array: The noise.

    """
    deviation = math.sqrt(hook.eta / (1 + opt.t) ** 0.55)
    if xp is numpy:
        return numpy.random.normal(0, deviation, shape).astype(dtype)
    return xp.random.normal(
        0, deviation, shape,
        numpy.promote_types(dtype, numpy.float32)).astype(dtype, copy=False)


class GradientNoise:
    """Optimizer hook that adds random noise to the gradients.

    Noise helps a very deep network out of where gradients alone leave it. By
    default it is Gaussian noise that fades, see
    :func:`exponential_decay_noise`.

    Args:
        eta (float): Scale of the noise. For the default noise one of 0.01, 0.3
            and 1.0 is recommended.
        noise_func (callable): Function that makes the noise. It takes the
            arguments of :func:`exponential_decay_noise`.

    Attributes:
        name (str): ``'GradientNoise'``, its name among hooks.
        eta (float): Scale of the noise.
        noise_func (callable): Function that makes the noise.

    """

    name = 'GradientNoise'

    def __init__(self, eta, noise_func=exponential_decay_noise):
        self.eta = eta
        self.noise_func = noise_func

    def __call__(self, opt):
        """Changes the gradients of the target of an optimizer.

        Args:
            opt (Optimizer): The optimizer that is about to update.

        """
        for param in opt.target.params():
            grad = param.grad
            if grad is not None:
                with cuda.get_device(grad):
                    xp = cuda.get_array_module(grad)
                    grad += self.noise_func(
                        xp, grad.shape, grad.dtype, self, opt)
