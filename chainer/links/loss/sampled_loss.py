"""What links that draw negative examples have in common."""
import numpy

from chainer.links.loss import companion
from chainer.utils import argument, walker_alias


class SampledLoss(companion.CompanionLink):
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

    companion_name = 'sampler'

    def __init__(self, in_size, counts, sample_size, power):
        counts = numpy.array(counts, dtype=numpy.float64)
        _check(counts, sample_size)
        argument.check_sizes(0, in_size=in_size)
        super().__init__(W=(len(counts), in_size))
        self.W.data.fill(0)
        self.sampler = walker_alias.WalkerAlias(counts ** power)
        self.sample_size = sample_size


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
