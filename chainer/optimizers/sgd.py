import numpy

from chainer import cuda, optimizer
from chainer.utils import blocks


class SGD(optimizer.GradientMethod):
    """Stochastic gradient descent.

    Each parameter :math:`p` goes a step against its gradient :math:`g`:

    .. math::

       p \\leftarrow p - \\eta g

    Args:
        lr (float): Learning rate :math:`\\eta`.

    Attributes:
        lr (float): Learning rate.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> import chainer.links as L
       >>> from chainer import Variable, optimizers
       >>> model = L.Linear(2, 1, initialW=np.ones((1, 2), 'f'))
       >>> optimizer = optimizers.SGD(lr=0.5)
       >>> optimizer.setup(model)
       >>> x = Variable(np.array([[1, 2]], 'f'))
       >>> optimizer.update(lambda x: F.sum(model(x)), x)
       >>> model.W.data
       array([[0.5, 0. ]], dtype=float32)

    """

    def __init__(self, lr=0.01):
        self.lr = lr

    def update_one_cpu(self, param, state):
        lr = float(self.lr)

        def step(p, g, a):
            a = numpy.multiply(g, lr, out=a)
            p -= a

        blocks.run(step, (param.data,), (param.grad,))

    def update_one_gpu(self, param, state):
        cuda.elementwise(
            'T grad, T lr', 'T param',
            'param -= lr * grad',
            'sgd')(param.grad, self.lr, param.data)
