"""Optimization of the parameters of a link: Optimizer, GradientMethod."""
import collections
import warnings

import numpy

from chainer import cuda, deprecated_optimizer
from chainer import link as link_module
from chainer.optimizer_hooks import (
    gradient_clipping,
    gradient_hard_clipping,
    gradient_noise,
    lasso,
    weight_decay,
)
from chainer.utils import blocks, places

WeightDecay = weight_decay.WeightDecay
Lasso = lasso.Lasso
GradientClipping = gradient_clipping.GradientClipping
GradientHardClipping = gradient_hard_clipping.GradientHardClipping
GradientNoise = gradient_noise.GradientNoise
exponential_decay_noise = gradient_noise.exponential_decay_noise

# Number of updates between two searches for denormal numbers.
_FLUSH_INTERVAL = 100


class Optimizer(deprecated_optimizer.DeprecatedMethods):
    """Base class of all optimizers.

    An optimizer changes the parameters of a link, its :attr:`target`, so that
    a loss function decreases. :meth:`setup` gives it the link, and each call
    of :meth:`update`, which every subclass defines, makes one step.

    An optimizer that has to remember something about each parameter, such as
    an average of the gradients of the past, keeps it in a *state*: one
    dictionary for each parameter, filled by :meth:`init_state`. The values are
    arrays or scalars; they are saved and loaded with the optimizer, and follow
    the parameter when it moves to another device.

    *Hooks* are called in each update when the gradients are there and the
    parameters have not changed yet. They are functions of the optimizer, and
    regularize parameters or change gradients; see
    :class:`~chainer.optimizer.WeightDecay`.

    Attributes:
        target (Link): The link whose parameters are optimized, ``None`` before
            :meth:`setup`.
        t (int): Number of updates made.
        epoch (int): Number of epochs completed, see :meth:`new_epoch`.

    """

    target = None
    t = 0
    epoch = 0

    def setup(self, link):
        """Sets the link to optimize and starts from the beginning.

        States are made for all its parameters. Former states and hooks are
        discarded, and :attr:`t` and :attr:`epoch` are zero again.

        Args:
            link (Link): The link.

        Raises:
            TypeError: If ``link`` is not a link.

        """
        if not isinstance(link, link_module.Link):
            raise TypeError(f'an optimizer is set up for a Link, but got '
                            f'{type(link)}')
        self.target = link
        self.t = 0
        self.epoch = 0
        self._states = {}
        self._hooks = collections.OrderedDict()
        self.prepare()

    def _check_setup(self, method):
        if self.target is None:
            raise RuntimeError(
                f'{type(self).__name__}.{method} needs a link to work on: '
                f'call setup(link) before')

    # --------------------------------------------------------------------
    # States
    # --------------------------------------------------------------------

    def prepare(self):
        """Makes the states ready for an update.

        Parameters that came up since the last call, as those that take their
        shape from the first input do, get their state; arrays of a state whose
        parameter moved to another device are copied there.
        """
        self._check_setup('prepare')
        states = self._states
        for path, param in self.target.namedparams():
            state = states.get(path)
            if state is None:
                state = {}
                self.init_state(param, state)
                states[path] = state
            elif state and cuda.available:
                _move_state(state, param.data)

    def init_state(self, param, state):
        """Fills the state of a parameter.

        By default it calls :meth:`init_state_cpu` or :meth:`init_state_gpu`,
        depending on where the parameter is. A subclass that has states
        overrides this method or those two.

        Args:
            param (Variable): The parameter.
            state (dict): Its state, still empty.

        """
        with cuda.get_device(param.data) as device:
            if int(device) == -1:
                self.init_state_cpu(param, state)
            else:
                self.init_state_gpu(param, state)

    def init_state_cpu(self, param, state):
        """Fills the state of a parameter in host memory.

        Args:
            param (Variable): The parameter; its data is a ``numpy.ndarray``.
            state (dict): Its state, still empty.

        """

    def init_state_gpu(self, param, state):
        """Fills the state of a parameter on a device.

        Args:
            param (Variable): The parameter; its data is a ``cupy.ndarray``.
            state (dict): Its state, still empty.

        """

    def serialize(self, serializer):
        """Saves or loads the states, :attr:`t` and :attr:`epoch`.

        The parameters are not included: save the target as well. Hooks and
        hyperparameters are set up by the program.

        Args:
            serializer (AbstractSerializer): Serializer or deserializer.

        """
        self._check_setup('serialize')
        self.prepare()
        self.t = serializer('t', self.t)
        self.epoch = serializer('epoch', self.epoch)
        for path, _ in self.target.namedparams():
            state = self._states[path]
            part = serializer[path]
            for key in sorted(state):
                state[key] = part(key, state[key])

    # --------------------------------------------------------------------
    # Updates
    # --------------------------------------------------------------------

    def update(self, lossfun=None, *args, **kwds):
        """Makes one step: updates the parameters and the states.

        Args:
            lossfun (callable): Loss function. It is called with the other
                arguments and returns the loss, a :class:`Variable`. The
                gradients of the parameters are then those of the loss.
                Without it they are taken as they are, computed by the caller;
                an optimizer that has to compute gradients several times may
                refuse that.
            args, kwds: Arguments of the loss function.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override update')

    def new_epoch(self):
        """Counts an epoch. Call it at the end of each, if anyone looks."""
        self.epoch += 1

    # --------------------------------------------------------------------
    # Hooks
    # --------------------------------------------------------------------

    def add_hook(self, hook, name=None):
        """Registers a hook.

        Args:
            hook (callable): It is called with the optimizer, before each
                update of the parameters. Hooks are called in the order in
                which they were added.
            name (str): Name to register it under. By default ``hook.name``,
                and for a plain function its own name.

        Raises:
            TypeError: If ``hook`` cannot be called.
            KeyError: If there is a hook of that name.
            RuntimeError: If there is no target yet: :meth:`setup` discards
                hooks.

        """
        if not callable(hook):
            raise TypeError(f'a hook is a function of the optimizer, but got '
                            f'{type(hook)}')
        self._check_setup('add_hook')
        if name is None:
            name = getattr(hook, 'name', None) or getattr(
                hook, '__name__', None)
        if name is None:
            raise ValueError(f'{hook!r} has no name: pass it to add_hook')
        if name in self._hooks:
            raise KeyError(f'there is a hook named {name!r} already: remove '
                           f'it, or call add_hook(hook, name)')
        self._hooks[name] = hook

    def remove_hook(self, name):
        """Removes a hook.

        Args:
            name (str): Name under which it was registered.

        Raises:
            KeyError: If there is no such hook.

        """
        self._check_setup('remove_hook')
        if name not in self._hooks:
            raise KeyError(f'there is no hook named {name!r} to remove, only '
                           f'{list(self._hooks)}')
        del self._hooks[name]

    def call_hooks(self):
        """Calls the hooks in the order in which they were added."""
        for hook in self._hooks.values():
            hook(self)


class GradientMethod(Optimizer):
    """Base class of optimizers that need one gradient in each step.

    A subclass defines what becomes of one parameter: :meth:`update_one`, or
    both :meth:`update_one_cpu` and :meth:`update_one_gpu`; and
    :meth:`Optimizer.init_state` if that takes a state.
    """

    _zero_unused_grads = True

    def use_cleargrads(self, use=True):
        """Chooses what becomes of parameters that the loss does not use.

        By default their gradients are zero in :meth:`update` with a loss
        function, so that momentum, or a hook such as weight decay, still moves
        them. After this call they have no gradient, and are left alone.

        Args:
            use (bool): Leave such parameters alone.

        """
        self._zero_unused_grads = not use

    def update(self, lossfun=None, *args, **kwds):
        """Updates the parameters, given a loss function or the gradients.

        With a loss function, gradients are cleared, computed by
        backpropagation from its result, and set to zero where the result does
        not depend on the parameter (but see :meth:`use_cleargrads`). Without
        one they are taken as they are, and a parameter whose gradient is
        ``None`` is left alone.

        Then hooks are called, and :meth:`update_one` for each parameter.

        .. note::
           The gradient of a new parameter is NaN until it is first cleared.
           It is not skipped: a parameter that becomes NaN in the first update
           tells that ``cleargrads`` was forgotten.

        Args:
            lossfun (callable): Loss function, which returns a
                :class:`Variable`.
            args, kwds: Arguments of the loss function.

        Raises:
            ValueError: If a gradient is not where its parameter is.

        """
        self._check_setup('update')
        if lossfun is not None:
            self._compute_grads(lossfun, *args, **kwds)
        self.prepare()
        self.call_hooks()
        self.t += 1
        states = self._states
        for path, param in self.target.namedparams():
            grad = param._grad
            if grad is None:
                continue
            if type(grad) is not type(param.data):
                _check_one_place(path, param)
            try:
                self.update_one(param, states[path])
            except ValueError:
                _check_one_place(path, param)
                raise

    def _compute_grads(self, lossfun, *args, **kwds):
        # The graph is freed on return, before the update takes memory.
        loss = lossfun(*args, **kwds)
        if not hasattr(loss, 'backward'):
            raise TypeError(f'the loss function returned a {type(loss)}, not '
                            f'the Variable to compute gradients of')
        # Parameters may have come up in the call: only now are all there.
        self.target.cleargrads()
        if loss.creator is None:
            warnings.warn(
                'the loss has no history, so that all its gradients are zero: '
                'was it computed from volatile variables?', RuntimeWarning,
                stacklevel=3)
        loss.backward()
        if self._zero_unused_grads:
            for param in self.target.params():
                if param.grad is None:
                    param.zerograd()

    def update_one(self, param, state):
        """Updates one parameter, by :meth:`update_one_cpu` or ``_gpu``.

        Args:
            param (Variable): The parameter, with its gradient.
            state (dict): Its state.

        """
        if isinstance(param.data, numpy.ndarray):
            self.update_one_cpu(param, state)
            if self.t % _FLUSH_INTERVAL == 0:
                _flush_denormals(state)
        else:
            device = cuda.device_to_enter(param.data)
            if device is None:
                self.update_one_gpu(param, state)
            else:
                with device:
                    self.update_one_gpu(param, state)

    def update_one_cpu(self, param, state):
        """Updates one parameter in host memory.

        Args:
            param (Variable): The parameter, with its gradient.
            state (dict): Its state.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override update_one_cpu')

    def update_one_gpu(self, param, state):
        """Updates one parameter on a device.

        Args:
            param (Variable): The parameter, with its gradient.
            state (dict): Its state.

        """
        raise NotImplementedError(
            f'{type(self).__name__} must override update_one_gpu')


def _check_one_place(path, param):
    data, grad = places.name_of(param.data), places.name_of(param.grad)
    if data != grad:
        raise ValueError(
            f'the parameter {path} is {data}, but its gradient is {grad}: '
            f'move both, with to_gpu(device) or to_cpu() of the model or of '
            f'the variable, before gradients are computed')


def _move_state(state, data):
    """Moves the arrays of a state to where the parameter is."""
    if isinstance(data, cuda.ndarray):
        device_id = data.data.device_id
        for key, value in state.items():
            if (isinstance(value, numpy.ndarray) or
                    isinstance(value, cuda.ndarray) and
                    value.data.device_id != device_id):
                state[key] = cuda.send(value, data)
    else:
        for key, value in state.items():
            if isinstance(value, cuda.ndarray):
                state[key] = cuda.to_cpu(value)


def _flush_denormals(state):
    for value in state.values():
        if isinstance(value, numpy.ndarray):
            blocks.flush_denormals(value)
