import warnings

from chainer import link, variable
from chainer.functions.math import identity


class Parameter(link.Link):
    """Link that holds one parameter and returns it.

    .. deprecated:: 1.5
       Parameters are variables; register them to a link and use them.

    Args:
        array (array): Initial value.

    Attributes:
        W (Variable): The parameter.

    """

    def __init__(self, array):
        super().__init__()
        warnings.warn('L.Parameter is deprecated: register the parameter with '
                      'Link.add_param', DeprecationWarning, stacklevel=2)
        initial = variable.Variable(array)
        self.add_param('W', initial.shape, dtype=initial.dtype)
        self.W.copydata(initial)

    def __call__(self, volatile='off'):
        """Returns the parameter as the output of a function.

        Args:
            volatile (Flag): Volatility of the result.

        Returns:
            Variable: A copy of the parameter, linked to it unless it is
            volatile.

        """
        # One step in the graph leads to a variable whose volatility may be
        # set; where it is volatile, the second step cuts the graph.
        copied = identity.identity(self.W)
        copied.volatile = volatile
        return identity.identity(copied)
