import numpy

from chainer import cuda, function, mode
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

    def forward_cpu(self, inputs):
        x, t = inputs
        _check_labels(t, x.shape[1])
        terms = x.astype(half.wide_type(x.dtype))
        terms[numpy.arange(len(t)), t] *= -1
        terms += 1
        numpy.maximum(terms, 0, out=terms)
        self.terms = terms
        if self.norm == 'L2':
            terms = terms * terms
        loss = float(terms.sum()) / max(len(t), 1)
        return numpy.array(loss, dtype=x.dtype),

    def forward_gpu(self, inputs):
        x, t = inputs
        if mode.is_debug():
            _check_labels(t, x.shape[1])
        power = 'term' if self.norm == 'L1' else 'term * term'
        return cuda.reduce(
            'T x, S t, int32 k, int32 n_class, float64 coeff', 'T loss',
            'hinge_term<_type_reduce>(x, t, k, n_class)',
            'a + b', 'loss = a * coeff', '0', f'hinge_fwd_{self.norm}',
            reduce_type=half.KERNEL_TYPE,
            preamble=f'''{_MARGIN}
            template <typename F>
            __device__ inline F hinge_term(F x, int t, int k, int n_class) {{
              F term = margin(x, t, k, n_class);
              term = term <= 0 ? (F)0 : term;
              return {power};
            }}
            ''')(x, t[:, None], cuda.cupy.arange(x.shape[1], dtype='i'),
                 x.shape[1], 1 / max(len(t), 1)),

    def backward_cpu(self, inputs, grad_outputs):
        x, t = inputs
        if self.norm == 'L1':
            gx = numpy.sign(self.terms)
        else:
            gx = 2 * self.terms
        gx[numpy.arange(len(t)), t] *= -1
        gx *= float(grad_outputs[0]) / max(len(t), 1)
        return gx.astype(x.dtype, copy=False), None

    def backward_gpu(self, inputs, grad_outputs):
        x, t = inputs
        slope = '1' if self.norm == 'L1' else '2 * term'
        gx = cuda.elementwise(
            'T x, S t, T gloss, int32 n_class, float64 coeff', 'T gx',
            f'''
            typedef {half.KERNEL_TYPE} wide;
            const int k = _ind.get()[1];
            const wide term = margin<wide>(x, t, k, n_class);
            const wide slope =
                term > 0 ? (wide)({slope}) : term <= 0 ? (wide)0 : term;
            gx = (k == t ? -slope : slope) * (wide)(gloss * coeff);
            ''', f'hinge_bwd_{self.norm}', reduce_dims=False,
            preamble=_MARGIN)(
                x, t[:, None], grad_outputs[0], x.shape[1],
                1 / max(len(t), 1))
        return gx, None


# How much is missing. A number that is no label makes it NaN.
_MARGIN = '''
template <typename F>
__device__ inline F margin(F x, int t, int k, int n_class) {
  return t < 0 || t >= n_class ? (F)(0. / 0.) : k == t ? 1 - x : 1 + x;
}
'''


def _check_labels(t, n_class):
    if ((t < 0) | (t >= n_class)).any():
        raise ValueError(f'labels t must lie in 0 <= t < {n_class}, the '
                         f'number of classes, but they reach from {t.min()} '
                         f'to {t.max()}')


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
        ValueError: If a label is not the number of a class. On a device this
            is found out in debug mode only; else the loss is NaN.
        NotImplementedError: If ``norm`` is another one.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> x, t = np.array([[-2, 3, 0.5]], 'f'), np.array([1], 'i')
       >>> float(F.hinge(x, t).data), float(F.hinge(x, t, 'L2').data)
       (1.5, 2.25)

    """
    return Hinge(norm)(x, t)
