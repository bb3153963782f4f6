"""Arithmetic operators of variables, elementwise.

Each operator comes in up to three functions: of two variables, and of a
variable and a constant on either side. A constant is a number or an array; it
takes the type of the variable, and no gradient is computed for it. Two
variables must have the same shape and type: nothing is broadcast silently, see
:func:`chainer.functions.broadcast`.
"""
import numpy

from chainer import cuda, function, utils, variable
from chainer.functions.math import half, matmul
from chainer.utils import type_check

_array_types = numpy.ndarray, cuda.ndarray


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
            constant = x.dtype.type(value)
        else:
            if isinstance(value, _array_types) and value.ndim > 0:
                self._check_array(x, value)
            constant = utils.force_type(x.dtype, value)
        if x.dtype.kind != 'f' and (constant != value).any():
            raise TypeError(
                f'{self.label}: the variable is {x.dtype}, which cannot hold '
                f'the constant {value}: cast the variable first')
        return constant

    def _check_array(self, x, value):
        if isinstance(value, cuda.ndarray) != isinstance(x, cuda.ndarray):
            raise TypeError(
                f'{self.label}: the variable holds a {type(x)}, but the '
                f'constant is a {type(value)}')
        try:
            shape = numpy.broadcast_shapes(x.shape, value.shape)
        except ValueError:
            shape = None
        if shape != x.shape:
            raise ValueError(
                f'{self.label}: a constant of shape {value.shape} cannot be '
                f'broadcast to the shape {x.shape} of the variable')


class _FloatWithConstant(_WithConstant):

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        type_check.expect(in_types[0].dtype.kind == 'f')


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

    def backward_cpu(self, inputs, grad_outputs):
        return utils.force_array(numpy.sign(inputs[0]) * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        gx = cuda.elementwise(
            'T x, T gy', 'T gx', 'gx = x == 0 ? (T)0 : x < 0 ? (T)-gy : gy',
            'abs_bwd')(inputs[0], grad_outputs[0])
        return gx,


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


class SubConstant(_WithConstant):
    """:math:`x - c`"""

    @property
    def label(self):
        return f'_ - {self._text}'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(x - self._constant(x)),

    def backward(self, inputs, grad_outputs):
        return grad_outputs


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

    def backward_cpu(self, inputs, grad_outputs):
        x, y = inputs
        gz, = grad_outputs
        gx = utils.force_array(gz / y)
        return gx, utils.force_array(-gx * x / y)

    def backward_gpu(self, inputs, grad_outputs):
        return cuda.elementwise(
            'T x, T y, T gz', 'T gx, T gy',
            'gx = gz / y; gy = -(gz / y) * x / y', 'div_bwd')(
                *inputs, grad_outputs[0])


class DivConstant(_FloatWithConstant):
    """:math:`x / c`"""

    @property
    def label(self):
        return f'_ / {self._text}'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(x / self._constant(x)),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        return utils.force_array(grad_outputs[0] / self._constant(x)),


class DivFromConstant(_FloatWithConstant):
    """:math:`c / x`"""

    @property
    def label(self):
        return f'{self._text} / _'

    def forward(self, inputs):
        x, = inputs
        return utils.force_array(self._constant(x) / x),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        # The square of x may overflow.
        gx = -grad_outputs[0] * self._constant(x) / x / x
        return utils.force_array(gx),

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        gx = cuda.elementwise(
            'T x, T c, T gy', 'T gx', 'gx = -gy * c / x / x',
            'div_from_constant_bwd')(x, self._constant(x), grad_outputs[0])
        return gx,


def _pow_grad(x, p):
    """Returns the derivative of ``x ** p`` by ``x``."""
    # x ** 0 is constant, also at 0, where x ** -1 is infinite: an exponent
    # of 0 stays 0.
    return p * _pow(x, p - x.dtype.type(1) + (p == 0))


def _pow(x, p):
    """Returns ``x ** p``."""
    if isinstance(p, numpy.generic) and p in (1, 2, 3):
        # Products take a fraction of the time, a hundredth where x < 0.
        y = +x if p == 1 else x * x
        if p == 3:
            y = y * x
    else:
        y = x ** p
    return utils.force_array(y)


def _log_base(x):
    """Returns the derivative of ``x ** p`` by ``p``, without ``x ** p``."""
    # 0 ** p is constant where p is positive, though the logarithm is
    # infinite: a base of 0 counts as 1.
    xp = cuda.get_array_module(x)
    return xp.log(x + (x == 0))


class PowVarVar(_FloatBinary):
    """:math:`x^y`"""

    label = '_ ** _'

    def forward(self, inputs):
        self.y = _pow(*inputs)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        x, p = inputs
        gy, = grad_outputs
        gx = utils.force_array(_pow_grad(x, p) * gy)
        return gx, utils.force_array(_log_base(x) * self.y * gy)

    def backward_gpu(self, inputs, grad_outputs):
        return cuda.elementwise(
            'T x, T p, T y, T gy', 'T gx, T gp', '''
            gx = p == 0 ? (T)0 : (T)(p * pow(x, (T)(p - 1)) * gy);
            gp = log(x == 0 ? (T)1 : x) * y * gy;
            ''', 'pow_bwd')(*inputs, self.y, grad_outputs[0])


class PowVarConst(_WithConstant):
    """:math:`x^c`"""

    @property
    def label(self):
        return f'_ ** {self._text}'

    def forward(self, inputs):
        x, = inputs
        return _pow(x, self._constant(x)),

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        gx = _pow_grad(x, self._constant(x)) * grad_outputs[0]
        return utils.force_array(gx),

    def backward_gpu(self, inputs, grad_outputs):
        x, = inputs
        if x.dtype.kind != 'f':
            return self.backward_cpu(inputs, grad_outputs)
        p = self._constant(x)
        gx = cuda.elementwise(
            'T x, T p, T gy', 'T gx', _SMALL_POWERS.get(
                p if isinstance(p, numpy.generic) else None,
                'gx = p == 0 ? (T)0 : (T)(p * pow(x, (T)(p - 1)) * gy)'),
            'pow_constant_bwd')(x, p, grad_outputs[0])
        return gx,


# Products take a fraction of the time, as in _pow.
_SMALL_POWERS = {2: 'gx = p * x * gy', 3: 'gx = p * x * x * gy'}


class PowConstVar(_FloatWithConstant):
    """:math:`c^x`"""

    @property
    def label(self):
        return f'{self._text} ** _'

    def forward(self, inputs):
        x, = inputs
        self.y = utils.force_array(self._constant(x) ** x)
        return self.y,

    def backward_cpu(self, inputs, grad_outputs):
        x, = inputs
        log_c = _log_base(self._constant(x))
        return utils.force_array(log_c * self.y * grad_outputs[0]),

    def backward_gpu(self, inputs, grad_outputs):
        c = self._constant(inputs[0])
        gx = cuda.elementwise(
            'T c, T y, T gy', 'T gx',
            'gx = log(c == 0 ? (T)1 : c) * y * gy', 'pow_of_constant_bwd')(
                c, self.y, grad_outputs[0])
        return gx,


class MatMulVarVar(matmul.Product):
    """:math:`X Y`"""

    label = '_ @ _'


class MatMulVarConst(_FloatWithConstant):
    """:math:`X C`"""

    @property
    def label(self):
        return f'_ @ {self._text}'

    def forward(self, inputs):
        x, = inputs
        return self._multiply(x, self._matrix(x)),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        return matmul.grad_lhs(x, self._matrix(x), grad_outputs[0]),

    def _matrix(self, x):
        return utils.force_type(x.dtype, self.value)

    def _multiply(self, a, b):
        if a.ndim == 0 or b.ndim == 0:
            raise ValueError(f'{self.label}: @ multiplies vectors and '
                             f'matrices, not numbers: use *')
        try:
            return utils.force_array(half.matmul(a, b))
        except ValueError as error:
            raise ValueError(
                f'{self.label}: there is no product of arrays of the shapes '
                f'{a.shape} and {b.shape}') from error


class MatMulConstVar(MatMulVarConst):
    """:math:`C X`"""

    @property
    def label(self):
        return f'{self._text} @ _'

    def forward(self, inputs):
        x, = inputs
        return self._multiply(self._matrix(x), x),

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
    what = type(value)
    if isinstance(value, (int, float)):
        return
    if isinstance(value, (numpy.generic, *_array_types)):
        if value.dtype.kind in 'biuf':
            return
        what = f'{what} of {value.dtype}'
    raise TypeError(
        f'a Variable can be combined with a Variable, an array or a number, '
        f'but got {what}')


def _operator(name, of_variables, of_constant, doc):
    """Makes the method that an operator calls."""
    is_reflected = name.startswith('__r')

    def method(self, other):
        if isinstance(other, variable.Variable):
            lhs, rhs = (other, self) if is_reflected else (self, other)
            return of_variables()(lhs, rhs)
        _check_constant(other)
        return of_constant(other)(self)

    method.__name__ = name
    method.__doc__ = doc
    return method


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
            ('__sub__', Sub, SubConstant, 'x - y'),
            ('__rsub__', Sub, SubFromConstant, 'y - x'),
            ('__mul__', Mul, MulConstant, 'x * y'),
            ('__rmul__', Mul, MulConstant, 'y * x'),
            ('__truediv__', Div, DivConstant, 'x / y'),
            ('__rtruediv__', Div, DivFromConstant, 'y / x'),
            ('__pow__', PowVarVar, PowVarConst, 'x ** y'),
            ('__rpow__', PowVarVar, PowConstVar, 'y ** x'),
            ('__matmul__', MatMulVarVar, MatMulVarConst, 'x @ y'),
            ('__rmatmul__', MatMulVarVar, MatMulConstVar, 'y @ x')):
        doc = f'Returns ``{doc}``; ``x`` is this variable.'
        setattr(Variable, name,
                _operator(name, of_variables, of_constant, doc))
