"""Device memory: allocations, pointers into them, and pools of them."""
import ctypes

cimport cython

from cupy.cuda cimport device as device_module
from cupy.cuda cimport runtime

from cupy.cuda import runtime

cdef class Memory:
    """An allocation on the device that is current when it is made.

    It is freed with this object.

    Args:
        size (int): Its size in bytes. Nothing is allocated for 0 bytes.

    Attributes:
        ptr (int): The address of its first byte; 0 if it is of 0 bytes.
        size (int): Its size in bytes.
        device_id (int): The number of the device that it is on.
    """

    def __init__(self, Py_ssize_t size):
        if size < 0:
            raise ValueError(f'size must not be negative, is {size}')
        if self.ptr:
            runtime.free(self.ptr)
            self.ptr = 0
        self.device_id = runtime.getDevice()
        self.ptr = runtime.malloc(size) if size else 0
        self.size = size

    def __dealloc__(self):
        if self.ptr:
            runtime.free(self.ptr)

    def __int__(self):
        return self.ptr

    @property
    def device(self):
        """The device that the memory is on."""
        return device_module.Device(self.device_id)


cdef size_t _host_address(mem) except? 0:
    if isinstance(mem, ctypes.c_void_p):
        mem = mem.value or 0
    if isinstance(mem, int):
        return mem
    raise TypeError(
        f'a host pointer must be a ctypes.c_void_p or an integer, not '
        f'{type(mem).__name__}: take x.ctypes.data of a numpy.ndarray x')


cdef class MemoryPointer:
    """A pointer into device memory, which it keeps alive.

    ``pointer + n`` and ``pointer - n`` are the pointers ``n`` bytes further
    on and back.

    Args:
        mem (Memory): The memory that it points into.
        offset (int): The number of bytes before the byte it points to.

    Attributes:
        mem (Memory): The memory that it points into.
        ptr (int): The address.
        device_id (int): The number of the device that the memory is on.
    """

    def __init__(self, mem, Py_ssize_t offset):
        self.mem = mem
        self.ptr = mem.ptr + offset
        self.device_id = mem.device_id

    @property
    def device(self):
        """The device that the memory is on."""
        return device_module.Device(self.device_id)

    def __int__(self):
        return self.ptr

    def __add__(self, Py_ssize_t y):
        return _point(self.mem, self.ptr + y, self.device_id)

    def __radd__(self, Py_ssize_t y):
        return _point(self.mem, self.ptr + y, self.device_id)

    def __iadd__(self, Py_ssize_t offset):
        self.ptr += offset
        return self

    def __sub__(self, Py_ssize_t offset):
        return _point(self.mem, self.ptr - offset, self.device_id)

    def __isub__(self, Py_ssize_t offset):
        self.ptr -= offset
        return self

    def copy_from_device(self, MemoryPointer src not None, size_t size):
        """Copies from memory of this device or another one.

        Args:
            src (MemoryPointer): Where to copy from.
            size (int): How many bytes.
        """
        if src.device_id == self.device_id:
            runtime.memcpy(self.ptr, src.ptr, size, 3)
        else:
            runtime.memcpyPeer(
                self.ptr, self.device_id, src.ptr, src.device_id, size)

    def copy_from_host(self, mem, size_t size):
        """Copies from the host's memory.

        Args:
            mem (ctypes.c_void_p or int): Where to copy from.
            size (int): How many bytes.
        """
        runtime.memcpy(self.ptr, _host_address(mem), size, 1)

    def copy_to_host(self, mem, size_t size):
        """Copies to the host's memory.

        Args:
            mem (ctypes.c_void_p or int): Where to copy to.
            size (int): How many bytes.
        """
        runtime.memcpy(_host_address(mem), self.ptr, size, 2)


cdef MemoryPointer _point(mem, size_t ptr, int device_id):
    cdef MemoryPointer pointer = MemoryPointer.__new__(MemoryPointer)
    pointer.mem = mem
    pointer.ptr = ptr
    pointer.device_id = device_id
    return pointer


cpdef MemoryPointer alloc(Py_ssize_t size):
    """Allocates so many bytes on the current device.

    Args:
        size (int): The number of bytes.

    Returns:
        A :class:`MemoryPointer` to the first of them.
    """
    return MemoryPointer(Memory(size), 0)
