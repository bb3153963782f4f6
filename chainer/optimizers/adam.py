import math

import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class Adam(optimizer.GradientMethod):
    """Adam: momentum, divided by the recent magnitude of gradients.

    For each element of a parameter :math:`p`, :math:`m` and :math:`v` are
    moving averages of its gradient :math:`g` and of the square of that. Both
    start from zero, which makes them too small at first; the learning rate
    :math:`\\eta_t` of the :math:`t`-th update corrects for it:

    .. math::

       m &\\leftarrow \\beta_1 m + (1 - \\beta_1) g \\\\
       v &\\leftarrow \\beta_2 v + (1 - \\beta_2) g^2 \\\\
       \\eta_t &= \\alpha \\frac{\\sqrt{1 - \\beta_2^t}}{1 - \\beta_1^t} \\\\
       p &\\leftarrow p - \\eta_t \\frac{m}{\\sqrt{v} + \\epsilon}

    See: `Adam: A Method for Stochastic Optimization
    <https://arxiv.org/abs/1412.6980v8>`_.

    Args:
        alpha (float): Step size :math:`\\alpha`.
        beta1 (float): Weight :math:`\\beta_1` of the past in :math:`m`.
        beta2 (float): Weight :math:`\\beta_2` of the past in :math:`v`.
        eps (float): Small number :math:`\\epsilon` against division by zero.

    Attributes:
        alpha (float): Step size.
        beta1 (float): Weight of the past in the average of gradients.
        beta2 (float): Weight of the past in the average of their squares.
        eps (float): Small number against division by zero.

    """

    def __init__(self, alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.alpha = alpha
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps

    @property
    def lr(self):
        """Learning rate :math:`\\eta_t` of the current update.

        There is none before the first update, when it is a
        ``ZeroDivisionError``.
        """
        if self.t == 0:
            raise ZeroDivisionError(
                'the learning rate of Adam depends on the number of updates, '
                'and there was none yet. Its step size is alpha')
        correction1 = 1 - self.beta1 ** self.t
        correction2 = 1 - self.beta2 ** self.t
        return self.alpha * math.sqrt(correction2) / correction1

    def init_state(self, param, state):
        for key in ('m', 'v'):
            state[key] = accumulators.full_like(param.data, 0)

    def update_one_cpu(self, param, state):
        lr, eps = float(self.lr), float(self.eps)
        beta1, beta2 = float(self.beta1), float(self.beta2)

        def step(p, m, v, g, a):
            a = numpy.subtract(g, m, out=a)
            a *= 1 - beta1
            m += a
            numpy.multiply(g, g, out=a)
            a -= v
            a *= 1 - beta2
            v += a
            numpy.sqrt(v, out=a)
            a += eps
            numpy.divide(m, a, out=a)
            a *= lr
            p -= a

        blocks.run(step, (param.data, state['m'], state['v']), (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S beta1, S beta2, S eps', 'T param, S m, S v',
            '''
            S g = S(grad);
            m += (1 - beta1) * (g - m);
            v += (1 - beta2) * (g * g - v);
            param = T(S(param) - lr * m / (sqrt(v) + eps));
            ''',
            'adam')(
                param.grad, self.lr, self.beta1, self.beta2, self.eps,
                param.data, state['m'], state['v'])
