"""What Optimizer could do before v1.5, and others do better since."""
import warnings

from chainer import function_set, variable
from chainer.optimizer_hooks import gradient_clipping, weight_decay


class DeprecatedMethods:
    """The methods of :class:`~chainer.Optimizer` that v1.5 deprecated.

    Each of them works, and warns.
    """

    def zero_grads(self):
        """Deprecated: use :meth:`Link.cleargrads` of the target."""
        self._deprecated('zero_grads', 'optimizer.target.cleargrads()')
        self.target.zerograds()

    def compute_grads_norm(self):
        """Deprecated. Returns the L2 norm of all gradients.

        Returns:
            float: Square root of the sum of the squares of all elements.

        """
        self._deprecated('compute_grads_norm', 'GradientClipping')
        return gradient_clipping.grads_norm(self.target)

    def clip_grads(self, maxnorm):
        """Deprecated: use the hook
        :class:`~chainer.optimizer.GradientClipping`.

        Args:
            maxnorm (float): Largest L2 norm of the gradients.

        """
        self._deprecated('clip_grads', 'the hook GradientClipping')
        gradient_clipping.GradientClipping(maxnorm)(self)

    def weight_decay(self, decay):
        """Deprecated: use the hook :class:`~chainer.optimizer.WeightDecay`.

        Args:
            decay (float): Coefficient of the decay.

        """
        self._deprecated('weight_decay', 'the hook WeightDecay')
        weight_decay.WeightDecay(decay)(self)

    def accumulate_grads(self, grads):
        """Deprecated: use :meth:`Link.addgrads` of the target.

        Args:
            grads (iterable of arrays): What to add to the gradient of each
                parameter, on any device: in the order of
                :meth:`Link.params`, or in that of
                :attr:`FunctionSet.gradients` if the target is one. ``None``
                adds nothing.

        """
        self._deprecated('accumulate_grads', 'optimizer.target.addgrads(link)')
        named = list(self.target.namedparams())
        if isinstance(self.target, function_set.FunctionSet):
            named.sort(key=lambda pair: pair[0])
        grads = list(grads)
        if len(grads) != len(named):
            raise ValueError(f'got {len(grads)} gradients for {len(named)} '
                             f'parameters')
        for (path, param), grad in zip(named, grads):
            if grad is not None and grad.shape != param.shape:
                raise ValueError(f'got a gradient of shape {grad.shape} for '
                                 f'{path} of shape {param.shape}')
        for (_, param), grad in zip(named, grads):
            if grad is not None:
                param.addgrad(variable.Variable(grad, grad=grad))

    def _deprecated(self, name, instead):
        warnings.warn(f'Optimizer.{name} is deprecated: use {instead}',
                      DeprecationWarning, stacklevel=3)
        self._check_setup(name)
