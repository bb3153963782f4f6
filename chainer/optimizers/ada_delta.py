import numpy

from chainer import cuda, optimizer
from chainer.optimizers import accumulators
from chainer.utils import blocks


class AdaDelta(optimizer.GradientMethod):
    """ADADELTA: steps in the units of the parameter, without a learning rate.

    For each element of a parameter :math:`p`, moving averages of the squares
    of its gradient :math:`g` and of its steps :math:`d` are kept, :math:`m_g`
    and :math:`m_d`. The ratio of their roots is the learning rate:

    .. math::

       m_g &\\leftarrow \\rho m_g + (1 - \\rho) g^2 \\\\
       d &= \\sqrt{\\frac{m_d + \\epsilon}{m_g + \\epsilon}} \\, g \\\\
       m_d &\\leftarrow \\rho m_d + (1 - \\rho) d^2 \\\\
       p &\\leftarrow p - d

    See: `ADADELTA: An Adaptive Learning Rate Method
    <https://arxiv.org/abs/1212.5701>`_.

    Args:
        rho (float): Weight :math:`\\rho` of the past in the averages.
        eps (float): Small number :math:`\\epsilon`, from which the first steps
            come.

    Attributes:
        rho (float): Weight of the past in the averages.
        eps (float): Small number.

    """

    def __init__(self, rho=0.95, eps=1e-6):
        self.rho = rho
        self.eps = eps

    def init_state(self, param, state):
        for key in ('msg', 'msdx'):
            state[key] = accumulators.full_like(param.data, 0)

    def update_one_cpu(self, param, state):
        rho, eps = float(self.rho), float(self.eps)

        def step(p, msg, msdx, g, a, dx):
            a = numpy.multiply(g, g, out=a)
            a -= msg
            a *= 1 - rho
            msg += a

            dx = numpy.add(msdx, eps, out=dx)
            numpy.add(msg, eps, out=a)
            dx /= a
            numpy.sqrt(dx, out=dx)
            dx *= g

            numpy.multiply(dx, dx, out=a)
            a -= msdx
            a *= 1 - rho
            msdx += a
            p -= dx

        blocks.run(step, (param.data, state['msg'], state['msdx']),
                   (param.grad,), scratch=2)

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, S rho, S eps', 'T param, S msg, S msdx',
            '''
            S g = S(grad);
            msg = rho * msg + (1 - rho) * g * g;
            S dx = sqrt((msdx + eps) / (msg + eps)) * g;
            msdx = rho * msdx + (1 - rho) * dx * dx;
            param = T(S(param) - dx);
            ''',
            'ada_delta')(
                param.grad, self.rho, self.eps, param.data, state['msg'],
                state['msdx'])
