import numpy

from chainer import cuda, function
from chainer.functions.evaluation import accuracy
from chainer.utils import argument, type_check


class ClassificationSummary(function.Function):
    """Precision, recall, F-measure and number of examples of each class."""

    argument_names = 'y', 't'

    def __init__(self, label_num, beta, ignore_label):
        self.label_num = label_num if label_num is None else (
            argument.integer('label_num', label_num))
        self.beta = argument.number('beta', beta)
        self.ignore_label = ignore_label

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        y_type, t_type = in_types
        type_check.expect(
            y_type.dtype.kind == 'f',
            t_type.dtype.kind == 'i',
        )
        accuracy.expect_fitting(y_type, t_type)

    def forward(self, inputs):
        y, t = inputs
        xp = cuda.get_array_module(y)
        n = self.label_num
        if n is None:
            n = int(t.max()) + 1 if t.size > 0 else 0
        counted = t != self.ignore_label
        predicted = y.argmax(axis=1).reshape(t.shape)[counted]
        labels = t[counted]
        _check_labels(labels, n, self.ignore_label)

        hits = xp.bincount(labels[labels == predicted], minlength=n)
        predictions = xp.bincount(predicted, minlength=n)[:n]
        support = xp.bincount(labels, minlength=n)
        # What is 0 / 0 is NaN, silently.
        with numpy.errstate(invalid='ignore'):
            precision = hits / predictions
            recall = hits / support
            weight = self.beta ** 2
            fbeta = ((1 + weight) * precision * recall /
                     (weight * precision + recall))
        return (precision.astype(y.dtype), recall.astype(y.dtype),
                fbeta.astype(y.dtype), support)


def _check_labels(labels, n, ignore_label):
    if ((labels < 0) | (labels >= n)).any():
        raise ValueError(
            f'labels t must lie in 0 <= t < {n}, the number of classes, or be '
            f'{ignore_label} to be ignored, but they reach from '
            f'{labels.min()} to {labels.max()}')


def classification_summary(
        y, t, label_num=None, beta=1.0, ignore_label=-1):
    """Precision, recall, F-measure and support of each class.

    An example is predicted to be of the class with the highest score. Let
    :math:`\\mathrm{tp}` be the number of examples that are rightly predicted
    to be of a class. Then, for this class,

    * *precision* :math:`P` is :math:`\\mathrm{tp}` divided by the number of
      examples predicted to be of the class,
    * *recall* :math:`R` is :math:`\\mathrm{tp}` divided by the number of
      examples that are of the class,
    * the *F-measure* is
      :math:`(1 + \\beta^2) P R / (\\beta^2 P + R)`, and
    * *support* is the number of examples that are of the class.

    Where this means 0 / 0 the result is NaN: the precision of a class that is
    never predicted, the recall of one that does not occur, and the F-measure
    if either is NaN or both are 0. Nothing is differentiable.

    Args:
        y (Variable): Scores, shape ``(N, C)`` or ``(N, C, d1, ..., dk)``,
            floats.
        t (Variable): Labels, shape ``(N,)`` or ``(N, d1, ..., dk)``, integers.
        label_num (int): Number of classes. By default 1 more than the largest
            label.
        beta (float): Weight of recall in the F-measure: how many times as
            important as precision it is.
        ignore_label (int): Label of what is not counted.

    Returns:
        tuple of Variable: Precision, recall, F-measure and support, each an
        array of shape ``(label_num,)``; the last one holds integers, the
        others are of the type of ``y``.

    Raises:
        ValueError: If a label is not the number of a class.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> y = np.array([[.9, .1], [.8, .2], [.3, .7]], 'f')
       >>> t = np.array([0, 1, 1], 'i')
       >>> precision, recall, f1, support = F.classification_summary(y, t)
       >>> precision.data, recall.data
       (array([0.5, 1. ], dtype=float32), array([1. , 0.5], dtype=float32))
       >>> support.data
       array([1, 2])

    """
    return ClassificationSummary(label_num, beta, ignore_label)(y, t)


def precision(y, t, label_num=None, ignore_label=-1):
    """Precision and support of each class.

    See :func:`chainer.functions.classification_summary`.

    Args:
        y (Variable): Scores.
        t (Variable): Labels.
        label_num (int): Number of classes.
        ignore_label (int): Label of what is not counted.

    Returns:
        tuple of Variable: Precision and support.

    """
    summary = classification_summary(y, t, label_num, 1.0, ignore_label)
    return summary[0], summary[3]


def recall(y, t, label_num=None, ignore_label=-1):
    """Recall and support of each class.

    See :func:`chainer.functions.classification_summary`.

    Args:
        y (Variable): Scores.
        t (Variable): Labels.
        label_num (int): Number of classes.
        ignore_label (int): Label of what is not counted.

    Returns:
        tuple of Variable: Recall and support.

    """
    summary = classification_summary(y, t, label_num, 1.0, ignore_label)
    return summary[1], summary[3]


def f1_score(y, t, label_num=None, ignore_label=-1):
    """F-measure with equal weights, and support, of each class.

    See :func:`chainer.functions.classification_summary`.

    Args:
        y (Variable): Scores.
        t (Variable): Labels.
        label_num (int): Number of classes.
        ignore_label (int): Label of what is not counted.

    Returns:
        tuple of Variable: F-measure and support.

    """
    summary = classification_summary(y, t, label_num, 1.0, ignore_label)
    return summary[2], summary[3]
