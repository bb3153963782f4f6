import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class NesterovAG(optimizer.GradientMethod):
    """Nesterov's accelerated gradient.

    It is :class:`MomentumSGD` except that the gradient is taken where the
    momentum is about to carry the parameter. So that the gradient at hand is
    that one, the parameter is kept a step of momentum ahead. Written for that
    parameter :math:`p`, a linear combination of the velocity :math:`v` and the
    gradient :math:`g` is added:

    .. math::

       p &\\leftarrow p + \\mu^2 v - (1 + \\mu) \\eta g \\\\
       v &\\leftarrow \\mu v - \\eta g

    See: `Advances in Optimizing Recurrent Networks
    <https://arxiv.org/abs/1212.0901>`_.

    Args:
        lr (float): Learning rate :math:`\\eta`.
        momentum (float): Factor :math:`\\mu` by which the velocity shrinks in
            each step.

    Attributes:
        lr (float): Learning rate.
        momentum (float): Momentum.

    """

    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum

    def init_state(self, param, state):
        state['v'] = accumulators.full_like(param.data, 0)

    # With the new velocity v, what is added to p is momentum * v - lr * g.

    def update_one_cpu(self, param, state):
        lr, momentum = float(self.lr), float(self.momentum)

        def step(p, v, g, a):
            a = numpy.multiply(g, lr, out=a)
            p -= a
            v *= momentum
            v -= a
            numpy.multiply(v, momentum, out=a)
            p += a

        blocks.run(step, (param.data, state['v']), (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S momentum', 'T param, S v',
            '''
            S step = lr * S(grad);
            v = momentum * v - step;
            param = T(S(param) + momentum * v - step);
            ''',
            'nesterov_ag')(
                param.grad, self.lr, self.momentum, param.data, state['v'])
