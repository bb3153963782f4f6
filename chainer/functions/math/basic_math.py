"""Arithmetic operators of variables, elementwise.

Each operator comes in up to three functions: of two variables, and of a
variable and a constant on either side. A constant is a number or an array; it
takes the type of the variable, and no gradient is computed for it. Two
variables must have the same shape and type: nothing is broadcast silently, see
:func:`chainer.functions.broadcast`.
"""
import numpy

from chainer import cuda, function, utils, variable
from chainer.functions.math import matmul
from chainer.utils import type_check


class _Unary(function.Function):

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)


class _Binary(function.Function):

    argument_names = 'lhs', 'rhs'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        lhs, rhs = in_types
        type_check.expect(
            lhs.dtype == rhs.dtype,
            lhs.shape == rhs.shape,
        )


class _FloatBinary(_Binary):

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        type_check.expect(in_types[0].dtype.kind == 'f')


class _WithConstant(function.Function):
    """Function of a variable and a constant."""

    def __init__(self, value):
        self.value = value

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)

    @property
    def _text(self):
        if numpy.ndim(self.value) == 0:
            return str(self.value)
        return 'constant array'

    def _constant(self, x):
        """Returns the constant in the type of ``x``."""
        value = self.value
        if type(value) in (int, float):
            return x.dtype.type(value)
        if (isinstance(value, (numpy.ndarray, cuda.ndarray)) and
                value.ndim > 0):
            self._check_array(x, value)
        return utils.force_type(x.dtype, value)

    def _check_array(self, x, value):
        xp = cuda.get_array_module(x)
        if cuda.get_array_module(value) is not xp:
            raise TypeError(
                f'{self.label}: the variable holds a {type(x)}, but the '
                f'constant is a {type(value)}')
        if numpy.broadcast_shapes(x.shape, value.shape) != x.shape:
            raise ValueError(
                f'{self.label}: a constant of shape {value.shape} cannot be '
                f'broadcast to the shape {x.shape} of the variable')


class Neg(_Unary):
    """:math:`-x`"""

    label = '__neg__'

    def forward(self, inputs):
        return utils.force_array(-inputs[0]),

    def backward(self, inputs, grad_outputs):
        return utils.force_array(-grad_outputs[0]),


class Absolute(_Unary):
    """:math:`|x|`; the gradient at 0 is 0."""

    label = '|_|'

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        type_check.expect(in_types[0].dtype.kind == 'f')

    def forward(self, inputs):
        return utils.force_array(abs(inputs[0])),

    def backward(self, inputs, grad_outputs):
        xp = cuda.get_array_module(*inputs)
        return utils.force_array(xp.sign(inputs[0]) * grad_outputs[0]),


class Add(_Binary):
    """:math:`x + y`"""

    label = '_ + _'

    def forward(self, inputs):
        return utils.force_array(inputs[0] + inputs[1]),

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        return gy, gy


class AddConstant(_WithConstant):
    """:math:`x + c`"""

    @property
    def label(self):
        return f'_ + {self._text}'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(x + self._constant(x)),

    def backward(self, inputs, grad_outputs):
        return grad_outputs


class Sub(_Binary):
    """:math:`x - y`"""

    label = '_ - _'

    def forward(self, inputs):
        return utils.force_array(inputs[0] - inputs[1]),

    def backward(self, inputs, grad_outputs):
        gy, = grad_outputs
        return gy, utils.force_array(-gy)


class SubFromConstant(_WithConstant):
    """:math:`c - x`"""

    @property
    def label(self):
        return f'{self._text} - _'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(self._constant(x) - x),

    def backward(self, inputs, grad_outputs):
        return utils.force_array(-grad_outputs[0]),


class Mul(_FloatBinary):
    """:math:`x y`"""

    label = '_ * _'

    def forward(self, inputs):
        return utils.force_array(inputs[0] * inputs[1]),

    def backward(self, inputs, grad_outputs):
        x, y = inputs
        gz, = grad_outputs
        return utils.force_array(gz * y), utils.force_array(gz * x)


class MulConstant(_WithConstant):
    """:math:`c x`"""

    @property
    def label(self):
        return f'_ * {self._text}'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(x * self._constant(x)),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        return utils.force_array(grad_outputs[0] * self._constant(x)),


class Div(_FloatBinary):
    """:math:`x / y`"""

    label = '_ / _'

    def forward(self, inputs):
        return utils.force_array(inputs[0] / inputs[1]),

    def backward(self, inputs, grad_outputs):
        x, y = inputs
        gz, = grad_outputs
        gx = utils.force_array(gz / y)
        return gx, utils.force_array(-gx * x / y)


class DivFromConstant(_WithConstant):
    """:math:`c / x`"""

    @property
    def label(self):
        return f'{self._text} / _'

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        type_check.expect(in_types[0].dtype.kind == 'f')

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(self._constant(x) / x),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        gx = -grad_outputs[0] * self._constant(x) / (x * x)
        return utils.force_array(gx),


class PowVarVar(_FloatBinary):
    """:math:`x^y`"""

    label = '_ ** _'

    def forward(self, inputs):
        self.y = utils.force_array(inputs[0] ** inputs[1])
        return self.y,

    def backward(self, inputs, grad_outputs):
        x, p = inputs
        gy, = grad_outputs
        xp = cuda.get_array_module(x)
        one = x.dtype.type(1)
        gx = utils.force_array(p * x ** (p - one) * gy)
        # 0 ** p is constant in p, where its logarithm is infinite.
        log_x = xp.log(xp.where(x == 0, one, x))
        return gx, utils.force_array(log_x * self.y * gy)


class PowVarConst(_WithConstant):
    """:math:`x^c`"""

    @property
    def label(self):
        return f'_ ** {self._text}'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(x ** self._constant(x), x.dtype),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        p = self._constant(x)
        gx = p * x ** (p - x.dtype.type(1)) * grad_outputs[0]
        return utils.force_array(gx, x.dtype),


class PowConstVar(_WithConstant):
    """:math:`c^x`"""

    @property
    def label(self):
        return f'{self._text} ** _'

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        type_check.expect(in_types[0].dtype.kind == 'f')

    def forward(self, inputs):
        x, = inputs
        self.y = utils.force_array(self._constant(x) ** x)
        return self.y,

    def backward(self, inputs, grad_outputs):
        x, = inputs
        xp = cuda.get_array_module(x)
        log_c = xp.log(self._constant(x))
        return utils.force_array(log_c * self.y * grad_outputs[0]),


class MatMulVarVar(matmul.Product):
    """:math:`X Y`"""

    label = '_ @ _'


class MatMulVarConst(_WithConstant):
    """:math:`X C`"""

    @property
    def label(self):
        return f'_ @ {self._text}'

    def forward(self, inputs):
        return utils.force_array(inputs[0] @ self._matrix(inputs[0])),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        return matmul.grad_lhs(x, self._matrix(x), grad_outputs[0]),

    def _matrix(self, x):
        return utils.force_type(x.dtype, self.value)


class MatMulConstVar(MatMulVarConst):
    """:math:`C X`"""

    @property
    def label(self):
        return f'{self._text} @ _'

    def forward(self, inputs):
        return utils.force_array(self._matrix(inputs[0]) @ inputs[0]),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        return matmul.grad_rhs(self._matrix(x), x, grad_outputs[0]),


def absolute(x):
    """Absolute value :math:`|x|`, elementwise. The gradient at 0 is 0.

    Args:
        x (Variable): Array of floats of any shape.

    Returns:
        Variable: Array of the shape and type of ``x``.

    """
    return Absolute()(x)


def _check_constant(value):
    if isinstance(value, (int, float, numpy.generic, numpy.ndarray,
                          cuda.ndarray)):
        return
    raise TypeError(
        f'a Variable can be combined with a Variable, an array or a number, '
        f'but got {type(value)}')


def _operator(name, of_variables, of_constant, doc):
    """Makes the method of a variable on the left of an operator."""
    def method(self, other):
        if isinstance(other, variable.Variable):
            return of_variables()(self, other)
        _check_constant(other)
        return of_constant(other)(self)

    method.__name__ = name
    method.__doc__ = doc
    return method


def _subtract_constant(value):
    _check_constant(value)
    return AddConstant(-value)


def _divide_by_constant(value):
    _check_constant(value)
    return MulConstant(1. / value)


def _neg(self):
    """Returns ``-x``, elementwise."""
    return Neg()(self)


def install_variable_arithmetics():
    """Makes these functions the operators of variables."""
    Variable = variable.Variable
    Variable.__neg__ = _neg
    Variable.__abs__ = absolute
    for name, of_variables, of_constant, doc in (
            ('__add__', Add, AddConstant, 'x + y'),
            ('__radd__', Add, AddConstant, 'y + x'),
            ('__sub__', Sub, _subtract_constant, 'x - y'),
            ('__rsub__', Sub, SubFromConstant, 'y - x'),
            ('__mul__', Mul, MulConstant, 'x * y'),
            ('__rmul__', Mul, MulConstant, 'y * x'),
            ('__truediv__', Div, _divide_by_constant, 'x / y'),
            ('__rtruediv__', Div, DivFromConstant, 'y / x'),
            ('__pow__', PowVarVar, PowVarConst, 'x ** y'),
            ('__rpow__', PowVarVar, PowConstVar, 'y ** x'),
            ('__matmul__', MatMulVarVar, MatMulVarConst, 'x @ y'),
            ('__rmatmul__', MatMulVarVar, MatMulConstVar, 'y @ x')):
        doc = f'Returns ``{doc}``; ``x`` is this variable.'
        setattr(Variable, name,
                _operator(name, of_variables, of_constant, doc))
