"""Rounding to integers, which keep a floating-point type."""
import numpy

from cupy import core

_FLOATS = ('e->e', 'f->f', 'd->d')


def _integers():
    # NumPy 2.1 and later leaves integers what they are; before, they became
    # floating-point numbers.
    if '?->?' not in numpy.floor.types:
        return ()
    return tuple((f'{c}->{c}', 'out0 = in0') for c in '?bBhHiIqQ')


rint = core.create_ufunc(
    'cupy_rint', _FLOATS, 'out0 = rint(in0)',
    doc='Rounds to the nearest integer, halves to the even one.')

floor = core.create_ufunc(
    'cupy_floor', _integers() + _FLOATS, 'out0 = floor(in0)',
    doc='Rounds down to an integer, elementwise.')

ceil = core.create_ufunc(
    'cupy_ceil', _integers() + _FLOATS, 'out0 = ceil(in0)',
    doc='Rounds up to an integer, elementwise.')

trunc = core.create_ufunc(
    'cupy_trunc', _integers() + _FLOATS, 'out0 = trunc(in0)',
    doc='Rounds towards zero to an integer, elementwise.')
