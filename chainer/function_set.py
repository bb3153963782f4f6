"""The container of parameterized functions before v1.5."""
import warnings

from chainer import link, variable


class FunctionSet(link.Chain):
    """Chain whose children are registered by assignment.

    .. deprecated:: 1.5
       Use :class:`chainer.Chain`.

    Args:
        links: Names of children, and the children.

    """

    def __init__(self, **links):
        super().__init__()
        warnings.warn('FunctionSet is deprecated: use chainer.Chain',
                      DeprecationWarning, stacklevel=2)
        for name, child in links.items():
            setattr(self, name, child)

    def __setattr__(self, name, value):
        if not isinstance(value, link.Link):
            super().__setattr__(name, value)
            return
        if name not in self.__dict__.get('_children', ()):
            self.add_link(name, value)
        elif value is not self.__dict__[name]:
            link._check_orphan(value)
            self.__dict__[name].name = None
            value.name = name
            self.__dict__[name] = value

    def collect_parameters(self):
        """Returns the pair of :attr:`parameters` and :attr:`gradients`."""
        return self.parameters, self.gradients

    def copy_parameters_from(self, params):
        """Copies arrays into those of the parameters.

        Args:
            params (iterable of arrays): Arrays in the order of
                :attr:`parameters`, on any device.

        Raises:
            ValueError: If their number or a shape is wrong.

        """
        params = list(params)
        mine = self._sorted_params()
        if len(params) != len(mine):
            raise ValueError(f'got {len(params)} arrays for {len(mine)} '
                             f'parameters')
        for param, source in zip(mine, params):
            if param.data.shape != source.shape:
                raise ValueError(f'got an array of shape {source.shape} for '
                                 f'{param!r}')
        for param, source in zip(mine, params):
            param.copydata(variable.Variable(source))

    @property
    def parameters(self):
        """Arrays of all parameters, ordered by their paths."""
        return tuple([param.data for param in self._sorted_params()])

    @property
    def gradients(self):
        """Gradients of all parameters, ordered by their paths."""
        return tuple([param.grad for param in self._sorted_params()])

    def _sorted_params(self):
        named = sorted(self.namedparams(), key=lambda pair: pair[0])
        return [param for _, param in named]
