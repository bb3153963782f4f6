import ctypes
import pickle
import unittest

import numpy

from cupy.cuda import device, memory, runtime, stream


def is_allocated(ptr):
    return (runtime.pointerGetAttributes(ptr).memoryType ==
            runtime.memoryTypeDevice)


def used_bytes():
    free, total = runtime.memGetInfo()
    return total - free


class TestMemory(unittest.TestCase):

    def test_life(self):
        before = used_bytes()
        mem = memory.Memory(1000)
        ptr = mem.ptr
        self.assertEqual((int(mem), mem.size), (ptr, 1000))
        self.assertEqual((mem.device_id, mem.device), (0, device.Device(0)))
        self.assertTrue(is_allocated(ptr))
        self.assertEqual(used_bytes(), before + 1000)
        del mem
        self.assertFalse(is_allocated(ptr))
        self.assertEqual(used_bytes(), before)

    def test_other_device(self):
        with device.Device(2):
            before = used_bytes()
            mem = memory.Memory(1000)
        self.assertEqual((mem.device_id, mem.device), (2, device.Device(2)))
        del mem
        with device.Device(2):
            self.assertEqual(used_bytes(), before)

    def test_sizes(self):
        self.assertEqual(memory.Memory(0).ptr, 0)
        with self.assertRaisesRegex(ValueError, '-1'):
            memory.Memory(-1)

    def test_out_of_memory(self):
        _, total = runtime.memGetInfo()
        before = used_bytes()
        with self.assertRaises(memory.OutOfMemoryError) as raised:
            memory.Memory(total + 1)
        error = raised.exception
        self.assertIsInstance(error, MemoryError)
        self.assertIsInstance(error, runtime.CUDARuntimeError)
        self.assertEqual(error.status, 2)
        for text in ('cudaErrorMemoryAllocation (2)', 'in cudaMalloc',
                     f'{total + 1} bytes wanted', f'of {total}'):
            self.assertIn(text, str(error))
        again = pickle.loads(pickle.dumps(error))
        self.assertIsInstance(again, memory.OutOfMemoryError)
        self.assertEqual(str(again), str(error))
        self.assertEqual(used_bytes(), before)


class TestMemoryPointer(unittest.TestCase):

    def setUp(self):
        self.mem = memory.Memory(1000)
        self.pointer = memory.MemoryPointer(self.mem, 100)

    def test_attributes(self):
        self.assertIs(self.pointer.mem, self.mem)
        self.assertEqual(self.pointer.ptr, self.mem.ptr + 100)
        self.assertEqual(int(self.pointer), self.pointer.ptr)
        self.assertEqual(self.pointer.device, device.Device(0))

    def test_arithmetic(self):
        for other, offset in ((self.pointer + 10, 110),
                              (10 + self.pointer, 110),
                              (self.pointer - 10, 90),
                              (self.pointer + -10, 90)):
            self.assertIsInstance(other, memory.MemoryPointer)
            self.assertIs(other.mem, self.mem)
            self.assertEqual(other.ptr, self.mem.ptr + offset)
            self.assertEqual(other.device_id, 0)
        with self.assertRaises(TypeError):
            self.pointer + 'a'

    def test_arithmetic_in_place(self):
        same = self.pointer
        self.pointer += 10
        self.assertIs(self.pointer, same)
        self.assertEqual(same.ptr, self.mem.ptr + 110)
        self.pointer -= 20
        self.assertIs(self.pointer, same)
        self.assertEqual(same.ptr, self.mem.ptr + 90)

    def test_keeps_memory(self):
        ptr = self.mem.ptr
        del self.mem
        other = self.pointer + 5
        del self.pointer
        self.assertTrue(is_allocated(ptr))
        del other
        self.assertFalse(is_allocated(ptr))

    def test_memory_of_others(self):
        class Foreign:
            ptr = self.mem.ptr
            device = device.Device(3)

        foreign = Foreign()
        pointer = memory.MemoryPointer(foreign, 8) + 8
        self.assertIs(pointer.mem, foreign)
        self.assertEqual(pointer.ptr, self.mem.ptr + 16)
        self.assertEqual(pointer.device_id, 3)
        with self.assertRaises(AttributeError):
            memory.MemoryPointer(None, 0)


class TestCopy(unittest.TestCase):

    def setUp(self):
        self.source = numpy.random.rand(100)
        self.result = numpy.zeros(100)
        self.pointer = memory.MemoryPointer(memory.Memory(800), 0)
        self.stream = stream.Stream()

    def check(self):
        numpy.testing.assert_array_equal(self.result, self.source)

    def test_host(self):
        for kind in (int, ctypes.c_void_p):
            self.result[...] = 0
            self.pointer.copy_from_host(kind(self.source.ctypes.data), 800)
            self.pointer.copy_to_host(kind(self.result.ctypes.data), 800)
            self.check()

    def test_host_async(self):
        source = self.source.ctypes.data_as(ctypes.c_void_p)
        result = self.result.ctypes.data_as(ctypes.c_void_p)
        for one in (self.stream, stream.Stream.null, None):
            self.result[...] = 0
            self.pointer.memset(0, 800)
            self.pointer.copy_from_host_async(source, 800, one)
            self.pointer.copy_to_host_async(result, 800, one)
            stream.Stream.null.synchronize()
            self.check()

    def test_parts(self):
        (self.pointer + 8).copy_from(self.source.ctypes.data, 792)
        self.pointer.copy_from(
            ctypes.c_void_p(self.source.ctypes.data + 792), 8)
        self.pointer.copy_to_host(self.result.ctypes.data, 800)
        numpy.testing.assert_array_equal(
            self.result, numpy.roll(self.source, 1))

    def check_device(self, other):
        self.pointer.copy_from(self.source.ctypes.data, 800)
        for copy in (
                lambda: other.copy_from(self.pointer, 800),
                lambda: other.copy_from_device(self.pointer, 800),
                lambda: other.copy_from_async(
                    self.pointer, 800, self.stream),
                lambda: other.copy_from_device_async(
                    self.pointer, 800, self.stream)):
            other.memset(0, 800)
            copy()
            self.stream.synchronize()
            self.result[...] = 0
            other.copy_to_host(self.result.ctypes.data, 800)
            self.check()

    def test_device(self):
        self.check_device(memory.alloc(800))

    def test_other_device(self):
        with device.Device(1):
            other = memory.alloc(800)
        self.check_device(other)
        # A second time, when the devices know each other.
        self.check_device(other)

    def test_from_host_async(self):
        self.pointer.copy_from_async(
            self.source.ctypes.data, 800, self.stream)
        self.pointer.copy_to_host(self.result.ctypes.data, 800)
        self.check()

    def test_memset(self):
        self.pointer.memset(0, 800)
        (self.pointer + 8).memset(1, 2)
        (self.pointer + 10).memset_async(2, 2, self.stream)
        self.stream.synchronize()
        self.pointer.copy_to_host(self.result.ctypes.data, 800)
        numpy.testing.assert_array_equal(
            self.result.view(numpy.uint8)[:16],
            [0] * 8 + [1, 1, 2, 2] + [0] * 4)

    def test_past_the_end(self):
        host = self.source.ctypes.data
        for func, args in ((self.pointer.copy_from_host, (host,)),
                           (self.pointer.copy_to_host, (host,)),
                           (self.pointer.copy_from_device, (self.pointer,)),
                           (self.pointer.memset, (0,))):
            with self.assertRaisesRegex(
                    runtime.CUDARuntimeError, '801 bytes from byte 0 on'):
                func(*args, 801)

    def test_negative_size(self):
        with self.assertRaises(OverflowError):
            self.pointer.copy_from_host(self.source.ctypes.data, -1)

    def test_wrong_type(self):
        for wrong in (self.source, None, 'abc'):
            with self.assertRaisesRegex(TypeError, 'ctypes.c_void_p'):
                self.pointer.copy_from_host(wrong, 8)
            with self.assertRaisesRegex(TypeError, 'ctypes.c_void_p'):
                self.pointer.copy_to_host(wrong, 8)
            with self.assertRaises(TypeError):
                self.pointer.copy_from_device(wrong, 8)

    def test_null(self):
        with self.assertRaises(runtime.CUDARuntimeError):
            self.pointer.copy_from_host(ctypes.c_void_p(None), 8)


class TestAllocator(unittest.TestCase):

    def setUp(self):
        self.addCleanup(memory.set_allocator, memory.get_allocator())
        memory.set_allocator()

    def test_default(self):
        before = used_bytes()
        pointer = memory.alloc(1000)
        self.assertIsInstance(pointer, memory.MemoryPointer)
        self.assertIs(type(pointer.mem), memory.Memory)
        self.assertEqual(used_bytes(), before + 1000)
        del pointer
        self.assertEqual(used_bytes(), before)

    def test_pool(self):
        pool = memory.MemoryPool()
        memory.set_allocator(pool.malloc)
        pointer = memory.alloc(1000)
        self.assertEqual(pool.used_bytes(), 1024)
        memory.set_allocator()
        memory.alloc(1000)
        self.assertEqual(pool.total_bytes(), 1024)
        del pointer
        self.assertEqual(pool.used_bytes(), 0)

    def test_pool_of_derived_class(self):
        class Pool(memory.MemoryPool):
            sizes = []

            def malloc(self, size):
                self.sizes.append(size)
                return super().malloc(size)

        memory.set_allocator(Pool().malloc)
        memory.alloc(1000)
        self.assertEqual(Pool.sizes, [1000])

    def test_function(self):
        sizes = []

        def allocator(size):
            sizes.append(size)
            return memory.MemoryPointer(memory.Memory(size + 8), 8)

        memory.set_allocator(allocator)
        self.assertIs(memory.get_allocator(), allocator)
        pointer = memory.alloc(100)
        self.assertEqual(pointer.ptr, pointer.mem.ptr + 8)
        self.assertEqual(sizes, [100])

    def test_wrong(self):
        with self.assertRaisesRegex(TypeError, 'function of a'):
            memory.set_allocator(memory.MemoryPool())
        with self.assertRaisesRegex(TypeError, 'function of a'):
            memory.MemoryPool(1)
        for pool in (memory.set_allocator, memory.MemoryPool,
                     memory.SingleDeviceMemoryPool):
            made = pool(lambda size: None)
            malloc = made.malloc if made else memory.alloc
            with self.assertRaisesRegex(TypeError, 'returned None, not a '):
                malloc(100)

    def test_negative_size(self):
        memory.set_allocator(memory.MemoryPool().malloc)
        with self.assertRaisesRegex(ValueError, '-1'):
            memory.alloc(-1)
