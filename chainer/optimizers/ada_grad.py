import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class AdaGrad(optimizer.GradientMethod):
    """AdaGrad: steps shrink where gradients have been large.

    Each element of a parameter :math:`p` has its own learning rate, which
    falls with the sum :math:`h` of all squares of its gradient :math:`g`:

    .. math::

       h &\\leftarrow h + g^2 \\\\
       p &\\leftarrow p - \\frac{\\eta}{\\sqrt{h} + \\epsilon} g

    See: `Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization <http://jmlr.org/papers/v12/duchi11a.html>`_.

    Args:
        lr (float): Learning rate :math:`\\eta`.
        eps (float): Small number :math:`\\epsilon` against division by zero.

    Attributes:
        lr (float): Learning rate.
        eps (float): Small number against division by zero.

    """

    def __init__(self, lr=0.001, eps=1e-8):
        self.lr = lr
        self.eps = eps

    def init_state(self, param, state):
        state['h'] = accumulators.full_like(param.data, 0)

    def update_one_cpu(self, param, state):
        lr, eps = float(self.lr), float(self.eps)

        def step(p, h, g, a):
            a = numpy.multiply(g, g, out=a)
            h += a
            numpy.sqrt(h, out=a)
            a += eps
            numpy.divide(g, a, out=a)
            a *= lr
            p -= a

        blocks.run(step, (param.data, state['h']), (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S eps', 'T param, S h',
            '''
            S g = S(grad);
            h += g * g;
            param = T(S(param) - lr * g / (sqrt(h) + eps));
            ''',
            'ada_grad')(
                param.grad, self.lr, self.eps, param.data, state['h'])
