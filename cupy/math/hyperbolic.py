"""Hyperbolic functions."""
from cupy import core

_FLOATS = ('e->e', 'f->f', 'd->d')

sinh = core.create_ufunc(
    'cupy_sinh', _FLOATS, 'out0 = sinh(in0)',
    doc='Computes the hyperbolic sine, elementwise.')

cosh = core.create_ufunc(
    'cupy_cosh', _FLOATS, 'out0 = cosh(in0)',
    doc='Computes the hyperbolic cosine, elementwise.')

tanh = core.create_ufunc(
    'cupy_tanh', _FLOATS, 'out0 = tanh(in0)',
    doc='Computes the hyperbolic tangent, elementwise.')

arcsinh = core.create_ufunc(
    'cupy_arcsinh', _FLOATS, 'out0 = asinh(in0)',
    doc='Computes the inverse hyperbolic sine, elementwise.')

arccosh = core.create_ufunc(
    'cupy_arccosh', _FLOATS, 'out0 = acosh(in0)',
    doc='Computes the inverse hyperbolic cosine, elementwise.')

arctanh = core.create_ufunc(
    'cupy_arctanh', _FLOATS, 'out0 = atanh(in0)',
    doc='Computes the inverse hyperbolic tangent, elementwise.')
