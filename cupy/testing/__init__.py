"""Tools for testing code that runs on NumPy and on CuPy.

The package ``chainer.testing`` has decorators of the same names, because
Chainer can be installed, and must be testable, where this package is not.
"""
from cupy.testing import attr
from cupy.testing.array import (
    assert_allclose, assert_array_almost_equal,
    assert_array_almost_equal_nulp, assert_array_equal, assert_array_less,
    assert_array_list_equal, assert_array_max_ulp)
from cupy.testing.attr import gpu, multi_gpu
from cupy.testing.consistency import (
    numpy_cupy_allclose, numpy_cupy_array_almost_equal,
    numpy_cupy_array_almost_equal_nulp, numpy_cupy_array_equal,
    numpy_cupy_array_less, numpy_cupy_array_list_equal,
    numpy_cupy_array_max_ulp, numpy_cupy_raises)
from cupy.testing.dtypes import (
    for_all_dtypes, for_all_dtypes_combination, for_dtypes,
    for_dtypes_combination, for_float_dtypes, for_int_dtypes,
    for_int_dtypes_combination, for_signed_dtypes,
    for_signed_dtypes_combination, for_unsigned_dtypes,
    for_unsigned_dtypes_combination)
from cupy.testing.helper import (
    NumpyError, shaped_arange, shaped_random, shaped_reverse_arange,
    with_requires)
from cupy.testing.parameterized import parameterize, product
