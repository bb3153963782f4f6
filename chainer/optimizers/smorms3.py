import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class SMORMS3(optimizer.GradientMethod):
    """Simon Funk's SMORMS3: RMSprop with a memory that adapts.

    For each element of a parameter :math:`p`, :math:`\\bar{g}` and
    :math:`\\bar{g_2}` are moving averages of its gradient :math:`g` and of the
    square of that, over the last :math:`m` or so updates. Their ratio
    :math:`x` is close to 1 where the gradients agree: the step is then long
    and the memory gets shorter.

    .. math::

       r &= \\frac{1}{m + 1} \\\\
       \\bar{g} &\\leftarrow (1 - r) \\bar{g} + r g \\\\
       \\bar{g_2} &\\leftarrow (1 - r) \\bar{g_2} + r g^2 \\\\
       x &= \\frac{\\bar{g}^2}{\\bar{g_2} + \\epsilon} \\\\
       p &\\leftarrow p - \\frac{\\min(\\eta, x)}
           {\\sqrt{\\bar{g_2}} + \\epsilon} g \\\\
       m &\\leftarrow 1 + m (1 - x)

    See: `RMSprop loses to SMORMS3 - Beware the Epsilon!
    <http://sifter.org/~simon/journal/20150420.html>`_.

    Args:
        lr (float): Largest learning rate :math:`\\eta`.
        eps (float): Small number :math:`\\epsilon` against division by zero.

    Attributes:
        lr (float): Largest learning rate.
        eps (float): Small number against division by zero.

    """

    def __init__(self, lr=0.001, eps=1e-16):
        self.lr = lr
        self.eps = eps

    def init_state(self, param, state):
        state['mem'] = accumulators.full_like(param.data, 1)
        for key in ('g', 'g2'):
            state[key] = accumulators.full_like(param.data, 0)

    def update_one_cpu(self, param, state):
        lr, eps = float(self.lr), float(self.eps)

        def step(p, mem, mean, mean2, g, a, x):
            a = numpy.add(mem, 1, out=a)
            x = numpy.subtract(g, mean, out=x)
            x /= a
            mean += x
            numpy.multiply(g, g, out=x)
            x -= mean2
            x /= a
            mean2 += x

            numpy.multiply(mean, mean, out=x)
            numpy.add(mean2, eps, out=a)
            x /= a
            numpy.subtract(1, x, out=a)
            mem *= a
            mem += 1

            numpy.minimum(x, lr, out=x)
            x *= g
            numpy.sqrt(mean2, out=a)
            a += eps
            x /= a
            p -= x

        blocks.run(step,
                   (param.data, state['mem'], state['g'], state['g2']),
                   (param.grad,), scratch=2)

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S lr, S eps', 'T param, S mem, S mean, S mean2',
            '''
            S g = S(grad);
            S r = 1 / (mem + 1);
            mean += r * (g - mean);
            mean2 += r * (g * g - mean2);
            S x = mean * mean / (mean2 + eps);
            param = T(S(param) - min(lr, x) * g / (sqrt(mean2) + eps));
            mem = 1 + mem * (1 - x);
            ''',
            'smorms3')(
                param.grad, self.lr, self.eps, param.data, state['mem'],
                state['g'], state['g2'])
