import numpy

from chainer import cuda, function
from chainer.utils import type_check


class Accuracy(function.Function):
    """Fraction of examples whose highest score is that of their label."""

    argument_names = 'y', 't'

    def __init__(self, ignore_label=None):
        self.ignore_label = ignore_label

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        y_type, t_type = in_types
        type_check.expect(
            y_type.dtype.kind == 'f',
            t_type.dtype == numpy.int32,
        )
        expect_fitting(y_type, t_type)

    def forward_cpu(self, inputs):
        y, t = inputs
        correct = y.argmax(axis=1).reshape(t.shape) == t
        total = t.size
        if self.ignore_label is not None:
            counted = t != self.ignore_label
            correct &= counted
            total = int(counted.sum())
        ratio = float(correct.sum()) / total if total > 0 else 0.
        return numpy.array(ratio, dtype=y.dtype),

    def forward_gpu(self, inputs):
        y, t = inputs
        predicted = y.argmax(axis=1)
        if predicted.ndim != t.ndim:
            predicted = predicted.reshape(t.shape)
        ratio = cuda.cupy.empty((), y.dtype)
        if self.ignore_label is None:
            return cuda.reduce(
                'I predicted, S t, float64 coeff', 'T ratio',
                'predicted == t', 'a + b', 'ratio = a * coeff', '0',
                'accuracy', reduce_type='int64')(
                    predicted, t, 1 / max(t.size, 1), ratio),
        return cuda.reduce(
            'I predicted, S t, int32 ignore_label', 'T ratio',
            'Hits{t != ignore_label && predicted == t, t != ignore_label}',
            'Hits{a.hits + b.hits, a.total + b.total}',
            'ratio = a.total > 0 ? (double)a.hits / a.total : 0.',
            'Hits{0, 0}', 'accuracy_of_some', reduce_type='Hits',
            preamble='struct Hits { long long hits, total; };')(
                predicted, t, self.ignore_label, ratio),


def expect_fitting(y_type, t_type):
    """Checks that there is a label for each vector of scores."""
    type_check.expect(
        y_type.ndim > 1,
        y_type.shape[1] > 0,
        t_type.ndim > 0,
        y_type.shape[0] == t_type.shape[0],
    )
    # Scores may have further axes of length 1.
    end = type_check.value(t_type.ndim) + 1
    type_check.expect(
        y_type.shape[2:end] == t_type.shape[1:],
        type_check.prod(y_type.shape[end:]) == 1,
    )


def accuracy(y, t, ignore_label=None):
    """Accuracy of a multi-class classification.

    It is the fraction of labels :math:`t_n` for which
    :math:`\\mathrm{argmax}_c\\, y_{n, c} = t_n`. It is not differentiable.

    Args:
        y (Variable): Scores, shape ``(N, C)`` or ``(N, C, d1, ..., dk)``,
            floats.
        t (Variable): Labels, shape ``(N,)`` or ``(N, d1, ..., dk)``, int32.
        ignore_label (int or None): Label of what is not counted. If nothing
            else is left, the accuracy is 0.

    Returns:
        Variable: Scalar of the type of ``y``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> y = np.array([[0.1, 0.9], [0.8, 0.2]], 'f')
       >>> float(F.accuracy(y, np.array([1, 1], 'i')).data)
       0.5

    """
    return Accuracy(ignore_label)(y, t)
