"""What links that remember their state have in common."""
from chainer import cuda, flag, link, variable
from chainer.functions.array import concat
from chainer.utils import argument, type_check


def zero_cells(n, n_units, like):
    """Returns the cells of LSTM units at the start.

    Args:
        n (int): Number of rows.
        n_units (int): Number of units.
        like (array): Array of the type, on the device, that is wanted.

    Returns:
        Variable: Zeros, shape ``(n, n_units)``, whose volatility is ``AUTO``.

    """
    with cuda.get_device(like):
        zeros = cuda.get_array_module(like).zeros((n, n_units), like.dtype)
    return variable.Variable(zeros, flag.AUTO)


class StatefulChain(link.Chain):
    """Chain with variables that it remembers from one call to the next.

    Each is a matrix with a row of ``state_size`` numbers for each sequence of
    the minibatch, or ``None`` at the start. **Sequences of different lengths**
    can be run through in one minibatch if they are sorted from the longest to
    the shortest: a step with fewer rows than the state leaves the other rows
    as they are.

    A subclass sets ``state_names`` and ``state_size``.

    Attributes:
        state_names (tuple of str): Attributes that hold the state.
        state_size (int): Number of units.

    """

    state_names = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.reset_state()

    def reset_state(self):
        """Forgets the state: sets it to ``None``."""
        for name in self.state_names:
            setattr(self, name, None)

    def to_cpu(self):
        """Moves parameters and state to host memory.

        Returns:
            Link: ``self``.

        """
        super().to_cpu()
        self._move_state(cuda.to_cpu)
        return self

    def to_gpu(self, device=None):
        """Moves parameters and state to a device.

        Args:
            device: Device specifier. By default the current device.

        Returns:
            Link: ``self``.

        """
        with cuda.get_device(device):
            super().to_gpu()
            self._move_state(cuda.to_gpu)
        return self

    def _move_state(self, move):
        for name in self.state_names:
            state = getattr(self, name)
            if state is None:
                continue
            data = move(state.data)
            if data is not state.data:
                # A copy of the link may hold the same variable.
                setattr(self, name, variable.Variable(data, state.volatile))

    def _set_state(self, **states):
        """Sets the whole state, and moves it to where the link is."""
        for name, state in states.items():
            if not isinstance(state, variable.Variable):
                raise TypeError(f'the state {name} is a Variable, but got '
                                f'{type(state)}')
        shapes = [state.shape for state in states.values()]
        if set(shapes) != {shapes[0][:1] + (self.state_size,)}:
            same = ' with the same B' if len(states) > 1 else ''
            came = ' and '.join(
                f'{name} has {state.shape}' for name, state in states.items())
            raise ValueError(
                f'{" and ".join(states)} must have the shape '
                f'(B, {self.state_size}){same}, but {came}')
        for name, state in states.items():
            setattr(self, name, state)
        param = next(self.params()).data
        with cuda.get_device(param):
            self._move_state(cuda.to_gpu if isinstance(param, cuda.ndarray)
                             else cuda.to_cpu)

    def _check_state(self, x):
        """Checks that a step from the state can be taken with ``x``."""
        x = argument.as_variable(x, 'x')
        type_check.expect(type_check.Variable(x.ndim, 'x.ndim') >= 2)
        for name in self.state_names:
            state = getattr(self, name)
            if state is None:
                continue
            if x.shape[0] > len(state):
                self._refuse_batch(x, name, state)
            if {x.volatile, state.volatile} == {flag.ON, flag.OFF}:
                raise ValueError(
                    f'volatile and non-volatile steps cannot be mixed: the '
                    f'volatile flag of x is {x.volatile}, but that of the '
                    f'state {name} is {state.volatile}. Call reset_state() '
                    f'between training and evaluation')

    def _refuse_batch(self, x, name, state):
        expect = f'x.shape[0] <= {name}.shape[0]'
        actual = f'{x.shape[0]} > {len(state)}'
        raise type_check.InvalidType(expect, actual, (
            f'Expect: {expect}\nActual: {actual}\n\nThe batch x is larger '
            f'than the state {name} of the {type(self).__name__}.\nHint: call '
            f'reset_state() before a new batch of sequences, and sort the '
            f'sequences of a batch from the longest to the shortest'))

    def _rows(self, name, n):
        """Returns the state of the first ``n`` sequences, or ``None``."""
        state = getattr(self, name)
        if state is None or len(state) == n:
            return state
        return state[:n]

    def _update_state(self, **states):
        """Sets the state of the first sequences, those given."""
        for name, rows in states.items():
            state = getattr(self, name)
            if state is not None and len(state) > len(rows):
                rows = concat.concat((rows, state[len(rows):]), axis=0)
            setattr(self, name, rows)
