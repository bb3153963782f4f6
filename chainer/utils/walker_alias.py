import numpy

from chainer import cuda


class WalkerAlias:
    """Draws random integers of given probabilities, each in constant time.

    Walker's alias method cuts the unit interval into as many boxes as there
    are integers, and divides each box between two of them at most, such that
    every integer gets its probability. One uniformly distributed number tells
    the box and the side. Making the table takes time proportional to the
    number of integers (and a sort); drawing from it does not depend on that.

    See: `Alias method <https://en.wikipedia.org/wiki/Alias_method>`_.

    Args:
        probs (list of float): Probability of each integer from 0 on. They are
            divided by their sum.

    Raises:
        ValueError: If ``probs`` is not a sequence of numbers, all finite, none
            negative and not all zero.

    .. admonition:: Example

       >>> import numpy as np
       >>> from chainer import utils
       >>> np.random.seed(0)
       >>> sampler = utils.WalkerAlias([5, 3, 2])
       >>> np.bincount(sampler.sample(1000)) / 1000
       array([0.496, 0.304, 0.2  ])

    """

    def __init__(self, probs):
        probs = _check(numpy.array(probs, dtype=numpy.float64))
        threshold, values = _make_table(probs / probs.sum())
        self.threshold = threshold.astype(numpy.float32)
        self.values = values.astype(numpy.int32)
        self.use_gpu = False

    def to_gpu(self):
        """Moves the sampler to the current device."""
        device = cuda.Device()
        self.threshold = cuda.send(self.threshold, device)
        self.values = cuda.send(self.values, device)
        self.use_gpu = True

    def to_cpu(self):
        """Moves the sampler to host memory."""
        if self.use_gpu:
            self.threshold = cuda.to_cpu(self.threshold)
            self.values = cuda.to_cpu(self.values)
            self.use_gpu = False

    def sample(self, shape):
        """Draws random integers.

        Args:
            shape (int or tuple of int): Shape of the result.

        Returns:
            Array: Integers of type ``int32``: a ``cupy.ndarray`` after
            :meth:`to_gpu`, else a ``numpy.ndarray``.

        """
        if self.use_gpu:
            return self.sample_gpu(shape)
        return self.sample_cpu(shape)

    def sample_cpu(self, shape):
        """Draws random integers in host memory."""
        position = numpy.random.uniform(0, 1, shape) * len(self.threshold)
        box = position.astype(numpy.int32)
        side = self.threshold[box] < position - box
        return self.values[box * 2 + side]

    def sample_gpu(self, shape):
        """Draws random integers on the device."""
        position = cuda.cupy.random.uniform(0, 1, shape)
        return cuda.elementwise(
            'T uniform, raw S threshold, raw int32 values, int32 size',
            'int32 value',
            '''
            T position = uniform * size;
            int box = min(int(position), size - 1);
            int side = threshold[box] < position - box;
            value = values[box * 2 + side];
            ''',
            'walker_alias_sample')(
                position, self.threshold, self.values, len(self.threshold))


def _check(probs):
    if probs.ndim != 1 or len(probs) == 0:
        raise ValueError(f'WalkerAlias takes a sequence of probabilities, but '
                         f'got an array of shape {probs.shape}')
    bad = numpy.flatnonzero(~(numpy.isfinite(probs) & (probs >= 0)))
    if len(bad) > 0:
        raise ValueError(f'a probability must be a number from 0 on, but that '
                         f'of {bad[0]} is {probs[bad[0]]}')
    if not probs.any():
        raise ValueError('all probabilities are zero')
    return probs


def _make_table(probs):
    """Makes the boxes, given probabilities that sum to 1.

    The integers are put into boxes in the order of their probability. One that
    is too likely for a box of its own first fills up boxes of earlier ones.

    Returns:
        tuple: How much of each box belongs to its first integer; and the two
        integers of each box, one box after the other.

    """
    order = numpy.argsort(probs, kind='stable')
    threshold, alias = [], order.tolist()
    unfilled = 0
    masses = probs[order] * len(probs)      # in boxes
    for integer, mass in zip(order.tolist(), masses.tolist()):
        while mass > 1 and unfilled < len(threshold):
            mass -= 1 - threshold[unfilled]
            alias[unfilled] = integer
            unfilled += 1
        threshold.append(mass)
    values = numpy.stack([order, alias], axis=1)
    return numpy.array(threshold), values.ravel()
