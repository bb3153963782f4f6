import numbers

import numpy

from chainer import cuda, function
from chainer.utils import argument, type_check


class SplitAxis(function.Function):
    """Pieces of an array along an axis."""

    def __init__(self, indices_or_sections, axis):
        if (isinstance(indices_or_sections, numbers.Integral) and
                not isinstance(indices_or_sections, bool)):
            if indices_or_sections < 1:
                raise ValueError(f'the number of sections must be positive, '
                                 f'but is {indices_or_sections}')
        else:
            indices_or_sections = _as_indices(indices_or_sections)
        self.indices_or_sections = indices_or_sections
        self.axis = argument.integer('axis', axis)

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(-x_type.ndim <= self.axis, self.axis < x_type.ndim)
        size = x_type.shape[self.axis]
        if isinstance(self.indices_or_sections, numbers.Integral):
            type_check.expect(size % self.indices_or_sections == 0)
        elif self.indices_or_sections:
            type_check.expect(size > self.indices_or_sections[-1])

    def forward(self, inputs):
        x, = inputs
        lead = (slice(None),) * (self.axis % x.ndim)
        self.pieces = [
            (*lead, piece) for piece in self._split(x.shape[self.axis])]
        return tuple([x[piece] for piece in self.pieces])

    def backward(self, inputs, grad_outputs):
        x, = inputs
        xp = cuda.get_array_module(x)
        gys = [xp.zeros_like(x[piece]) if gy is None else gy
               for piece, gy in zip(self.pieces, grad_outputs)]
        return xp.concatenate(gys, self.axis),

    def _split(self, size):
        if isinstance(self.indices_or_sections, numbers.Integral):
            step = size // self.indices_or_sections
            edges = [i * step for i in range(self.indices_or_sections + 1)]
        else:
            edges = [0, *self.indices_or_sections, size]
        pieces = [slice(*piece) for piece in zip(edges, edges[1:])]
        if any([piece.start >= piece.stop for piece in pieces]):
            raise ValueError(
                f'no piece may be empty: an axis of size {size} cannot be '
                f'split at the edges {edges}, which must increase')
        return pieces


def _as_indices(indices):
    array = numpy.asarray(indices)
    if array.ndim != 1 or array.size > 0 and array.dtype.kind not in 'iu':
        raise TypeError(f'indices_or_sections must be an int or a 1-D array '
                        f'of int, but is {indices!r}')
    return array.astype(int).tolist()


def split_axis(x, indices_or_sections, axis, force_tuple=False):
    """Splits an array into pieces along an axis.

    Args:
        x (Variable): Array.
        indices_or_sections (int or 1-D array): The number of pieces, all of
            one size; or the increasing positions where a new piece starts:
            with ``[2, 3]`` the pieces are ``x[:2]``, ``x[2:3]`` and ``x[3:]``.
        axis (int): Axis to split; a negative one counts from the last.
        force_tuple (bool): Return a tuple also if there is only one piece.

    Returns:
        tuple of Variable, or Variable: The pieces; if there is only one, and
        ``force_tuple`` is false, the piece itself. They are views of ``x``.

    Raises:
        chainer.utils.type_check.InvalidType: If the number of pieces does not
            divide the size of the axis, or a position is not within it.
        ValueError: If a piece would be empty.

    .. seealso:: :func:`chainer.functions.concat` is the inverse,
       :func:`chainer.functions.separate` takes the axis away.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x = np.arange(6).reshape(2, 3)
       >>> y, z = F.split_axis(x, [1], axis=1)
       >>> y.data, z.data
       (array([[0],
               [3]]), array([[1, 2],
               [4, 5]]))

    """
    results = SplitAxis(indices_or_sections, axis)(x)
    if force_tuple and not isinstance(results, tuple):
        return results,
    return results
