from chainer import link, reporter
from chainer.functions.evaluation import accuracy
from chainer.functions.loss import softmax_cross_entropy


class Classifier(link.Chain):
    """Classifier: a predictor together with its loss and accuracy.

    Calling it computes the loss of a minibatch, and reports ``loss`` and
    ``accuracy`` (see :class:`chainer.Reporter`).

    Args:
        predictor (Link): Network that computes scores.
        lossfun (callable): Function of scores and labels that returns the
            loss.
        accfun (callable): Function of scores and labels that returns the
            accuracy.

    Raises:
        TypeError: If ``predictor`` is not a link, or ``lossfun`` cannot be
            called.

    Attributes:
        predictor (Link): Network that computes scores.
        lossfun (callable): Loss function.
        accfun (callable): Accuracy function.
        y (Variable): Scores of the last minibatch.
        loss (Variable): Loss of the last minibatch.
        accuracy (Variable): Accuracy of the last minibatch; ``None`` if it
            was not computed.
        compute_accuracy (bool): If ``False``, the accuracy is left out.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> model = L.Classifier(L.Linear(3, 2))
       >>> loss = model(np.zeros((4, 3), 'f'), np.zeros(4, 'i'))
       >>> loss.shape
       ()

    """

    compute_accuracy = True

    def __init__(self, predictor,
                 lossfun=softmax_cross_entropy.softmax_cross_entropy,
                 accfun=accuracy.accuracy):
        super().__init__(predictor=predictor)
        if not callable(lossfun):
            raise TypeError(f'lossfun must be a function of scores and '
                            f'labels, but got {lossfun!r}')
        self.lossfun = lossfun
        self.accfun = accfun
        self.y = None
        self.loss = None
        self.accuracy = None

    def __call__(self, *args):
        """Computes the loss of a minibatch.

        Args:
            args (Variables): Inputs of the predictor, and the labels last.

        Returns:
            Variable: Loss.

        """
        if len(args) < 2:
            raise TypeError(
                f'a Classifier is called with the inputs of its predictor '
                f'followed by the labels, but got {len(args)} argument(s)')
        *xs, t = args
        # The former graph is not needed while the new one is built.
        self.y = self.loss = self.accuracy = None
        with self._all_or_nothing():
            self.y = self.predictor(*xs)
            self.loss = self.lossfun(self.y, t)
            values = {'loss': self.loss}
            if self.compute_accuracy:
                self.accuracy = self.accfun(self.y, t)
                values['accuracy'] = self.accuracy
        reporter.report(values, self)
        return self.loss
