import numpy

from chainer import cuda
from chainer.utils import blocks


class Lasso:
    """Optimizer hook that pulls most parameters to zero.

    It adds to the gradient of each parameter

    .. math::

       g \\leftarrow g + \\lambda \\, \\mathrm{sign}(p),

    the gradient of the penalty :math:`\\lambda \\|p\\|_1` (L1
    regularization), whose pull does not fade near zero: many elements end up
    around it.

    Args:
        rate (float): Coefficient :math:`\\lambda`.

    Attributes:
        name (str): ``'Lasso'``, its name among hooks.
        rate (float): Coefficient :math:`\\lambda`.

    """

    name = 'Lasso'

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, opt):
        """Changes the gradients of the target of an optimizer.

        Args:
            opt (Optimizer): The optimizer that is about to update.

        """
        rate = float(self.rate)

        def step(g, p, a):
            a = numpy.sign(p, out=a)
            a *= rate
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
                        'T p, T rate', 'T g',
                        'g += rate * T((p > T(0)) - (p < T(0)))',
                        'lasso')(p, rate, g)
