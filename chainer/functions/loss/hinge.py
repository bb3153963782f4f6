import numpy

from chainer import cuda, function
from chainer.functions.math import half
from chainer.utils import type_check


class Hinge(function.Function):
    """Hinge loss of scores against labels."""

    argument_names = 'x', 't'

    def __init__(self, norm='L1'):
        if norm not in ('L1', 'L2'):
            raise NotImplementedError(
                f"norm must be 'L1' or 'L2', but is {norm!r}")
        self.norm = norm

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        x_type, t_type = in_types
        type_check.expect(
            x_type.dtype.kind == 'f',
            t_type.dtype == numpy.int32,
            x_type.ndim == 2,
            t_type.ndim == 1,
            x_type.shape[0] == t_type.shape[0],
        )

    def forward(self, inputs):
        x, t = inputs
        if ((t < 0) | (t >= x.shape[1])).any():
            raise ValueError(f'labels t must lie in 0 <= t < {x.shape[1]}, '
                             f'the number of classes, but they reach from '
                             f'{t.min()} to {t.max()}')
        xp = cuda.get_array_module(x)
        terms = x.astype(half.wide_type(x.dtype))
        terms[xp.arange(len(t)), t] *= -1
        terms += 1
        xp.maximum(terms, 0, out=terms)
        self.terms = terms
        if self.norm == 'L2':
            terms = terms * terms
        loss = float(terms.sum()) / max(len(t), 1)
        return xp.asarray(loss, dtype=x.dtype),

    def backward(self, inputs, grad_outputs):
        x, t = inputs
        xp = cuda.get_array_module(x)
        if self.norm == 'L1':
            gx = xp.sign(self.terms)
        else:
            gx = 2 * self.terms
        gx[xp.arange(len(t)), t] *= -1
        gx *= float(grad_outputs[0]) / max(len(t), 1)
        return gx.astype(x.dtype, copy=False), None


def hinge(x, t, norm='L1'):
    """Hinge loss of scores against labels, one class against the others.

    .. math::
       L = \\frac{1}{N} \\sum_{n=1}^N \\sum_{k=1}^K
           \\max(0, 1 - \\delta_{n,k} \\, x_{n,k})^p,

    where :math:`\\delta_{n,k}` is 1 if :math:`k` is the label :math:`t_n`,
    else -1, and :math:`p` is 1 for the norm ``'L1'`` and 2 for ``'L2'``.

    Args:
        x (Variable): Scores, shape ``(N, K)``, floats.
        t (Variable): Labels, shape ``(N,)``, int32.
        norm (str): ``'L1'`` or ``'L2'``.

    Returns:
        Variable: Scalar of the type of ``x``; 0 for an empty batch.

    Raises:
        ValueError: If a label is not the number of a class.
        NotImplementedError: If ``norm`` is another one.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, t = np.array([[-2, 3, 0.5]], 'f'), np.array([1], 'i')
       >>> float(F.hinge(x, t).data), float(F.hinge(x, t, 'L2').data)
       (1.5, 2.25)

    """
    return Hinge(norm)(x, t)
