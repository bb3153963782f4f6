"""Trigonometric functions."""
from cupy import core

_FLOATS = ('e->e', 'f->f', 'd->d')
_PAIRS = ('ee->e', 'ff->f', 'dd->d')

sin = core.create_ufunc(
    'cupy_sin', _FLOATS, 'out0 = sin(in0)',
    doc='Computes the sine of angles in radians, elementwise.')

cos = core.create_ufunc(
    'cupy_cos', _FLOATS, 'out0 = cos(in0)',
    doc='Computes the cosine of angles in radians, elementwise.')

tan = core.create_ufunc(
    'cupy_tan', _FLOATS, 'out0 = tan(in0)',
    doc='Computes the tangent of angles in radians, elementwise.')

arcsin = core.create_ufunc(
    'cupy_arcsin', _FLOATS, 'out0 = asin(in0)',
    doc='Computes the inverse sine, in [-pi/2, pi/2], elementwise.')

arccos = core.create_ufunc(
    'cupy_arccos', _FLOATS, 'out0 = acos(in0)',
    doc='Computes the inverse cosine, in [0, pi], elementwise.')

arctan = core.create_ufunc(
    'cupy_arctan', _FLOATS, 'out0 = atan(in0)',
    doc='Computes the inverse tangent, in [-pi/2, pi/2], elementwise.')

hypot = core.create_ufunc(
    'cupy_hypot', _PAIRS, 'out0 = hypot(in0, in1)',
    doc='Computes ``sqrt(x1 ** 2 + x2 ** 2)``, elementwise.')

arctan2 = core.create_ufunc(
    'cupy_arctan2', _PAIRS, 'out0 = atan2(in0, in1)',
    doc='Computes the angle of the point ``(x2, x1)``, in [-pi, pi].')

deg2rad = core.create_ufunc(
    'cupy_deg2rad',
    (('e->e', 'out0 = in0 * 0.017453292519943295f'),
     ('f->f', 'out0 = in0 * 0.017453292519943295f'),
     ('d->d', 'out0 = in0 * 0.017453292519943295')),
    doc='Converts angles from degrees to radians, elementwise.')

rad2deg = core.create_ufunc(
    'cupy_rad2deg',
    (('e->e', 'out0 = in0 * 57.29577951308232f'),
     ('f->f', 'out0 = in0 * 57.29577951308232f'),
     ('d->d', 'out0 = in0 * 57.29577951308232')),
    doc='Converts angles from radians to degrees, elementwise.')
