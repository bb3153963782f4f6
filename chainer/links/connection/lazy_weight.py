"""What links with a weight of late shape have in common."""
import numpy

from chainer import initializers, link


class LazyWeight(link.Link):
    """Link with a weight ``W``, whose shape the first input may determine.

    Args:
        initialW: Initial weights. They are kept until ``W`` exists.
        wscale (float): Scale of the initial weights.

    """

    def __init__(self, initialW, wscale):
        super().__init__()
        self.initialW = initialW
        self.wscale = wscale

    def add_param(self, name, shape, dtype=numpy.float32):
        super().add_param(name, shape, dtype)
        if name == 'W':
            # It may be as large as W, and a function cannot be pickled.
            self.initialW = None

    def _initialize_weight(self, shape):
        # A weight that cannot be initialized must not be registered.
        W = self.xp.empty(shape, dtype=numpy.float32)
        initializers.init_weight(W, self.initialW, self.wscale)
        self.add_param('W', W.shape)
        self.W.data[...] = W
