"""CUDA as CuPy uses it: devices, memory, streams, kernels, and libraries.

With the host device, which CuPy is built for where there is no CUDA, the same
functions run on the CPU; :data:`backend` tells which it is.
"""
from cupy.cuda import compiler
from cupy.cuda import cublas
from cupy.cuda import curand
from cupy.cuda import device
from cupy.cuda import driver
from cupy.cuda import function
from cupy.cuda import memory
from cupy.cuda import nvrtc
from cupy.cuda import onednn
from cupy.cuda import pinned_memory
from cupy.cuda import profiler
from cupy.cuda import runtime
from cupy.cuda import stream
from cupy.cuda.compiler import compile_with_cache
from cupy.cuda.device import Device, get_device_id
from cupy.cuda.function import Function, Module
from cupy.cuda.handles import get_cublas_handle
from cupy.cuda.memory import (
    Memory, MemoryPointer, MemoryPool, OutOfMemoryError, alloc,
    set_allocator)
from cupy.cuda.pinned_memory import (
    PinnedMemory, PinnedMemoryPointer, PinnedMemoryPool, alloc_pinned_memory,
    set_pinned_memory_allocator)
from cupy.cuda.profiler import profile
from cupy.cuda.stream import Event, Stream, get_elapsed_time

#: What executes all of it: ``'cuda'``, or ``'host'``, the CPU.
backend = runtime.backend

#: Why there is no cuDNN, an ImportError; ``None`` if there is.
cudnn_error = None
try:
    onednn.load()
    from cupy.cuda import cudnn
except ImportError as error:
    cudnn_error = error

#: Whether :mod:`cupy.cuda.cudnn` can be used.
cudnn_enabled = cudnn_error is None
