"""Modules of compiled kernels, and launching them."""
import struct

import numpy

from libcpp.vector cimport vector

from cupy.cuda cimport driver


cdef class Module:

    """A module: kernels and their constant memory, loaded onto a device.

    :func:`cupy.cuda.compile_with_cache` makes one from CUDA C++. A module
    that is not loaded is empty; it is unloaded when nothing refers to it.

    Attributes:
        ptr (int): Handle of the module; 0 if none is loaded.
    """

    def __init__(self):
        self.ptr = 0

    def __dealloc__(self):
        if self.ptr:
            driver.moduleUnload(self.ptr)
            self.ptr = 0

    def load_file(self, filename):
        """Loads the module from a file.

        Args:
            filename (str): Path of a compiled module.
        """
        _replace(self, driver.moduleLoad(str(filename)))

    def load(self, cubin):
        """Loads the module from memory.

        Args:
            cubin (bytes): A compiled module.
        """
        _replace(self, driver.moduleLoadData(cubin))

    def get_global_var(self, name):
        """Returns the address of a variable in constant or device memory.

        Args:
            name (str): Name of the variable, declared outside of functions
                with ``__constant__`` or ``__device__``.

        Returns:
            int: Address of the variable.
        """
        return driver.moduleGetGlobal(self.ptr, name)[0]

    def get_function(self, name):
        """Returns a kernel of the module.

        Args:
            name (str): Name of a function that is declared as
                ``extern "C" __global__``.

        Returns:
            Function: The kernel.
        """
        return Function(self, name)


cdef class Function:

    """A kernel.

    Args:
        module (Module): The module that it is in.
        funcname (str): Its name.
    """

    def __init__(self, Module module not None, str funcname not None):
        self.module = module
        self.name = funcname
        self.ptr = driver.moduleGetFunction(module.ptr, funcname)
        self._sizes = driver.funcGetParamSizes(self.ptr)

    def __call__(self, tuple grid not None, tuple block not None, args,
                 size_t shared_mem=0, stream=None):
        """Launches the kernel.

        Args:
            grid (tuple of ints): Size of the grid in blocks: one number for
                each of one to three dimensions.
            block (tuple of ints): Size of a block in threads, likewise.
            args (tuple): The arguments, each as its parameter is declared:
                an array, a pointer to device memory, None for a null
                pointer, a NumPy scalar, a bool, an int (of 8 bytes or, for
                smaller parameters, fewer; also the address of device
                memory), or a float (a ``double``).
            shared_mem (int): Dynamic shared memory of a block in bytes.
            stream (cupy.cuda.Stream): Stream to launch in; None is the null
                stream.
        """
        cdef vector[void*] addresses
        keep = self._arguments(tuple(args), addresses)
        grid_x, grid_y, grid_z = _dimensions('grid', grid)
        block_x, block_y, block_z = _dimensions('block', block)
        driver.launchKernel(
            self.ptr, grid_x, grid_y, grid_z, block_x, block_y, block_z,
            shared_mem, _handle(stream), <size_t>addresses.data())
        del keep

    def linear_launch(self, size_t size, args, size_t shared_mem=0,
                      size_t block_max_size=128, stream=None):
        """Launches the kernel in one dimension.

        Args:
            size (int): Number of threads that are needed. There may be
                more, since blocks are of one size: a kernel compares its
                index with the size.
            args (tuple): The arguments; see :meth:`__call__`.
            shared_mem (int): Dynamic shared memory of a block in bytes.
            block_max_size (int): Largest size of a block in threads.
            stream (cupy.cuda.Stream): Stream to launch in; None is the null
                stream.
        """
        cdef vector[void*] addresses
        keep = self._arguments(tuple(args), addresses)
        if size == 0:
            return
        cdef size_t block = min(block_max_size, size)
        cdef size_t grid = (size + block - 1) // block if block else 0
        driver.launchKernel(
            self.ptr, min(grid, <size_t>0x7fffffff), 1, 1, block, 1, 1,
            shared_mem,
            _handle(stream), <size_t>addresses.data())
        del keep

    cdef int launch(self, size_t size, void** args, size_t shared_mem,
                    size_t block_max_size, size_t stream) except -1:
        if size == 0:
            return 0
        cdef size_t block = block_max_size if block_max_size < size else size
        cdef size_t grid = (size + block - 1) // block if block else 0
        if grid > 0x7fffffff:
            grid = 0x7fffffff
        cdef int status = driver.launch_linear(
            self.ptr, <unsigned int>grid, <unsigned int>block, shared_mem,
            stream, args, size)
        if status:
            return driver.check_status(status, 'cuLaunchKernel')
        return 0

    cdef list _arguments(self, tuple args, vector[void*]& addresses):
        # Returns the objects that the addresses point into.
        if self._sizes is not None and len(args) != len(self._sizes):
            raise TypeError(
                f'kernel {self.name} has {len(self._sizes)} parameters, '
                f'but {len(args)} arguments were passed')
        cdef bytes data
        cdef list keep = []
        for index, value in enumerate(args):
            data = self._argument(index, value)
            addresses.push_back(<void*><char*>data)
            keep.append(data)
        return keep

    cdef bytes _argument(self, Py_ssize_t index, object value):
        size = None if self._sizes is None else self._sizes[index]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._integer(index, value, 8 if size is None else size)
        data = _as_bytes(value)
        if data is None:
            raise TypeError(self._explain(index, value))
        if size is not None and len(data) != size:
            message = (
                f'args[{index}] of kernel {self.name} is a '
                f'{type(value).__name__} of {len(data)} bytes, but its '
                f'parameter has {size} bytes')
            if type(value) is float:
                message += (
                    '; a Python float is a double: pass a NumPy scalar, as '
                    'in numpy.float32(x)')
            elif hasattr(value, 'cstruct'):
                message += (
                    '; for an array as such the parameter is CArray<T, ndim> '
                    'with its number of dimensions, for a plain pointer '
                    'pass x.data')
            raise TypeError(message)
        return data

    def _integer(self, index, value, size):
        # A parameter of fewer bytes gets the low ones, so they must hold it.
        if size > 8:
            raise TypeError(
                f'args[{index}] of kernel {self.name} is an int, but its '
                f'parameter has {size} bytes')
        if not -1 << (8 * size - 1) <= value < 1 << 8 * size:
            raise OverflowError(
                f'args[{index}] of kernel {self.name} is {value}, which does '
                f'not fit into the {size} bytes of its parameter')
        return (value & 0xffffffffffffffff).to_bytes(8, 'little')

    def _explain(self, index, value):
        message = (
            f'args[{index}] of kernel {self.name} is a '
            f'{type(value).__module__}.{type(value).__qualname__}')
        if isinstance(value, numpy.ndarray):
            return message + (
                ', which is in host memory: copy it to the device first, '
                'with cupy.asarray')
        return message + (
            ', not an array, a pointer to device memory, None, a NumPy '
            'scalar, a bool, an int or a float')


cdef int _replace(Module module, size_t ptr) except -1:
    cdef size_t before = module.ptr
    module.ptr = ptr
    return driver.moduleUnload(before) if before else 0


cdef object _as_bytes(value):
    # None if the value is of no type that kernels take.
    if value is None:
        return bytes(8)
    if isinstance(value, (numpy.generic, numpy.bool_)):
        return value.tobytes()
    if isinstance(value, bool):
        return b'\1' if value else b'\0'
    if isinstance(value, float):
        return struct.pack('=d', value)
    data = getattr(value, 'cstruct', None)
    if isinstance(data, bytes):
        return data
    ptr = getattr(value, 'ptr', None)
    if isinstance(ptr, int):
        return struct.pack('=Q', ptr)
    return None


cdef size_t _handle(stream) except? 0:
    if stream is None:
        return 0
    return getattr(stream, 'ptr', stream)


cdef tuple _dimensions(str what, tuple sizes):
    if not 1 <= len(sizes) <= 3:
        raise ValueError(
            f'{what} has {len(sizes)} dimensions, not one to three: {sizes}')
    for size in sizes:
        if not 0 < size <= 0x7fffffff:
            raise ValueError(
                f'every dimension of {what} is at least 1 and at most '
                f'2147483647, unlike {sizes}')
    return sizes + (1,) * (3 - len(sizes))
