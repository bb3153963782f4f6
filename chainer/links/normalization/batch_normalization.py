import numpy

from chainer import cuda, initializers, link
from chainer.functions.normalization import batch_normalization
from chainer.utils import argument


class BatchNormalization(link.Link):
    """Batch normalization layer, for outputs of linear layers or convolutions.

    It runs in one of three modes, chosen in each call:

    * In *training* mode, the input is normalized by its own mean and variance,
      and moving averages of these are updated.
    * In *fine-tuning* mode, the input is normalized in the same way, and each
      batch counts the same in the averages. When all the training data have
      been run through the layer once, in batches of one size, the mean is
      exactly that of the data. The variance is the average of the variances
      within the batches (with divisor :math:`m - 1` for :math:`m` values), to
      which differences between batches do not contribute: it estimates that of
      the data if these are shuffled.
    * In *testing* mode, the input is normalized by these averages, whichever
      of the two modes computed them.

    Args:
        size (int or tuple of int): Number of channels, or their shape if they
            have more than one dimension.
        decay (float): Weight of the moving averages against the statistics of
            a batch, in training mode.
        eps (float): What is added to the variance, so that nothing is divided
            by zero.
        dtype: Type of the parameters, the averages, and the input.
        use_gamma (bool): Whether to scale the normalized input. If not, the
            layer has no ``gamma``.
        use_beta (bool): Whether to shift the normalized input. If not, the
            layer has no ``beta``.
        initial_gamma: Initial value of ``gamma``: an array, a number, or a
            callable that fills an array. By default 1.
        initial_beta: Initial value of ``beta``. By default 0.

    Attributes:
        gamma (Variable): Scale of each channel.
        beta (Variable): Shift of each channel.
        avg_mean (array): Mean of each channel. At first it is 0.
        avg_var (array): Variance of each channel. At first it is 0.
        N (int): Number of batches run through in fine-tuning mode; empty
            ones do not count.
        decay (float): Weight of the moving averages.
        eps (float): What is added to the variance.

    Raises:
        ValueError: If ``decay`` is not in the range from 0 to 1, or ``eps`` is
            negative.
        TypeError: If ``dtype`` is not a type of floats, or ``size`` is neither
            an integer nor a tuple of integers.

    See: S. Ioffe and C. Szegedy, `Batch Normalization: Accelerating Deep
    Network Training by Reducing Internal Covariate Shift
    <https://arxiv.org/abs/1502.03167>`_.

    .. seealso:: :func:`chainer.functions.batch_normalization`,
       :func:`chainer.functions.fixed_batch_normalization`

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> layer = L.BatchNormalization(1)
       >>> x = np.array([[1], [3]], 'f')
       >>> layer(x).data.round(2)
       array([[-1.],
              [ 1.]], dtype=float32)
       >>> y = layer(x, finetune=True)
       >>> layer.avg_mean, layer.avg_var
       (array([2.], dtype=float32), array([2.], dtype=float32))
       >>> layer(np.array([[2]], 'f'), test=True).data
       array([[0.]], dtype=float32)

    """

    def __init__(self, size, decay=0.9, eps=2e-5, dtype=numpy.float32,
                 use_gamma=True, use_beta=True, initial_gamma=None,
                 initial_beta=None):
        super().__init__()
        decay = argument.number('decay', decay)
        eps = argument.number('eps', eps)
        if not 0 <= decay <= 1:
            raise ValueError(f'decay must be from 0 to 1, but is {decay}')
        if not eps >= 0:
            raise ValueError(f'eps must be 0 or more, but is {eps}')
        if numpy.dtype(dtype).kind != 'f':
            raise TypeError(f'dtype must be a type of floats, but is '
                            f'{numpy.dtype(dtype)}')
        for length in size if isinstance(size, (tuple, list)) else (size,):
            argument.check_sizes(0, size=length)
        self.decay = decay
        self.eps = eps
        for name, use, initial, default in (
                ('gamma', use_gamma, initial_gamma, 1),
                ('beta', use_beta, initial_beta, 0)):
            if use:
                self.add_param(name, size, dtype)
                initializers.init_weight(
                    getattr(self, name).data,
                    default if initial is None else initial)
        self.add_persistent('avg_mean', numpy.zeros(size, dtype))
        self.add_persistent('avg_var', numpy.zeros(size, dtype))
        self.add_persistent('N', 0)

    def __call__(self, x, test=False, finetune=False):
        """Normalizes the input.

        Args:
            x (Variable): Minibatch, shape ``(N, C)`` or
                ``(N, C, d1, ..., dk)``.
            test (bool): Run in testing mode.
            finetune (bool): Run in fine-tuning mode. If neither is true, the
                layer runs in training mode.

        Returns:
            Variable: Array of the shape of ``x``.

        Raises:
            ValueError: If both ``test`` and ``finetune`` are true.

        """
        if test and finetune:
            raise ValueError(
                'test=True normalizes by the averages, finetune=True computes '
                'them: pass one of them, not both')
        with cuda.get_device(self.avg_mean):
            gamma, beta = self._unit('gamma', 1), self._unit('beta', 0)
        if test:
            return batch_normalization.fixed_batch_normalization(
                x, gamma, beta, self.avg_mean, self.avg_var, self.eps)

        decay = self.N / (self.N + 1) if finetune else self.decay
        normalize = batch_normalization.BatchNormalizationFunction(
            self.eps, self.avg_mean, self.avg_var, True, decay)
        y = normalize(x, gamma, beta)
        if finetune and y.size > 0:
            self.N += 1
        # A copy of the link shares these arrays.
        self.avg_mean[...] = normalize.running_mean
        self.avg_var[...] = normalize.running_var
        return y

    def _unit(self, name, value):
        """Returns a parameter, or numbers that do the same as none."""
        if name in self.__dict__:
            return self.__dict__[name]
        return self.xp.full_like(self.avg_mean, value)

    def start_finetuning(self):
        """Starts to count batches from 0.

        It is called before fine-tuning mode is used again; before the first
        time it is not necessary.
        """
        self.N = 0
