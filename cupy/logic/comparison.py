"""Comparison of elements."""
from cupy.core import arithmetic

greater = arithmetic.greater
greater_equal = arithmetic.greater_equal
less = arithmetic.less
less_equal = arithmetic.less_equal
equal = arithmetic.equal
not_equal = arithmetic.not_equal
