import numpy

from chainer import cuda, function
from chainer.utils import type_check


class BinaryAccuracy(function.Function):
    """Fraction of scores whose sign is that of their label.

    Attributes:
        ignore_label (int): Label of what is not counted.

    """

    argument_names = 'y', 't'
    ignore_label = -1

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        y_type, t_type = in_types
        type_check.expect(
            y_type.dtype.kind == 'f',
            t_type.dtype == numpy.int32,
            y_type.shape == t_type.shape,
        )

    def forward_cpu(self, inputs):
        y, t = inputs
        counted = t != self.ignore_label
        correct = ((y >= 0) == t) & counted
        ratio = float(correct.sum()) / max(int(counted.sum()), 1)
        return numpy.array(ratio, dtype=y.dtype),

    def forward_gpu(self, inputs):
        y, t = inputs
        # Sums of pairs in one kernel would take twice the time: compilers
        # have vector instructions for sums of numbers.
        total = cuda.reduce(
            'S t, int32 ignore_label', 'int64 total', 't != ignore_label',
            'a + b', 'total = a', '0', 'binary_accuracy_total')(
                t, self.ignore_label)
        return cuda.reduce(
            'T y, S t, int32 ignore_label, raw int64 total', 'T ratio',
            '(t != ignore_label) & ((y >= 0) == t)', 'a + b',
            'ratio = total[0] > 0 ? (double)a / total[0] : 0.', '0',
            'binary_accuracy', reduce_type='int64')(
                y, t, self.ignore_label, total),


def binary_accuracy(y, t):
    """Accuracy of a binary classification.

    A score stands for the class 1 if it is 0 or more, else for the class 0.
    The result is the fraction of scores that stand for their label. It is not
    differentiable.

    Args:
        y (Variable): Scores before sigmoid, floats of any shape.
        t (Variable): Labels 0 and 1, of the shape of ``y``, int32. What has
            the label -1 is not counted. If nothing else is left, the accuracy
            is 0.

    Returns:
        Variable: Scalar of the type of ``y``.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> y, t = np.array([-2, 3, 0.5], 'f'), np.array([0, 0, -1], 'i')
       >>> float(F.binary_accuracy(y, t).data)
       0.5

    """
    return BinaryAccuracy()(y, t)
