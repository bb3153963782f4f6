import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class MomentumSGD(optimizer.GradientMethod):
    """Stochastic gradient descent with momentum.

    Each parameter :math:`p` moves with a velocity :math:`v`, which its
    gradient :math:`g` accelerates and friction slows down:

    .. math::

       v &\\leftarrow \\mu v - \\eta g \\\\
       p &\\leftarrow p + v

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

    def update_one_cpu(self, param, state):
        lr, momentum = float(self.lr), float(self.momentum)

        def step(p, v, g, a):
            v *= momentum
            a = numpy.multiply(g, lr, out=a)
            v -= a
            p += v

        blocks.run(step, (param.data, state['v']), (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S momentum', 'T param, S v',
            '''
            v = momentum * v - lr * S(grad);
            param = T(S(param) + v);
            ''',
            'momentum_sgd')(
                param.grad, self.lr, self.momentum, param.data, state['v'])
