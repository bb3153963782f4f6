from cupy.core.base import ndarray_base
from cupy.core.arithmetic import *  # noqa: F403
from cupy.core.core import array, compile_with_cache, ndarray
from cupy.core.dlpack import from_dlpack
from cupy.core.elementwise import ElementwiseKernel
from cupy.core.flags import Flags
from cupy.core.internal import get_size
from cupy.core.reduction import ReductionKernel
from cupy.core.reduction_function import create_reduction_func
from cupy.core.ufunc import create_ufunc, elementwise_copy, ufunc
