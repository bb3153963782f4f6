import gc
import unittest

import numpy

from cupy.cuda import memory, pinned_memory, runtime, stream


def is_pinned(ptr):
    return (runtime.pointerGetAttributes(ptr).memoryType ==
            runtime.memoryTypeHost)


class TestPinnedMemory(unittest.TestCase):

    def test_life(self):
        mem = pinned_memory.PinnedMemory(1000)
        ptr = mem.ptr
        self.assertEqual((int(mem), mem.size), (ptr, 1000))
        self.assertTrue(is_pinned(ptr + 999))
        del mem
        self.assertFalse(is_pinned(ptr))

    def test_flags(self):
        mem = pinned_memory.PinnedMemory(10, runtime.hostAllocPortable)
        self.assertTrue(is_pinned(mem.ptr))
        with self.assertRaises(runtime.CUDARuntimeError):
            pinned_memory.PinnedMemory(10, 1 << 20)

    def test_sizes(self):
        self.assertEqual(pinned_memory.PinnedMemory(0).ptr, 0)
        with self.assertRaisesRegex(ValueError, '-1'):
            pinned_memory.PinnedMemory(-1)


class TestPinnedMemoryPointer(unittest.TestCase):

    def setUp(self):
        self.mem = pinned_memory.PinnedMemory(100)

    def test_arithmetic(self):
        pointer = pinned_memory.PinnedMemoryPointer(self.mem, 10)
        self.assertIs(pointer.mem, self.mem)
        for other, offset in ((pointer, 10), (pointer + 5, 15),
                              (5 + pointer, 15), (pointer - 10, 0),
                              (pointer + 90, 100)):
            self.assertEqual(other.ptr, self.mem.ptr + offset)
            self.assertEqual(int(other), other.ptr)
            self.assertEqual(other.size(), 100 - offset)
        pointer += 1
        self.assertEqual(pointer.ptr, self.mem.ptr + 11)
        pointer -= 2
        self.assertEqual(pointer.ptr, self.mem.ptr + 9)

    def test_out_of_range(self):
        pointer = pinned_memory.PinnedMemoryPointer(self.mem, 10)
        for offset in (-11, 91):
            with self.assertRaisesRegex(ValueError, 'outside of 100 bytes'):
                pointer + offset

    def test_buffer(self):
        array = numpy.frombuffer(
            pinned_memory.PinnedMemoryPointer(self.mem, 4), numpy.int32, 3)
        array[...] = [1, 2, 3]
        again = numpy.frombuffer(
            pinned_memory.PinnedMemoryPointer(self.mem, 8), numpy.int32)
        self.assertEqual(again.size, 23)
        numpy.testing.assert_array_equal(again[:2], [2, 3])

    def test_buffer_keeps_memory(self):
        array = numpy.frombuffer(
            pinned_memory.PinnedMemoryPointer(self.mem, 0), numpy.int32)
        ptr = self.mem.ptr
        del self.mem
        gc.collect()
        self.assertTrue(is_pinned(ptr))
        del array
        self.assertFalse(is_pinned(ptr))


class TestPinnedMemoryPool(unittest.TestCase):

    def setUp(self):
        self.asked = []
        self.pool = pinned_memory.PinnedMemoryPool(self.malloc)

    def malloc(self, size):
        self.asked.append(size)
        return pinned_memory.PinnedMemoryPointer(
            pinned_memory.PinnedMemory(size), 0)

    def test_reuse(self):
        pointer = self.pool.malloc(1000)
        ptr = pointer.ptr
        self.assertTrue(is_pinned(ptr))
        self.assertEqual(pointer.size(), 1024)
        self.assertEqual(self.pool.n_free_blocks(), 0)
        shifted = pointer + 8
        del pointer
        self.assertEqual(self.pool.n_free_blocks(), 0)
        del shifted
        self.assertEqual(self.pool.n_free_blocks(), 1)
        pointer = self.pool.malloc(900)
        self.assertEqual(pointer.ptr, ptr)
        self.assertEqual(self.asked, [1024])

    def test_best_fit(self):
        pointers = [self.pool.malloc(size) for size in (8192, 9216, 16384)]
        addresses = [pointer.ptr for pointer in pointers]
        del pointers
        self.assertEqual(self.pool.malloc(8500).ptr, addresses[1])
        # 16384 bytes would waste too much.
        self.pool.malloc(12000)
        self.assertEqual(self.asked[-1], 12288)

    def test_free_all_blocks(self):
        pointer, other = self.pool.malloc(1000), self.pool.malloc(1000)
        ptr = pointer.ptr
        del pointer
        self.pool.free_all_blocks()
        self.assertEqual(self.pool.n_free_blocks(), 0)
        self.assertFalse(is_pinned(ptr))
        self.assertTrue(is_pinned(other.ptr))

    def test_freed_with_pool(self):
        pointer, kept = self.pool.malloc(1000), self.pool.malloc(1000)
        ptrs = [pointer.ptr, kept.ptr]
        del kept
        del self.pool
        self.assertTrue(is_pinned(ptrs[0]))
        del pointer
        self.assertFalse(any(map(is_pinned, ptrs)))

    def test_zero_bytes(self):
        self.assertEqual(self.pool.malloc(0).ptr, 0)
        self.assertEqual(self.asked, [])
        with self.assertRaisesRegex(ValueError, '-1'):
            self.pool.malloc(-1)

    def test_out_of_memory(self):
        error = runtime.CUDARuntimeError(2)
        left = [0]

        def malloc(size):
            if not left[0]:
                raise error
            left[0] -= 1
            return self.malloc(size)

        pool = pinned_memory.PinnedMemoryPool(malloc)
        with self.assertRaises(runtime.CUDARuntimeError):
            pool.malloc(1)
        left[0] = 1
        pointer = pool.malloc(1)
        ptr = pointer.ptr
        del pointer
        self.assertTrue(is_pinned(ptr))
        with self.assertRaises(runtime.CUDARuntimeError):
            pool.malloc(1000)
        self.assertFalse(is_pinned(ptr))


class TestAllocator(unittest.TestCase):

    def setUp(self):
        self.addCleanup(pinned_memory.set_pinned_memory_allocator,
                        pinned_memory.get_pinned_memory_allocator())

    def test_set(self):
        pool = pinned_memory.PinnedMemoryPool()
        pinned_memory.set_pinned_memory_allocator(pool.malloc)
        pinned_memory.alloc_pinned_memory(1000)
        self.assertEqual(pool.n_free_blocks(), 1)
        pinned_memory.set_pinned_memory_allocator()
        pinned_memory.alloc_pinned_memory(1000)
        self.assertEqual(pool.n_free_blocks(), 1)

    def test_wrong(self):
        with self.assertRaisesRegex(TypeError, 'function'):
            pinned_memory.set_pinned_memory_allocator(None)
        pinned_memory.set_pinned_memory_allocator(bytes)
        with self.assertRaisesRegex(TypeError, 'not a PinnedMemoryPointer'):
            pinned_memory.alloc_pinned_memory(1)

    def test_copy(self):
        pinned = pinned_memory.alloc_pinned_memory(800)
        array = numpy.frombuffer(pinned, numpy.float64, 100)
        array[...] = numpy.arange(100)
        one = stream.Stream(non_blocking=True)
        pointer = memory.alloc(800)
        pointer.copy_from_async(pinned.ptr, 800, one)
        one.synchronize()
        array[...] = 0
        pointer.copy_to_host_async(pinned.ptr, 800, one)
        one.synchronize()
        numpy.testing.assert_array_equal(array, numpy.arange(100))
