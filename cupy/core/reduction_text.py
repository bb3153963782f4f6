"""The text of a reduction kernel, for include/reduction.h."""
import collections
import re

# An argument: its name, the C type that expressions see, and a role; for all
# but scalars the C type of its elements; then what the role needs: 'raw': the
# CArray's other template arguments, 'input' and 'output': what is known of the
# stride along the inner axis.
Argument = collections.namedtuple(
    'Argument', 'name c_type role element detail')

# Instead of a reduce expression: the value that is wanted, and its index.
SEARCHES = {'cupy_greatest': 'true', 'cupy_least': 'false'}


def mentions(code, *names):
    """Whether a C++ expression contains one of some identifiers."""
    return re.search(r'\b(?:' + '|'.join(names) + r')\b', code) is not None


def kernel(name, routine, arguments, types, preamble, identity, axes):
    """Returns the text.

    Args:
        name (str): Name of the kernel.
        routine (Routine): Expressions.
        arguments (list of Argument): Arguments in their order.
        types (str): Declarations of types that stand before the preamble.
        preamble (str): Code of the user.
        identity (str): Value of a reduction of no elements, or ``None``.
        axes (tuple): Kind of the loop, number of output axes, number of
            reduced axes.

    """
    kind, p, q = axes
    arrays = [a for a in arguments if a.role in ('input', 'output')]
    inputs = [a for a in arrays if a.role == 'input']
    outputs = [a for a in arrays if a.role == 'output']
    declarations = [_declaration(a, p, q) for a in arguments]
    declarations.append(f'const CReduceShape<{p}, {q}> _shape')
    unit = kind == 1 and all(a.detail >= 0 for a in inputs)
    unit = 'true' if unit else 'false'
    return f'''\
#include "reduction.h"
{''.join(f'typedef {a.c_type} type_{a.name}_raw;{_LINE}' for a in arguments)}\
{types}{preamble}
typedef {_value_type(routine, inputs, outputs)} _type_reduce;
extern "C" __global__ void {name}({', '.join(declarations)}) {{
  CUPY_WORK(_shape.size())
{_sizes(routine)}\
  CReducePosition<{p}, {q}> _at(_shape);
{''.join(_view(a, kind, p, q) for a in arrays)}\
  auto _seek = [&]() CUPY_INLINE {{
{''.join(f'    _view_{a.name}.seek(_at.get());{_LINE}' for a in arrays)}  }};
{_way(routine, inputs, outputs, unit)}\
  auto _post = [&](_type_reduce& a, ptrdiff_t _o) CUPY_INLINE {{
{''.join(_element(a) for a in outputs)}\
{_indices(routine.post_map_expr, in_map=False)}\
    {routine.post_map_expr};
{''.join(_store(a) for a in outputs)}  }};
{_identity(identity)}\
  CUPY_REDUCE({kind}, {unit})(_shape, _at, _seek, _way, _post, _identity);
}}
'''


_LINE = '\n'
_INTEGERS = {'bool', *[sign + size for sign in ('', 'signed ', 'unsigned ')
                       for size in ('char', 'short', 'int', 'long long')]}


def _value_type(routine, inputs, outputs):
    if routine.reduce_expr not in SEARCHES:
        return routine.reduce_type or outputs[0].c_type
    return f'cupy_found<{_searched_type(routine, inputs)}>'


def _searched_type(routine, inputs):
    return routine.reduce_type or inputs[0].c_type


def _declaration(argument, p, q):
    if argument.role == 'scalar':
        return f'const {argument.c_type} {argument.name}'
    if argument.role == 'raw':
        return f'CArray<{argument.element}, {argument.detail}> {argument.name}'
    axes = p if argument.role == 'output' else p + q
    return (f'const CReduceArray<{argument.element}, {axes}> '
            f'_array_{argument.name}')


def _sizes(routine):
    """Declares the numbers of elements that expressions ask for."""
    code = f'{routine.map_expr} {routine.reduce_expr} {routine.post_map_expr}'
    return ''.join(
        f'  const CReduceSize {name} = {{{size}}};\n'
        for name, size in (('_in_ind', '_shape.size()'),
                           ('_out_ind', '_shape.outputs'))
        if mentions(code, name))


def _view(argument, kind, p, q):
    axes = f'{p}' if argument.role == 'output' else f'{p}, {q}, {kind}'
    return (f'  CReduce{argument.role.capitalize()}<{argument.element}, '
            f'{axes}, {argument.detail}> '
            f'_view_{argument.name}(_array_{argument.name});\n')


def _element(argument):
    """Declares a parameter as expressions see it."""
    c_type, name = argument.c_type, argument.name
    if argument.role == 'input':
        return (f'    const {c_type} {name} = '
                f'static_cast<{c_type}>(_view_{name}(_o, _r));\n')
    if argument.element == c_type:
        return f'    {c_type}& {name} = _view_{name}(_o);\n'
    return f'    {c_type} {name};\n'


def _store(argument):
    if argument.element == argument.c_type:
        return ''
    return (f'    _view_{argument.name}(_o) = '
            f'static_cast<{argument.element}>({argument.name});\n')


def _indices(code, in_map):
    """Declares the indices that an expression asks for."""
    lines = []
    if mentions(code, '_i', '_j'):
        lines.append('    const ptrdiff_t _i = _at.i(_o);\n')
    if in_map and mentions(code, '_J', '_j'):
        lines.append('    const ptrdiff_t _J = _at.J(_r);\n')
    if in_map and mentions(code, '_j'):
        lines.append('    const ptrdiff_t _j = _J * _shape.outputs + _i;\n')
    return ''.join(lines)


def _way(routine, inputs, outputs, unit):
    search = SEARCHES.get(routine.reduce_expr)
    mapped = _searched_type(routine, inputs) if search else '_type_reduce'
    text = f'''\
  auto _map = [&](ptrdiff_t _o, ptrdiff_t _r) CUPY_INLINE -> {mapped} {{
{''.join(_element(a) for a in inputs)}{_indices(routine.map_expr, True)}\
    return static_cast<{mapped}>({routine.map_expr}
    );
  }};
'''
    if search:
        return text + (
            f'  cupy_find<{search}, {mapped}, {unit}, decltype(_map), '
            'decltype(_at)>\n      _way = {_map, _at};\n')
    integers = _value_type(routine, inputs, outputs) in _INTEGERS
    stops_at_zero = str(
        integers and routine.reduce_expr.split() == ['a', '&', 'b']).lower()
    return text + f'''\
  auto _reduce = [&](_type_reduce a, _type_reduce b) CUPY_INLINE \
-> _type_reduce {{
    return static_cast<_type_reduce>({routine.reduce_expr}
    );
  }};
  cupy_combine<_type_reduce, {unit}, {stops_at_zero}, decltype(_map),
               decltype(_reduce)> _way = {{_map, _reduce}};
'''


def _identity(identity):
    if identity is None:
        return '  cupy_no_identity _identity;\n'
    return (
        '  auto _identity = [&]() CUPY_INLINE -> _type_reduce {\n'
        f'    return static_cast<_type_reduce>({identity});\n  }};\n')
