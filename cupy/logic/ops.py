"""Logic operations: anything but zero is true."""
from cupy import core

_PAIRS = tuple(f'{c}{c}->?' for c in '?bBhHiIqQefd')

logical_and = core.create_ufunc(
    'cupy_logical_and', _PAIRS, 'out0 = in0 && in1',
    doc='Tests whether both elements are true.')

logical_or = core.create_ufunc(
    'cupy_logical_or', _PAIRS, 'out0 = in0 || in1',
    doc='Tests whether at least one of the elements is true.')

logical_xor = core.create_ufunc(
    'cupy_logical_xor', _PAIRS, 'out0 = !in0 != !in1',
    doc='Tests whether exactly one of the elements is true.')

logical_not = core.create_ufunc(
    'cupy_logical_not', tuple(f'{c}->?' for c in '?bBhHiIqQefd'),
    'out0 = !in0',
    doc='Tests whether elements are false.')
