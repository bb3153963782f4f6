import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class RMSpropGraves(optimizer.GradientMethod):
    """RMSprop as Alex Graves uses it.

    Gradients :math:`g` of a parameter :math:`p` are divided by their recent
    standard deviation, computed from moving averages of the square,
    :math:`n`, and of the gradient itself, :math:`\\bar{g}`; and there is
    momentum:

    .. math::

       n &\\leftarrow \\alpha n + (1 - \\alpha) g^2 \\\\
       \\bar{g} &\\leftarrow \\alpha \\bar{g} + (1 - \\alpha) g \\\\
       \\delta &\\leftarrow \\mu \\delta
           - \\frac{\\eta}{\\sqrt{n - \\bar{g}^2 + \\epsilon}} g \\\\
       p &\\leftarrow p + \\delta

    See: `Generating Sequences With Recurrent Neural Networks
    <https://arxiv.org/abs/1308.0850>`_.

    Args:
        lr (float): Learning rate :math:`\\eta`.
        alpha (float): Weight :math:`\\alpha` of the past in the averages.
        momentum (float): Momentum :math:`\\mu`.
        eps (float): Number :math:`\\epsilon` added to the variance.

    Attributes:
        lr (float): Learning rate.
        alpha (float): Weight of the past in the averages.
        momentum (float): Momentum.
        eps (float): Number added to the variance.

    """

    def __init__(self, lr=1e-4, alpha=0.95, momentum=0.9, eps=1e-4):
        self.lr = lr
        self.alpha = alpha
        self.momentum = momentum
        self.eps = eps

    def init_state(self, param, state):
        for key in ('n', 'g', 'delta'):
            state[key] = accumulators.full_like(param.data, 0)

    # The variance n - g^2 is clipped at 0: rounding can make it negative, and
    # by more than eps where gradients are large.

    def update_one_cpu(self, param, state):
        lr, alpha = float(self.lr), float(self.alpha)
        momentum, eps = float(self.momentum), float(self.eps)

        def step(p, n, mean, delta, g, a):
            a = numpy.multiply(g, g, out=a)
            a -= n
            a *= 1 - alpha
            n += a
            numpy.subtract(g, mean, out=a)
            a *= 1 - alpha
            mean += a
            numpy.multiply(mean, mean, out=a)
            numpy.subtract(n, a, out=a)
            numpy.maximum(a, 0, out=a)
            a += eps
            numpy.sqrt(a, out=a)
            numpy.divide(g, a, out=a)
            a *= lr
            delta *= momentum
            delta -= a
            p += delta

        blocks.run(step, (param.data, state['n'], state['g'], state['delta']),
                   (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S alpha, S momentum, S eps',
            'T param, S square, S mean, S delta',
            '''
            S g = S(grad);
            square = alpha * square + (1 - alpha) * g * g;
            mean = alpha * mean + (1 - alpha) * g;
            S variance = max(square - mean * mean, S(0));
            delta = momentum * delta - lr * g / sqrt(variance + eps);
            param = T(S(param) + delta);
            ''',
            'rmsprop_graves')(
                param.grad, self.lr, self.alpha, self.momentum, self.eps,
                param.data, state['n'], state['g'], state['delta'])
