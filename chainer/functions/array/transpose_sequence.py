import numpy

from chainer import cuda, function
from chainer.utils import argument, type_check


class TransposeSequence(function.Function):
    """The elements of sequences, gathered by their position."""

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() > 0)
        type_check.expect(in_types[0].ndim >= 1)
        for x_type, next_type in zip(in_types, in_types[1:]):
            type_check.expect(
                x_type.dtype == next_type.dtype,
                x_type.ndim == next_type.ndim,
                x_type.shape[0] >= next_type.shape[0],
                x_type.shape[1:] == next_type.shape[1:],
            )

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        # A stable sort by position keeps the sequences in their order.
        positions = numpy.concatenate([numpy.arange(len(x)) for x in inputs])
        self.order = positions.argsort(kind='stable')
        self.sizes = numpy.bincount(positions).tolist()
        y = xp.concatenate(inputs).take(xp.asarray(self.order), axis=0)
        return _cut(y, self.sizes)

    def backward(self, inputs, grad_outputs):
        first = inputs[0]
        xp = cuda.get_array_module(first)
        ends = numpy.cumsum(self.sizes).tolist()
        gy = xp.zeros((len(self.order), *first.shape[1:]), first.dtype)
        for end, size, piece in zip(ends, self.sizes, grad_outputs):
            if piece is not None:
                gy[end - size:end] = piece
        gx = gy.take(xp.asarray(self.order.argsort()), axis=0)
        return _cut(gx, [len(x) for x in inputs])


def _cut(x, sizes):
    """Returns views of pieces of an array, of given sizes."""
    pieces = []
    end = 0
    for size in sizes:
        start, end = end, end + size
        pieces.append(x[start:end])
    return tuple(pieces)


def transpose_sequence(xs):
    """Turns sequences into the batches of their steps, and back.

    The first result holds the first elements of all sequences, the second one
    the second elements of those that have one, and so on: ``[(0, 1, 2, 3), (4,
    5), (6,)]`` becomes ``[(0, 4, 6), (1, 5), (2,), (3,)]``. Recurrent networks
    take the latter. Applied to the result, the function gives the sequences
    again, but for empty ones.

    Args:
        xs (list of Variable): Sequences of one type, each an array whose first
            axis counts its elements, sorted from the longest to the shortest.
            All other axes agree. The last ones may be empty.

    Returns:
        tuple of Variable: As many arrays as the longest sequence is long.

    .. seealso:: :class:`chainer.links.LSTM` runs through batches that become
       smaller.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> xs = np.array([1, 2, 3]), np.array([4])
       >>> [y.data.tolist() for y in F.transpose_sequence(xs)]
       [[1, 4], [2], [3]]

    """
    xs = argument.sequence('xs', xs)
    if len(xs) == 0:
        return ()
    results = TransposeSequence()(*xs)
    return results if isinstance(results, tuple) else (results,)
