import numpy

from chainer import cuda
from chainer.utils import blocks


class WeightDecay:
    """Optimizer hook that pulls parameters towards zero.

    It adds to the gradient of each parameter

    .. math::

       g \\leftarrow g + \\lambda p,

    the gradient of the penalty :math:`\\frac{\\lambda}{2} \\|p\\|^2` (L2
    regularization).

    Args:
        rate (float): Coefficient :math:`\\lambda`.

    Attributes:
        name (str): ``'WeightDecay'``, its name among hooks.
        rate (float): Coefficient :math:`\\lambda`.

    .. admonition:: Example

       >>> import chainer
       >>> import chainer.links as L
       >>> optimizer = chainer.optimizers.SGD()
       >>> optimizer.setup(L.Linear(3, 2))
       >>> optimizer.add_hook(chainer.optimizer.WeightDecay(0.0005))

    """

    name = 'WeightDecay'

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, opt):
        """Changes the gradients of the target of an optimizer.

        Args:
            opt (Optimizer): The optimizer that is about to update.

        """
        rate = float(self.rate)

        def step(g, p, a):
            a = numpy.multiply(p, rate, out=a)
            g += a

        for param in opt.target.params():
            p, g = param.data, param.grad
            if g is None:
                continue
            with cuda.get_device(p) as device:
                if int(device) == -1:
                    blocks.run(step, (g,), (p,))
                else:
                    cuda.elementwise(
                        'T p, T rate', 'T g', 'g += rate * p',
                        'weight_decay')(p, rate, g)
