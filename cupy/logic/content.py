"""Infinities and NaNs."""
from cupy import core

_FLOATS = ('e->?', 'f->?', 'd->?')

isfinite = core.create_ufunc(
    'cupy_isfinite', _FLOATS, 'out0 = isfinite(in0)',
    doc='Tests whether numbers are neither infinite nor NaN.')

isinf = core.create_ufunc(
    'cupy_isinf', _FLOATS, 'out0 = isinf(in0)',
    doc='Tests whether numbers are infinite, of either sign.')

isnan = core.create_ufunc(
    'cupy_isnan', _FLOATS, 'out0 = isnan(in0)',
    doc='Tests whether numbers are NaN.')
