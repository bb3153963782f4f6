"""Page-locked memory of the host: the kind that devices copy by themselves.

Copies in a stream go on beside the program only if the host's end of them is
page-locked. It takes long to allocate, so that it comes from a pool, too.
"""
cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from cpython.ref cimport Py_INCREF, PyObject

from cupy.cuda cimport runtime

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


cdef class PinnedMemory:
    """An allocation of page-locked host memory, freed with this object.

    Args:
        size (int): Its size in bytes. Nothing is allocated for 0 bytes.
        flags (int): A sum of ``cupy.cuda.runtime.hostAlloc...``.

    Attributes:
        ptr (int): The address of its first byte; 0 if it is of 0 bytes.
        size (int): Its size in bytes.
    """

    def __init__(self, Py_ssize_t size, unsigned int flags=0):
        _check_size(size)
        self.size = size
        if size:
            self.ptr = runtime.hostAlloc(size, flags)

    def __dealloc__(self):
        if self.ptr:
            runtime.freeHost(self.ptr)

    def __int__(self):
        return self.ptr


cdef int _check_size(Py_ssize_t size) except -1:
    if size < 0:
        raise ValueError(f'size must not be negative, it is {size}')
    return 0


cdef class PinnedMemoryPointer:
    """A pointer into page-locked memory, which it keeps alive.

    It is a buffer of the bytes from there to the end of the memory:
    ``numpy.frombuffer(pointer, numpy.float32, 10)`` is an array of the first
    ten numbers, which shares the memory. ``pointer + n`` and ``pointer - n``
    are the pointers ``n`` bytes further on and back.

    Args:
        mem (PinnedMemory): The memory that it points into.
        offset (int): The number of bytes before the byte it points to.

    Attributes:
        mem (PinnedMemory): The memory that it points into.
        ptr (int): The address.
    """

    def __init__(self, PinnedMemory mem not None, Py_ssize_t offset):
        if not 0 <= offset <= mem.size:
            raise ValueError(
                f'offset {offset} lies outside of {mem.size} bytes')
        self.mem = mem
        self.ptr = mem.ptr + offset
        self._size = mem.size - offset

    def __int__(self):
        return self.ptr

    def __add__(self, Py_ssize_t y):
        cdef PinnedMemory mem = self.mem
        return PinnedMemoryPointer(mem, mem.size - self._size + y)

    def __radd__(self, Py_ssize_t y):
        return self + y

    def __sub__(self, Py_ssize_t y):
        return self + -y

    def size(self):
        """Returns the number of bytes from here to the end of the memory."""
        return self._size

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(
            buffer, self, <void*>self.ptr, self._size, False, flags)


# Allocators

def _malloc(Py_ssize_t size):
    return PinnedMemoryPointer(PinnedMemory(size), 0)


cdef object _allocator = _malloc


cpdef PinnedMemoryPointer alloc_pinned_memory(Py_ssize_t size):
    """Allocates so many bytes of page-locked memory.

    The memory comes from the allocator that
    :func:`set_pinned_memory_allocator` has set.

    Args:
        size (int): The number of bytes.

    Returns:
        PinnedMemoryPointer: A pointer to the first of them.
    """
    return _ask(_allocator, size)


cdef PinnedMemoryPointer _ask(allocator, Py_ssize_t size):
    pointer = allocator(size)
    if not isinstance(pointer, PinnedMemoryPointer):
        raise TypeError(
            f'the allocator {allocator!r} returned {pointer!r}, not a '
            f'PinnedMemoryPointer')
    return pointer


def set_pinned_memory_allocator(allocator=_malloc):
    """Sets the function that allocates page-locked memory.

    Args:
        allocator (function): It takes a number of bytes, and returns a
            :class:`PinnedMemoryPointer`. That of a pool is its method
            ``malloc``; that used by default calls ``cudaHostAlloc`` each
            time.
    """
    global _allocator
    if not callable(allocator):
        raise TypeError(
            f'an allocator is a function of a number of bytes, this is '
            f'{allocator!r}')
    _allocator = allocator


def get_pinned_memory_allocator():
    """Returns what :func:`set_pinned_memory_allocator` has set."""
    return _allocator


# The pool

@cython.no_gc
cdef class PooledPinnedMemory(PinnedMemory):
    """Memory of a pool, which it goes back to with this object."""

    cdef PyObject* _block  # what keeps the memory, a reference
    cdef PinnedMemoryPool _owner

    def __init__(self):
        raise TypeError(
            'pooled memory comes from the malloc of a PinnedMemoryPool')

    def __dealloc__(self):
        cdef FreeBlock block
        if self.ptr:
            block.object = self._block
            block.address = self.ptr
            # Without its address, the base class has nothing to free.
            self.ptr = 0
            self._owner._free.put(self.size, block)


cdef class PinnedMemoryPool:
    """A pool of page-locked memory, as a :class:`MemoryPool` is of a device's.

    Memory goes back to the pool with the last pointer to it; a stream that
    still copies it does not count.

    Args:
        allocator (function): Where new memory comes from: a function of a
            number of bytes which returns a :class:`PinnedMemoryPointer`.
    """

    cdef FreeBlocks _free
    cdef object _allocator

    def __init__(self, allocator=_malloc):
        self._allocator = allocator

    cpdef PinnedMemoryPointer malloc(self, Py_ssize_t size):
        """Allocates so many bytes.

        Args:
            size (int): The number of bytes.

        Returns:
            PinnedMemoryPointer: A pointer to the first of them.
        """
        cdef size_t found
        cdef FreeBlock block
        cdef PooledPinnedMemory memory
        _check_size(size)
        if size == 0:
            return PinnedMemoryPointer(PinnedMemory(0), 0)
        found = block_size(size)
        memory = PooledPinnedMemory.__new__(PooledPinnedMemory)
        if not self._free.take(found, &found, &block):
            block = self._new_block(found)
        memory._block = block.object
        memory.ptr = block.address
        memory.size = found
        memory._owner = self
        return PinnedMemoryPointer(memory, 0)

    cdef FreeBlock _new_block(self, size_t size) except *:
        cdef FreeBlock block
        cdef PinnedMemoryPointer pointer = self._new_memory(size)
        Py_INCREF(pointer)
        block.object = <PyObject*>pointer
        block.address = pointer.ptr
        return block

    cdef PinnedMemoryPointer _new_memory(self, size_t size):
        try:
            return _ask(self._allocator, size)
        except runtime.CUDARuntimeError as error:
            if error.status != runtime.errorMemoryAllocation:
                raise
        self._free.clear()
        return _ask(self._allocator, size)

    cpdef free_all_blocks(self):
        """Frees the memory that is kept."""
        self._free.clear()

    cpdef size_t n_free_blocks(self):
        """Returns the number of blocks that are kept."""
        return self._free.count()
