import collections
import math

import numpy

from chainer import cuda
from chainer.utils import blocks


class GradientClipping:
    """Optimizer hook that limits the L2 norm of the gradients.

    The norm is that of all gradients of the target together. If it exceeds the
    threshold, every gradient is scaled by the same factor, so that the norm
    becomes the threshold and the direction stays the same.

    Args:
        threshold (float): Largest norm.

    Attributes:
        name (str): ``'GradientClipping'``, its name among hooks.
        threshold (float): Largest norm.

    """

    name = 'GradientClipping'

    def __init__(self, threshold):
        self.threshold = threshold

    def __call__(self, opt):
        """Changes the gradients of the target of an optimizer.

        Args:
            opt (Optimizer): The optimizer that is about to update.

        """
        norm = grads_norm(opt.target)
        if not norm > self.threshold:
            return
        rate = float(self.threshold) / norm
        for param in opt.target.params():
            if param.grad is not None:
                _scale(param.grad, rate)


def _scale(grad, rate):
    # The rate may be too small for the type of the gradient.
    with cuda.get_device(grad) as device:
        if int(device) == -1:
            blocks.run(lambda g: numpy.multiply(g, rate, out=g), (grad,),
                       scratch=0)
        else:
            cuda.elementwise(
                'float64 rate', 'T g', 'g = T(double(g) * rate)',
                'scale_gradient')(rate, grad)


def grads_norm(link):
    """Returns the L2 norm of all gradients of a link.

    Args:
        link (Link): The link. Parameters without a gradient do not count.

    Returns:
        float: Square root of the sum of the squares of all elements.

    """
    # One sum for each device: there is one wait for each, not for each array.
    sums = collections.defaultdict(float)
    for param in link.params():
        grad = param.grad
        if grad is None:
            continue
        with cuda.get_device(grad) as device:
            if int(device) == -1:
                sums[-1] += blocks.squared_norm(grad)
            else:
                sums[int(device)] += _squared_norm_gpu(grad)
    return math.sqrt(sum([float(x) for x in sums.values()]))


def _squared_norm_gpu(grad):
    return cuda.reduce(
        'T x', 'float64 y', 'double(x) * double(x)', 'a + b', 'y = a', '0',
        'squared_norm')(grad)
