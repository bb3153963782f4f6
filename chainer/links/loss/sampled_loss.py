"""What links that draw negative examples have in common."""
import copy

import numpy

from chainer import cuda, link
from chainer.utils import walker_alias


class SampledLoss(link.Link):
    """Matrix with a row for each word, and a sampler of words.

    Args:
        in_size (int): Size of an input vector.
        counts (sequence of numbers): How often each word occurs.
        sample_size (int): Number of words to draw for each input.
        power (float): Exponent applied to the counts.

    Raises:
        ValueError: If ``counts`` is not a sequence of numbers from 0 on, some
            of them positive, or ``sample_size`` is not positive.

    """

    def __init__(self, in_size, counts, sample_size, power):
        counts = numpy.array(counts, dtype=numpy.float64)
        _check(counts, sample_size)
        super().__init__(W=(len(counts), in_size))
        self.W.data.fill(0)
        self.sampler = walker_alias.WalkerAlias(counts ** power)
        self.sample_size = sample_size

    def copy(self):
        twin = super().copy()
        # The copy may move to another device.
        twin.sampler = copy.copy(self.sampler)
        return twin

    def to_cpu(self):
        """Moves parameters and the sampler to host memory.

        Returns:
            Link: ``self``.

        """
        super().to_cpu()
        self.sampler.to_cpu()
        return self

    def to_gpu(self, device=None):
        """Moves parameters and the sampler to a device.

        Args:
            device: Device specifier. By default the current device.

        Returns:
            Link: ``self``.

        """
        super().to_gpu(device)
        with cuda.get_device(device):
            self.sampler.to_gpu()
        return self


def _check(counts, sample_size):
    if counts.ndim != 1 or len(counts) == 0:
        raise ValueError(f'counts must be a sequence with the count of each '
                         f'word, but have the shape {counts.shape}')
    bad = numpy.flatnonzero(~(numpy.isfinite(counts) & (counts >= 0)))
    if len(bad) > 0:
        raise ValueError(f'a count must be a number from 0 on, but that of '
                         f'word {bad[0]} is {counts[bad[0]]}')
    if not counts.any():
        raise ValueError('all counts are zero: there is no word to draw')
    if sample_size < 1:
        raise ValueError(f'sample_size must be positive, but is {sample_size}')
