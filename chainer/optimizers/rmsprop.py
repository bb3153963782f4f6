import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class RMSprop(optimizer.GradientMethod):
    """RMSprop: gradients are divided by their recent magnitude.

    For each element of a parameter :math:`p`, :math:`m` is a moving average of
    the square of its gradient :math:`g`:

    .. math::

       m &\\leftarrow \\alpha m + (1 - \\alpha) g^2 \\\\
       p &\\leftarrow p - \\frac{\\eta}{\\sqrt{m} + \\epsilon} g

    See: T. Tieleman and G. Hinton, Neural Networks for Machine Learning,
    lecture 6.5 (2012).

    Args:
        lr (float): Learning rate :math:`\\eta`.
        alpha (float): Weight :math:`\\alpha` of the past in the average.
        eps (float): Small number :math:`\\epsilon` against division by zero.

    Attributes:
        lr (float): Learning rate.
        alpha (float): Weight of the past in the average.
        eps (float): Small number against division by zero.

    """

    def __init__(self, lr=0.01, alpha=0.99, eps=1e-8):
        self.lr = lr
        self.alpha = alpha
        self.eps = eps

    def init_state(self, param, state):
        state['ms'] = accumulators.full_like(param.data, 0)

    def update_one_cpu(self, param, state):
        lr, alpha, eps = float(self.lr), float(self.alpha), float(self.eps)

        def step(p, ms, g, a):
            a = numpy.multiply(g, g, out=a)
            a -= ms
            a *= 1 - alpha
            ms += a
            numpy.sqrt(ms, out=a)
            a += eps
            numpy.divide(g, a, out=a)
            a *= lr
            p -= a

        blocks.run(step, (param.data, state['ms']), (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S alpha, S eps', 'T param, S ms',
            '''
            S g = S(grad);
            ms = alpha * ms + (1 - alpha) * g * g;
            param = T(S(param) - lr * g / (sqrt(ms) + eps));
            ''',
            'rmsprop')(
                param.grad, self.lr, self.alpha, self.eps, param.data,
                state['ms'])
