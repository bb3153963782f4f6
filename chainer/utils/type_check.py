"""Type checks that explain themselves.

A function checks its inputs with conditions on their types::

    def check_type_forward(self, in_types):
        type_check.expect(
            in_types.size() == 2,
            in_types[0].dtype == numpy.float32,
            in_types[0].shape[1] == in_types[1].shape[0],
        )

If such a condition does not hold, the error repeats it as it was written, and
says what the values were::

    InvalidType: Expect: in_types[0].shape[1] == in_types[1].shape[0]
    Actual: 3 != 4

Design: the same code runs in two ways. A function is called very often, and
its types are almost always right. So ``check_type_forward`` is first given the
arrays themselves, in a :class:`PlainTypes`: their ``shape``, ``ndim`` and
``dtype`` are plain values, conditions are plain booleans, and nothing is
built. Only if that fails in any way is it run once more with
:class:`TypeInfo` wrapped in :class:`Expr`, where each attribute, operator and
comparison grows a syntax tree, from which the message is made. Conditions may
also build trees in the first run, by using :class:`Variable`; they are
evaluated on the spot.
"""
import operator

import numpy


class TypeInfo:
    """Shape and dtype of an array, wherever the array is.

    Attributes:
        shape (tuple of int): Its shape.
        dtype (numpy.dtype): Its data type.
        ndim (int): Number of its dimensions.

    """

    def __init__(self, shape, dtype):
        self.shape = shape
        self.dtype = dtype
        self.ndim = len(shape)

    @property
    def size(self):
        """Number of elements."""
        size = 1
        for n in self.shape:
            size *= n
        return size


class TypeInfoTuple(tuple):
    """Tuple of expressions, one for the :class:`TypeInfo` of each input."""

    name = 'in_types'

    def size(self):
        """Returns the number of inputs, as an expression."""
        return Variable(len(self), f'{self.name}.size')


class PlainTypes(TypeInfoTuple):
    """Tuple of arrays, in the role of their own types."""

    def size(self):
        """Returns the number of inputs."""
        return len(self)


def get_types(data, name, accept_none):
    """Wraps the types of arrays into expressions.

    Args:
        data (tuple of arrays): Arrays to describe.
        name (str): Name of the tuple in messages.
        accept_none (bool): Whether ``None`` may be among the arrays.

    Returns:
        TypeInfoTuple: Expressions named ``name[0]``, ``name[1]``, ...

    """
    types = TypeInfoTuple(_get_type(name, i, x, accept_none)
                          for i, x in enumerate(data))
    types.name = name
    return types


def _get_type(name, index, array, accept_none):
    label = f'{name}[{index}]'
    if array is None and accept_none:
        return Variable(TypeInfo((), None), label)
    if not hasattr(array, 'shape'):
        raise TypeError(f'{label} must be an array, but is a {type(array)}')
    return Variable(TypeInfo(array.shape, array.dtype), label)


class InvalidType(Exception):
    """Raised when inputs do not have the types that a function expects.

    Args:
        expect (str): What was expected.
        actual (str): What came.
        msg (str): Message. By default it is made of the other two.
        remedy (str): What the user can do about it, if that can be told.

    """

    def __init__(self, expect, actual, msg=None, remedy=None):
        if msg is None:
            msg = f'Expect: {expect}\nActual: {actual}'
        super().__init__(msg)
        self.expect = expect
        self.actual = actual
        self.remedy = remedy

    def __reduce__(self):
        return InvalidType, (self.expect, self.actual, str(self), self.remedy)


def expect(*bool_exprs):
    """Checks that all conditions hold.

    Args:
        bool_exprs: Conditions: expressions, or values that are true or false.
            They are evaluated from left to right.

    Raises:
        InvalidType: If one does not hold.

    """
    for expr in bool_exprs:
        if expr is True:
            continue
        if isinstance(expr, Expr):
            expr.expect()
        elif not expr:
            raise InvalidType('a condition that holds', repr(expr))


# ------------------------------------------------------------------------
# Expressions
# ------------------------------------------------------------------------

# How tightly each kind of expression binds, as in Python's grammar.
_COMPARE, _OR, _XOR, _AND, _SHIFT, _ADD, _MUL, _UNARY, _POW, _ATOM = range(10)


class Expr:
    """A syntax tree: something that can be evaluated and shown.

    Attributes, items, calls, operators and comparisons of expressions are
    expressions again. :meth:`eval` computes the value, ``str`` gives the text.

    An expression is neither true nor false; ``and``, ``or`` and ``not`` do not
    work on it.

    Args:
        priority (int): How tightly the expression binds; decides where its
            text needs parentheses.

    .. admonition:: Example

       >>> from chainer.utils import type_check
       >>> x = type_check.Variable(3, 'x')
       >>> condition = 2 * (x + 1) == 9
       >>> str(condition)
       '2 * (x + 1) == 9'
       >>> condition.eval()
       False

    """

    def __init__(self, priority):
        self.priority = priority

    def eval(self):
        """Returns the value of the expression."""
        raise NotImplementedError(f'{type(self).__name__} must override eval')

    def expect(self):
        """Raises :class:`InvalidType` unless the value is true."""
        value = self.eval()
        if not value:
            raise InvalidType(str(self), repr(value))

    def __getattr__(self, name):
        # Python looks for protocols such as __array__ here; they are not
        # attributes of the value described.
        if name.startswith('__'):
            raise AttributeError(name)
        return GetAttr(self, name)

    def __getitem__(self, key):
        """The expression ``self[key]``."""
        return GetItem(self, key)

    def __call__(self, *args):
        """The expression ``self(*args)``."""
        return Call(self, args)

    def __iter__(self):
        # Python would otherwise try [0], [1], ... and never meet the end.
        raise TypeError(f'cannot iterate over the expression {self}: take its '
                        f'items, or iterate over its eval()')

    def __bool__(self):
        raise RuntimeError(
            "Don't convert Expr to bool. Please call Expr.eval method to "
            'evaluate expression.')

    def __str__(self):
        raise NotImplementedError(
            f'{type(self).__name__} must override __str__')

    def __repr__(self):
        # A tuple of expressions is shown by this.
        return str(self)


class Constant(Expr):
    """A value that is shown as it is."""

    def __init__(self, value):
        super().__init__(_ATOM)
        self.value = value

    def eval(self):
        return self.value

    def __str__(self):
        return str(self.value)


class Variable(Expr):
    """A value that is shown by a name.

    Args:
        value: The value.
        name (str): What stands for it in messages.

    .. admonition:: Example

       >>> import numpy
       >>> from chainer.utils import type_check
       >>> total = type_check.Variable(numpy.sum, 'sum')
       >>> str(total((3, 4)) == 10)
       'sum((3, 4)) == 10'

    """

    def __init__(self, value, name):
        super().__init__(_ATOM)
        self.value = value
        self.name = name

    def eval(self):
        return self.value

    def __str__(self):
        return self.name


class GetAttr(Expr):
    """``obj.name``"""

    def __init__(self, obj, name):
        super().__init__(_ATOM)
        self.obj = obj
        self.name = name

    def eval(self):
        return getattr(value(self.obj), self.name)

    def __str__(self):
        return f'{_text(self.obj, _ATOM)}.{self.name}'


class GetItem(Expr):
    """``obj[key]``"""

    def __init__(self, obj, key):
        super().__init__(_ATOM)
        self.obj = obj
        self.key = key

    def eval(self):
        return value(self.obj)[value(self.key)]

    def __str__(self):
        keys = self.key if isinstance(self.key, tuple) else (self.key,)
        return f'{_text(self.obj, _ATOM)}[{", ".join(map(_key_text, keys))}]'


class Call(Expr):
    """``obj(*args)``"""

    def __init__(self, obj, args):
        super().__init__(_ATOM)
        self.obj = obj
        self.args = args

    def eval(self):
        return value(self.obj)(*[value(arg) for arg in self.args])

    def __str__(self):
        args = ', '.join(str(arg) for arg in self.args)
        return f'{_text(self.obj, _ATOM)}({args})'


class UnaryOperator(Expr):
    """``-term``, ``~term``"""

    def __init__(self, priority, symbol, function, term):
        super().__init__(priority)
        self.symbol = symbol
        self.function = function
        self.term = term

    def eval(self):
        return self.function(value(self.term))

    def __str__(self):
        return self.symbol + _text(self.term, self.priority)


class BinaryOperator(Expr):
    """``lhs + rhs`` and the other operators"""

    def __init__(self, priority, symbol, function, lhs, rhs):
        super().__init__(priority)
        self.symbol = symbol
        self.function = function
        self.lhs = lhs
        self.rhs = rhs

    def eval(self):
        return self.function(value(self.lhs), value(self.rhs))

    def __str__(self):
        # a - b - c is (a - b) - c: an equal on the right needs parentheses.
        # Powers group the other way round, comparisons not at all.
        left, right = self.priority, self.priority + 1
        if self.priority == _POW:
            left, right = right, left
        elif self.priority == _COMPARE:
            left = right
        lhs, rhs = _text(self.lhs, left), _text(self.rhs, right)
        return f'{lhs} {self.symbol} {rhs}'


class BoolBinaryOperator(BinaryOperator):
    """``lhs == rhs`` and the other comparisons"""

    def __init__(self, symbol, opposite, function, lhs, rhs):
        super().__init__(_COMPARE, symbol, function, lhs, rhs)
        self.opposite = opposite

    def expect(self):
        lhs, rhs = value(self.lhs), value(self.rhs)
        if not self.function(lhs, rhs):
            raise InvalidType(str(self), f'{lhs} {self.opposite} {rhs}',
                              remedy=_remedy(self, lhs, rhs))


def value(x):
    """Returns what a condition is about, whether plain or an expression.

    For checks that no operator can state: ``value(x_type.shape)`` is a tuple
    of int, whichever way ``check_type_forward`` is run.
    """
    if isinstance(x, Expr):
        return x.eval()
    if isinstance(x, tuple):
        return tuple([value(item) for item in x])
    if isinstance(x, slice):
        return slice(value(x.start), value(x.stop), value(x.step))
    return x


def _text(x, priority):
    if isinstance(x, Expr) and x.priority < priority:
        return f'({x})'
    return str(x)


def _key_text(key):
    if not isinstance(key, slice):
        return str(key)
    start, stop, step = ['' if x is None else str(x)
                         for x in (key.start, key.stop, key.step)]
    return f'{start}:{stop}:{step}' if step else f'{start}:{stop}'


def _remedy(condition, lhs, rhs):
    """Tells how to cast, if what is wrong is the type of an input."""
    if condition.symbol != '==' or not isinstance(condition.lhs, GetAttr):
        return None
    attribute, source = condition.lhs.name, condition.lhs.obj
    if attribute == 'kind' and isinstance(source, GetAttr):
        wanted = {'f': 'float32', 'i': 'int32', 'b': 'bool_'}.get(rhs)
        source, came = source.obj, source.eval()
    elif attribute == 'dtype' and rhs is not None:
        wanted, came = numpy.dtype(rhs).name, numpy.dtype(lhs)
        if came.kind == 'f' and came.itemsize < numpy.dtype(rhs).itemsize:
            # Two inputs of different precision. The more precise one mostly
            # is so by accident.
            other = condition.rhs
            if isinstance(other, GetAttr) and other.name == 'dtype':
                source, came, wanted = other.obj, rhs, came.name
    else:
        return None
    if wanted is None or not isinstance(source, Variable):
        return None
    # NumPy 1 has no numpy.bool.
    wanted = {'bool': 'bool_'}.get(wanted, wanted)
    return (f'{source} is {came}, expected {wanted}: cast it with '
            f'.astype(numpy.{wanted})')


def _install(name, make):
    setattr(Expr, f'__{name}__', make)


def _binary(name, priority, symbol, function):
    _install(name, lambda x, y: BinaryOperator(
        priority, symbol, function, x, y))
    _install('r' + name, lambda x, y: BinaryOperator(
        priority, symbol, function, y, x))


for _name, _priority, _symbol in (
        ('add', _ADD, '+'), ('sub', _ADD, '-'), ('mul', _MUL, '*'),
        ('truediv', _MUL, '/'), ('floordiv', _MUL, '//'), ('mod', _MUL, '%'),
        ('matmul', _MUL, '@'), ('pow', _POW, '**'),
        ('lshift', _SHIFT, '<<'), ('rshift', _SHIFT, '>>'),
        ('and', _AND, '&'), ('xor', _XOR, '^'), ('or', _OR, '|')):
    _binary(_name, _priority, _symbol, getattr(operator, f'__{_name}__'))

for _name, _symbol in (('neg', '-'), ('pos', '+'), ('invert', '~')):
    _install(_name, lambda x, s=_symbol, f=getattr(operator, _name):
             UnaryOperator(_UNARY, s, f, x))

for _name, _symbol, _opposite in (
        ('eq', '==', '!='), ('ne', '!=', '=='), ('lt', '<', '>='),
        ('le', '<=', '>'), ('gt', '>', '<='), ('ge', '>=', '<')):
    _install(_name, lambda x, y, s=_symbol, o=_opposite,
             f=getattr(operator, _name): BoolBinaryOperator(s, o, f, x, y))


_prod = Variable(numpy.prod, 'prod')


def prod(shape):
    """Product of sizes, plain or as an expression.

    Args:
        shape (tuple of int, or Expr): Sizes, ``x_type.shape[1:]``.

    Returns:
        int or Expr: Their product.

    """
    if isinstance(shape, Expr):
        return _prod(shape)
    product = 1
    for size in shape:
        product *= size
    return product
