"""What elementwise functions of one variable have in common."""
from chainer import function
from chainer.utils import type_check


class UnaryMath(function.Function):
    """Elementwise function of one array of floats.

    Its label is the name of the class in lower case.
    """

    @property
    def label(self):
        return type(self).__name__.lower()

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)
        x_type, = in_types
        type_check.expect(x_type.dtype.kind == 'f')
