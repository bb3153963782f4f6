"""Device memory: allocations, pointers into them, and pools of them.

Design: arrays hold a :class:`MemoryPointer`, which holds the memory it points
into; the last reference to go frees it, or gives it back to its pool. A pool
needs no lock. What it does to its books runs no Python code, so that with the
GIL no thread, and no ``__dealloc__`` called by the garbage collector in the
middle of an allocation, ever sees them half done.
"""
import ctypes

cimport cython
from cpython.ref cimport Py_INCREF, PyObject

from cupy.cuda cimport device as device_module
from cupy.cuda cimport runtime, stream as stream_module

from cupy.cuda import runtime

cdef extern from 'free_blocks.h' namespace 'cupy':
    size_t block_size(size_t size)
    struct FreeBlock:
        PyObject* object
        size_t address
    cppclass FreeBlocks:
        void put(size_t size, FreeBlock block)
        bint take(size_t size, size_t* found, FreeBlock* block)
        void clear()
        size_t count()
        size_t bytes()


class OutOfMemoryError(runtime.CUDARuntimeError, MemoryError):
    """A device has no room for an allocation.

    It is both a :class:`~cupy.cuda.runtime.CUDARuntimeError`, whose ``status``
    is that of ``cudaErrorMemoryAllocation``, and a :class:`MemoryError`.
    """


cdef class Memory:
    """An allocation on the device that is current when it is made.

    It is freed with this object.

    Args:
        size (int): Its size in bytes. Nothing is allocated for 0 bytes.

    Attributes:
        ptr (int): The address of its first byte; 0 if it is of 0 bytes.
        size (int): Its size in bytes.
        device_id (int): The number of the device that it is on.

    Raises:
        OutOfMemoryError: The device has not so many bytes left.
    """

    def __init__(self, Py_ssize_t size):
        _check_size(size)
        self.device_id = runtime.getDevice()
        self.size = size
        if size:
            self.ptr = _allocate(size, self.device_id)

    def __dealloc__(self):
        if self.ptr:
            runtime.free(self.ptr)

    def __int__(self):
        return self.ptr

    @property
    def device(self):
        """The device that the memory is on."""
        return device_module.Device(self.device_id)


cdef int _check_size(Py_ssize_t size) except -1:
    if size < 0:
        raise ValueError(f'size must not be negative, it is {size}')
    return 0


cdef size_t _allocate(size_t size, int device_id) except 0:
    try:
        return runtime.malloc(size)
    except runtime.CUDARuntimeError as error:
        if error.status != runtime.errorMemoryAllocation:
            raise
        # The host device tells it better than can be told from here.
        detail = error.args[2]
    if not detail:
        free, total = runtime.memGetInfo()
        detail = (f'{size} bytes wanted on device {device_id}, '
                  f'{total - free} in use, of {total}')
    raise _out_of_memory(detail)


cdef _out_of_memory(detail):
    return OutOfMemoryError(
        runtime.errorMemoryAllocation, 'cudaMalloc', detail)


@cython.freelist(256)
@cython.no_gc
cdef class MemoryPointer:
    """A pointer into device memory, which it keeps alive.

    ``pointer + n`` and ``pointer - n`` are the pointers ``n`` bytes further
    on and back; ``int(pointer)`` is the address.

    Args:
        mem (Memory): The memory that it points into, or any object with its
            attributes ``ptr`` and ``device``.
        offset (int): The number of bytes before the byte it points to.

    Attributes:
        mem (Memory): The memory that it points into.
        ptr (int): The address.
        device_id (int): The number of the device that the memory is on.
    """

    def __init__(self, mem, Py_ssize_t offset):
        self.mem = mem
        self.ptr = <size_t>mem.ptr + offset
        self.device_id = mem.device.id

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

    def copy_from(self, mem, size_t size):
        """Copies from a device or from the host.

        Args:
            mem (MemoryPointer, ctypes.c_void_p or int): Where to copy from;
                all but a :class:`MemoryPointer` are addresses of the host.
            size (int): The number of bytes.
        """
        if isinstance(mem, MemoryPointer):
            self.copy_from_device(mem, size)
        else:
            self.copy_from_host(mem, size)

    def copy_from_async(self, mem, size_t size, stream):
        """Copies from a device or from the host, in a stream.

        Args:
            mem (MemoryPointer, ctypes.c_void_p or int): Where to copy from;
                all but a :class:`MemoryPointer` are addresses of the host, of
                page-locked memory.
            size (int): The number of bytes.
            stream (Stream): The stream that does it; the current one if
                ``None``.
        """
        if isinstance(mem, MemoryPointer):
            self.copy_from_device_async(mem, size, stream)
        else:
            self.copy_from_host_async(mem, size, stream)

    def copy_from_device(self, MemoryPointer src not None, size_t size):
        """Copies from memory of the same or of another device.

        Args:
            src (MemoryPointer): Where to copy from.
            size (int): The number of bytes.
        """
        if src.device_id == self.device_id:
            runtime.memcpy(self.ptr, src.ptr, size,
                           runtime.memcpyDeviceToDevice)
        else:
            _enable_peer_access(self.device_id, src.device_id)
            runtime.memcpyPeer(
                self.ptr, self.device_id, src.ptr, src.device_id, size)

    def copy_from_device_async(self, MemoryPointer src not None, size_t size,
                               stream):
        """Copies from memory of the same or of another device, in a stream.

        Args:
            src (MemoryPointer): Where to copy from.
            size (int): The number of bytes.
            stream (Stream): The stream that does it; the current one if
                ``None``.
        """
        if src.device_id == self.device_id:
            runtime.memcpyAsync(
                self.ptr, src.ptr, size, runtime.memcpyDeviceToDevice,
                stream_module.get_ptr(stream))
        else:
            _enable_peer_access(self.device_id, src.device_id)
            runtime.memcpyPeerAsync(
                self.ptr, self.device_id, src.ptr, src.device_id, size,
                stream_module.get_ptr(stream))

    def copy_from_host(self, mem, size_t size):
        """Copies from the host's memory.

        Args:
            mem (ctypes.c_void_p or int): Where to copy from.
            size (int): The number of bytes.
        """
        runtime.memcpy(self.ptr, _host_address(mem), size,
                       runtime.memcpyHostToDevice)

    def copy_from_host_async(self, mem, size_t size, stream):
        """Copies from the host's memory, in a stream.

        Args:
            mem (ctypes.c_void_p or int): Where to copy from: page-locked
                memory, which must not change before the stream is done.
            size (int): The number of bytes.
            stream (Stream): The stream that does it; the current one if
                ``None``.
        """
        runtime.memcpyAsync(
            self.ptr, _host_address(mem), size, runtime.memcpyHostToDevice,
            stream_module.get_ptr(stream))

    def copy_to_host(self, mem, size_t size):
        """Copies to the host's memory.

        Args:
            mem (ctypes.c_void_p or int): Where to copy to.
            size (int): The number of bytes.
        """
        runtime.memcpy(_host_address(mem), self.ptr, size,
                       runtime.memcpyDeviceToHost)

    def copy_to_host_async(self, mem, size_t size, stream):
        """Copies to the host's memory, in a stream.

        Args:
            mem (ctypes.c_void_p or int): Where to copy to: page-locked
                memory, which has the bytes when the stream is done.
            size (int): The number of bytes.
            stream (Stream): The stream that does it; the current one if
                ``None``.
        """
        runtime.memcpyAsync(
            _host_address(mem), self.ptr, size, runtime.memcpyDeviceToHost,
            stream_module.get_ptr(stream))

    def memset(self, int value, size_t size):
        """Sets bytes to one value.

        Args:
            value (int): The value, of which the lowest eight bits count.
            size (int): The number of bytes.
        """
        runtime.memset(self.ptr, value, size)

    def memset_async(self, int value, size_t size, stream):
        """Sets bytes to one value, in a stream.

        Args:
            value (int): The value, of which the lowest eight bits count.
            size (int): The number of bytes.
            stream (Stream): The stream that does it; the current one if
                ``None``.
        """
        runtime.memsetAsync(
            self.ptr, value, size, stream_module.get_ptr(stream))


cdef MemoryPointer _point(mem, size_t ptr, int device_id):
    cdef MemoryPointer pointer = MemoryPointer.__new__(MemoryPointer)
    pointer.mem = mem
    pointer.ptr = ptr
    pointer.device_id = device_id
    return pointer


cdef size_t _host_address(mem) except? 0:
    if isinstance(mem, ctypes.c_void_p):
        return mem.value or 0
    if isinstance(mem, int):
        return mem
    raise TypeError(
        f'a pointer to host memory is a ctypes.c_void_p or an integer, not '
        f'{type(mem).__name__}; that of a numpy.ndarray x is x.ctypes.data')


# Pairs of devices that were asked for peer access; asking again fails.
_peers = set()


cdef int _enable_peer_access(int device_id, int peer) except -1:
    if (device_id, peer) in _peers:
        return 0
    if runtime.deviceCanAccessPeer(device_id, peer):
        with device_module.Device(device_id):
            try:
                runtime.deviceEnablePeerAccess(peer)
            except runtime.CUDARuntimeError as error:
                # Another library of this process may have been first.
                if error.status != runtime.errorPeerAccessAlreadyEnabled:
                    raise
    _peers.add((device_id, peer))
    return 0


# Allocators

def _malloc(Py_ssize_t size):
    return MemoryPointer(Memory(size), 0)


# The allocator that alloc() calls, and the pool whose malloc it is, if any:
# no Python call is needed then.
cdef object _allocator = _malloc
cdef MemoryPool _pool = None


cpdef MemoryPointer alloc(Py_ssize_t size):
    """Allocates so many bytes on the current device.

    The memory comes from the allocator that :func:`set_allocator` has set.

    Args:
        size (int): The number of bytes.

    Returns:
        MemoryPointer: A pointer to the first of them.
    """
    if _pool is not None:
        return _pool.malloc(size)
    return _ask(_allocator, size)


cdef MemoryPointer _ask(allocator, Py_ssize_t size):
    pointer = allocator(size)
    if not isinstance(pointer, MemoryPointer):
        raise TypeError(
            f'the allocator {allocator!r} returned {pointer!r}, not a '
            f'MemoryPointer')
    return pointer


def set_allocator(allocator=_malloc):
    """Sets the function that allocates the memory of arrays.

    Args:
        allocator (function): It takes a number of bytes, and returns a
            :class:`MemoryPointer` to so many bytes on the current device.
            That of a pool is its method
            :meth:`~cupy.cuda.MemoryPool.malloc`; that used by default calls
            ``cudaMalloc`` each time.
    """
    global _allocator, _pool
    if not callable(allocator):
        raise TypeError(
            f'an allocator is a function of a size, as the method malloc of '
            f'a pool is; this is {allocator!r}')
    owner = getattr(allocator, '__self__', None)
    of_pool = isinstance(owner, MemoryPool) and allocator == owner.malloc
    _allocator = allocator
    _pool = owner if of_pool else None


def get_allocator():
    """Returns the function that :func:`set_allocator` has set."""
    return _allocator


# Pools

@cython.no_gc
cdef class PooledMemory(Memory):
    """Memory of a pool, which it goes back to with this object."""

    cdef PyObject* _block  # what keeps the memory, a reference
    cdef SingleDeviceMemoryPool _owner

    def __init__(self):
        raise TypeError('pooled memory comes from the malloc of a MemoryPool')

    def __dealloc__(self):
        self._give_back()

    cdef void _give_back(self) noexcept:
        cdef FreeBlock block
        if self.ptr:
            block.object = self._block
            block.address = self.ptr
            # Without its address, the base class has nothing to free.
            self.ptr = 0
            self._owner._used -= self.size
            self._owner._free.put(self.size, block)

    def free(self):
        """Gives the memory back to its pool.

        Pointers to it must not be used any more.
        """
        self._give_back()
        self.size = 0


cdef class SingleDeviceMemoryPool:
    """A pool of memory of one device: that which is current when it is made.

    Memory that is freed is kept for requests to come. A request gets kept
    memory that is up to an eighth larger than needed, otherwise new memory;
    sizes are rounded up to multiples of 512 bytes.

    Args:
        allocator (function): Where new memory comes from.
    """

    cdef FreeBlocks _free
    cdef object _allocator
    cdef size_t _used
    cdef readonly int device_id

    def __init__(self, allocator=_malloc):
        self._allocator = allocator
        self.device_id = runtime.getDevice()

    cpdef MemoryPointer malloc(self, Py_ssize_t size):
        """Allocates so many bytes on the device of the pool.

        Args:
            size (int): The number of bytes.

        Returns:
            MemoryPointer: A pointer to the first of them.

        Raises:
            OutOfMemoryError: The device has no room, not even after all
                memory that the pool keeps was freed.
        """
        cdef size_t found
        cdef FreeBlock block
        cdef PooledMemory memory
        _check_size(size)
        if size == 0:
            return self._nothing()
        found = block_size(size)
        memory = PooledMemory.__new__(PooledMemory)
        if not self._free.take(found, &found, &block):
            block = self._new_block(found)
        memory._block = block.object
        memory.ptr = block.address
        memory.size = found
        memory.device_id = self.device_id
        memory._owner = self
        self._used += found
        return _point(memory, memory.ptr, self.device_id)

    cdef MemoryPointer _nothing(self):
        cdef Memory memory = Memory.__new__(Memory)
        memory.device_id = self.device_id
        return _point(memory, 0, self.device_id)

    cdef FreeBlock _new_block(self, size_t size) except *:
        cdef FreeBlock block
        cdef MemoryPointer pointer = self._new_memory(size)
        Py_INCREF(pointer)
        block.object = <PyObject*>pointer
        block.address = pointer.ptr
        return block

    cdef MemoryPointer _new_memory(self, size_t size):
        if runtime.getDevice() != self.device_id:
            with device_module.Device(self.device_id):
                return self._new_memory(size)
        kept = self._free.bytes()
        try:
            return _ask(self._allocator, size)
        except runtime.CUDARuntimeError as error:
            if error.status != runtime.errorMemoryAllocation:
                raise
        self._free.clear()
        try:
            return _ask(self._allocator, size)
        except runtime.CUDARuntimeError as error:
            if error.status != runtime.errorMemoryAllocation:
                raise
            raise _out_of_memory(
                f'{error.args[2]}; {self._used} bytes of this pool are in '
                f'use, {kept} more were kept and have been freed') from None

    cpdef free_all_blocks(self):
        """Frees the memory that is kept."""
        self._free.clear()

    cpdef free_all_free(self):
        """Frees the memory that is kept; the old name of free_all_blocks."""
        self._free.clear()

    cpdef size_t n_free_blocks(self):
        """Returns the number of blocks that are kept."""
        return self._free.count()

    cpdef size_t used_bytes(self):
        """Returns the number of bytes in use."""
        return self._used

    cpdef size_t free_bytes(self):
        """Returns the number of bytes that are kept."""
        return self._free.bytes()

    cpdef size_t total_bytes(self):
        """Returns the number of bytes in use or kept."""
        return self._used + self._free.bytes()


cdef class MemoryPool:
    """A pool of memory for each device.

    Freeing memory takes a device much time, and makes it wait for all of its
    work. A pool keeps what is freed for requests to come, on the device where
    it is. Use it like this::

        cupy.cuda.set_allocator(cupy.cuda.MemoryPool().malloc)

    The numbers of blocks and bytes, and what is freed by
    :meth:`free_all_blocks`, are of the current device.

    Args:
        allocator (function): Where new memory comes from: a function of a
            number of bytes which returns a :class:`MemoryPointer`.
    """

    cdef object _allocator
    cdef dict _pools
    cdef SingleDeviceMemoryPool _last  # which is mostly the current one

    def __init__(self, allocator=_malloc):
        if not callable(allocator):
            raise TypeError(
                f'an allocator is a function of a number of bytes, this is '
                f'{allocator!r}')
        self._allocator = allocator
        self._pools = {}

    cdef SingleDeviceMemoryPool _current(self):
        cdef int device = runtime.getDevice()
        cdef SingleDeviceMemoryPool pool = self._last
        if pool is not None and pool.device_id == device:
            return pool
        pool = self._pools.get(device)
        if pool is None:
            # Of two threads that come here at once, the first one's counts.
            pool = self._pools.setdefault(
                device, SingleDeviceMemoryPool(self._allocator))
        self._last = pool
        return pool

    cpdef MemoryPointer malloc(self, Py_ssize_t size):
        """Allocates so many bytes on the current device.

        Args:
            size (int): The number of bytes.

        Returns:
            MemoryPointer: A pointer to the first of them.

        Raises:
            OutOfMemoryError: The device has no room, not even after all
                memory that is kept there was freed.
        """
        return self._current().malloc(size)

    cpdef free_all_blocks(self):
        """Frees the memory that is kept."""
        self._current().free_all_blocks()

    cpdef free_all_free(self):
        """Frees the memory that is kept; the old name of free_all_blocks."""
        self._current().free_all_blocks()

    cpdef size_t n_free_blocks(self) except? 0:
        """Returns the number of blocks that are kept."""
        return self._current().n_free_blocks()

    cpdef size_t used_bytes(self) except? 0:
        """Returns the number of bytes in use."""
        return self._current().used_bytes()

    cpdef size_t free_bytes(self) except? 0:
        """Returns the number of bytes that are kept."""
        return self._current().free_bytes()

    cpdef size_t total_bytes(self) except? 0:
        """Returns the number of bytes in use or kept."""
        return self._current().total_bytes()
