import gc
import os
import subprocess
import sys
import threading
import unittest

import numpy

from cupy.cuda import device, memory, runtime


def run(code, **environ):
    """Runs a script with other environment variables; returns its output."""
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environ)
    done = subprocess.run([sys.executable, '-c', code], env=environ,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.strip()


def is_allocated(ptr):
    return (runtime.pointerGetAttributes(ptr).memoryType ==
            runtime.memoryTypeDevice)


class TestSingleDeviceMemoryPool(unittest.TestCase):

    def setUp(self):
        self.asked = []
        self.pool = memory.SingleDeviceMemoryPool(self.malloc)

    def malloc(self, size):
        self.asked.append(size)
        return memory.MemoryPointer(memory.Memory(size), 0)

    def check(self, used, free, blocks):
        self.assertEqual(
            (self.pool.used_bytes(), self.pool.free_bytes(),
             self.pool.total_bytes(), self.pool.n_free_blocks()),
            (used, free, used + free, blocks))

    def test_malloc(self):
        pointer = self.pool.malloc(1000)
        self.assertIsInstance(pointer.mem, memory.PooledMemory)
        self.assertIsInstance(pointer.mem, memory.Memory)
        self.assertEqual(pointer.ptr, pointer.mem.ptr)
        self.assertEqual(pointer.mem.size, 1024)
        self.assertEqual(self.asked, [1024])
        self.check(1024, 0, 0)

    def test_reuse(self):
        pointer = self.pool.malloc(1000)
        ptr = pointer.ptr
        other = pointer + 8
        del pointer
        self.check(1024, 0, 0)
        del other
        self.check(0, 1024, 1)
        self.assertTrue(is_allocated(ptr))
        pointer = self.pool.malloc(513)
        self.assertEqual(pointer.ptr, ptr)
        self.check(1024, 0, 0)
        self.assertEqual(self.asked, [1024])

    def test_sizes(self):
        for size, rounded in ((1, 512), (512, 512), (513, 1024),
                              (10000, 10240)):
            self.pool.malloc(size)
            self.assertEqual(self.asked[-1], rounded)
        self.check(0, 512 + 1024 + 10240, 3)

    def test_best_fit(self):
        pointers = [self.pool.malloc(size) for size in (16384, 9216, 8192)]
        addresses = [pointer.ptr for pointer in pointers]
        del pointers
        self.check(0, 16384 + 9216 + 8192, 3)
        pointer = self.pool.malloc(8500)
        self.assertEqual(pointer.ptr, addresses[1])
        self.assertEqual(pointer.mem.size, 9216)
        self.check(9216, 16384 + 8192, 2)
        pointer = self.pool.malloc(8000)
        self.assertEqual(pointer.ptr, addresses[2])
        del pointer
        self.check(0, 16384 + 9216 + 8192, 3)

    def test_waste_is_bounded(self):
        self.pool.malloc(9216 + 512)
        pointer = self.pool.malloc(8192)  # an eighth more is 9216
        self.assertEqual(pointer.mem.size, 8192)
        self.assertEqual(len(self.asked), 2)

    def test_sizes_around_those_kept_in_another_way(self):
        # Small blocks are kept by size, those of 32 KiB and more in a tree.
        sizes = [n * 512 for n in (61, 63, 64, 65, 70, 200)]
        pointers = [self.pool.malloc(size) for size in sizes]
        addresses = [pointer.ptr for pointer in pointers]
        del pointers
        self.check(0, sum(sizes), 6)
        kept = []
        for wanted, place in ((60, 0), (60, 1), (60, 2), (60, 3), (65, 4),
                              (200, 5)):
            kept.append(self.pool.malloc(wanted * 512))
            self.assertEqual(kept[-1].ptr, addresses[place])
            self.assertEqual(kept[-1].mem.size, sizes[place])
        self.check(sum(sizes), 0, 0)
        self.assertEqual(self.asked, sizes)
        del kept
        self.check(0, sum(sizes), 6)
        self.pool.free_all_blocks()
        self.check(0, 0, 0)

    def test_last_freed_first(self):
        pointers = [self.pool.malloc(100) for _ in range(3)]
        addresses = [pointer.ptr for pointer in pointers]
        for _ in range(3):
            del pointers[0]
        pointers = [self.pool.malloc(100) for _ in range(3)]
        self.assertEqual(
            [pointer.ptr for pointer in pointers], addresses[::-1])

    def test_free(self):
        pointer = self.pool.malloc(1000)
        mem = pointer.mem
        mem.free()
        self.assertEqual((mem.ptr, mem.size), (0, 0))
        self.check(0, 1024, 1)
        mem.free()
        del pointer, mem
        self.check(0, 1024, 1)

    def test_free_all_blocks(self):
        for free in (self.pool.free_all_blocks, self.pool.free_all_free):
            pointer, kept = self.pool.malloc(1000), self.pool.malloc(1000)
            ptr = pointer.ptr
            del pointer
            free()
            self.check(1024, 0, 0)
            self.assertFalse(is_allocated(ptr))
            self.assertTrue(is_allocated(kept.ptr))
            del kept

    def test_zero_bytes(self):
        pointer = self.pool.malloc(0)
        self.assertEqual((pointer.ptr, pointer.mem.size), (0, 0))
        self.assertEqual(pointer.device_id, 0)
        self.assertEqual(self.asked, [])
        self.check(0, 0, 0)
        with self.assertRaisesRegex(ValueError, '-1'):
            self.pool.malloc(-1)

    def test_too_large(self):
        with self.assertRaises(memory.OutOfMemoryError):
            self.pool.malloc(sys.maxsize)

    def test_device(self):
        with device.Device(1):
            pool = memory.SingleDeviceMemoryPool()
        pointer = pool.malloc(1000)
        self.assertEqual(pool.device_id, 1)
        self.assertEqual(pointer.device_id, 1)
        self.assertEqual(
            runtime.pointerGetAttributes(pointer.ptr).device, 1)
        self.assertEqual(pool.malloc(0).device_id, 1)
        self.assertEqual(runtime.getDevice(), 0)

    def test_freed_with_pool(self):
        pointer, other = self.pool.malloc(1000), self.pool.malloc(2000)
        ptrs = [pointer.ptr, other.ptr]
        del other
        del self.pool
        self.assertTrue(all(map(is_allocated, ptrs)))
        del pointer
        self.assertFalse(any(map(is_allocated, ptrs)))

    def test_pooled_memory_is_not_made_otherwise(self):
        with self.assertRaisesRegex(TypeError, 'malloc'):
            memory.PooledMemory()


class TestMemoryPool(unittest.TestCase):

    def setUp(self):
        self.pool = memory.MemoryPool()

    def check(self, used, free, blocks):
        self.assertEqual(
            (self.pool.used_bytes(), self.pool.free_bytes(),
             self.pool.total_bytes(), self.pool.n_free_blocks()),
            (used, free, used + free, blocks))

    def test_devices(self):
        pointers = []
        for number in (0, 1):
            with device.Device(number):
                pointers.append(self.pool.malloc(1000))
                self.assertEqual(pointers[-1].device_id, number)
        with device.Device(1):
            # The first one goes back to its own device, from here.
            del pointers[0]
            self.check(1024, 0, 0)
            other = self.pool.malloc(1000)
            self.assertEqual(other.device_id, 1)
        self.check(0, 1024, 1)
        with device.Device(1):
            self.check(2048, 0, 0)

    def test_free_all_blocks(self):
        for free in (self.pool.free_all_blocks, self.pool.free_all_free):
            for number in (0, 1):
                with device.Device(number):
                    self.pool.malloc(1000)
            free()
            self.check(0, 0, 0)
            with device.Device(1):
                self.check(0, 1024, 1)

    def test_other_allocator(self):
        made = []

        def allocator(size):
            made.append(memory.MemoryPointer(memory.Memory(size + 256), 256))
            return made[-1]

        pool = memory.MemoryPool(allocator)
        self.assertEqual(pool.malloc(100).ptr, made[0].ptr)
        self.assertEqual(pool.malloc(100).ptr, made[0].ptr)
        self.assertEqual(len(made), 1)

    def test_failing_allocator(self):
        def fail(size):
            raise KeyError(size)

        with self.assertRaisesRegex(KeyError, '512'):
            memory.MemoryPool(fail).malloc(1)

        def other_error(size):
            raise runtime.CUDARuntimeError(700)

        with self.assertRaises(runtime.CUDARuntimeError) as raised:
            memory.MemoryPool(other_error).malloc(1)
        self.assertEqual(raised.exception.status, 700)

    def test_garbage(self):
        # Pointers in cycles come back whenever the collector runs, also
        # inside of an allocation.
        class Holder:
            def __init__(self, pointer):
                self.pointer = pointer
                self.me = self

        thresholds = gc.get_threshold()
        self.addCleanup(gc.set_threshold, *thresholds)
        gc.set_threshold(7)
        for i in range(2000):
            Holder(self.pool.malloc(i % 5 * 512 + 1))
        gc.collect()
        self.assertEqual(self.pool.used_bytes(), 0)
        self.assertLess(self.pool.n_free_blocks(), 2000)
        self.pool.free_all_blocks()
        self.check(0, 0, 0)


class TestThreads(unittest.TestCase):

    def test_threads(self):
        # Each thread works on a device of its own, and passes what it has
        # there to the thread that comes next, on another device.
        pool = memory.MemoryPool()
        count, rounds, size = 8, 60, 40000
        inbox = [None] * count
        barrier = threading.Barrier(count)
        errors = []

        def check(pointer, value, n):
            result = numpy.empty(n, numpy.uint8)
            pointer.copy_to_host(result.ctypes.data, n)
            assert (result == value).all()

        def work(number):
            random = numpy.random.RandomState(number)
            device.Device(number % 4).use()
            for i in range(rounds):
                for _ in range(20):
                    n = random.randint(1, size)
                    value = random.randint(256)
                    source = numpy.full(n, value, numpy.uint8)
                    pointer = pool.malloc(n)
                    pointer.copy_from_host(source.ctypes.data, n)
                    other = pool.malloc(n)
                    other.copy_from_device(pointer, n)
                    check(other, value, n)
                    direct = memory.Memory(n)
                    memory.MemoryPointer(direct, 0).memset(value, n)
                    check(pointer, value, n)
                pointer = pool.malloc(size)
                pointer.memset(number, size)
                inbox[(number + 1) % count] = pointer
                del pointer, other
                barrier.wait()
                pointer = pool.malloc(size)
                assert pointer.device_id == number % 4
                pointer.copy_from_device(inbox[number], size)
                check(pointer, (number - 1) % count, size)
                inbox[number] = None
                if i % 10 == number:
                    pool.free_all_blocks()
                barrier.wait()

        def guarded(number):
            try:
                work(number)
            except BaseException as error:
                errors.append(error)
                barrier.abort()

        before = [device.Device(i).mem_info for i in range(4)]
        threads = [threading.Thread(target=guarded, args=(i,))
                   for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        for i in range(4):
            with device.Device(i):
                self.assertEqual(pool.used_bytes(), 0)
                pool.free_all_blocks()
        after = [device.Device(i).mem_info for i in range(4)]
        self.assertEqual(after, before)


class TestOutOfMemory(unittest.TestCase):

    def test_recovers(self):
        out = run('''
from cupy.cuda import device, memory, runtime
pool = memory.MemoryPool()
with device.Device(1):
    other = pool.malloc(900000)
for i in range(3):
    a, b = pool.malloc(400000), pool.malloc(400000)
    ptr = a.ptr
    del a
    # Too large for what is kept, and for what is left beside it.
    c = pool.malloc(500000)
    assert (pool.used_bytes(), pool.n_free_blocks()) == (900608, 0)
    del b, c
    d = pool.malloc(600000)
    try:
        pool.malloc(500000)
    except memory.OutOfMemoryError as error:
        text = str(error)
    else:
        assert False, 'there is no room'
    assert runtime.memGetInfo() == (1000000 - 600064, 1000000)
    # Life goes on.
    e = pool.malloc(300000)
    del d, e
    assert pool.used_bytes() == 0
    pool.free_all_blocks()
    assert runtime.memGetInfo() == (1000000, 1000000)
print(text)
''', CUPY_HOST_MEMORY='1000000')
        self.assertEqual(
            out, 'cudaErrorMemoryAllocation (2): out of memory, in '
            'cudaMalloc: 500224 bytes wanted on device 0, 600064 in use, of '
            '1000000 (CUPY_HOST_MEMORY); 600064 bytes of this pool are in '
            'use, 0 more were kept and have been freed')

    def test_text_of_what_was_kept(self):
        out = run('''
from cupy.cuda import memory
pool = memory.MemoryPool()
pool.malloc(1000)
try:
    pool.malloc(100000)
except MemoryError as error:
    print(error)
''', CUPY_HOST_MEMORY='10000')
        self.assertIn('0 bytes of this pool are in use, 1024 more were kept '
                      'and have been freed', out)

    def test_threads(self):
        # Eight threads share what is enough for three.
        out = run('''
import threading
from cupy.cuda import memory, runtime
pool = memory.MemoryPool()
done, refused, errors = [], [], []

def work(number):
    try:
        for i in range(200):
            try:
                pointer = pool.malloc(300000 + (number + i) % 8 * 512)
                pointer.memset(number, 300000)
                del pointer
                done.append(1)
            except memory.OutOfMemoryError:
                refused.append(1)
    except BaseException as error:
        errors.append(error)

threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors, errors
assert len(done) + len(refused) == 1600 and done
assert pool.used_bytes() == 0
pool.free_all_blocks()
print(runtime.memGetInfo())
''', CUPY_HOST_MEMORY='1000000')
        self.assertEqual(out, '(1000000, 1000000)')


class TestExit(unittest.TestCase):

    def test_exit(self):
        # Everything is still alive in the end, in cycles and elsewhere, and
        # a thread goes on.
        out = run('''
import builtins
import threading
from cupy.cuda import device, memory, pinned_memory, stream
pool = memory.MemoryPool()
memory.set_allocator(pool.malloc)
pinned = pinned_memory.PinnedMemoryPool()

class Holder:
    def __del__(self):
        memory.alloc(100)
        self.one.synchronize()

def hold():
    holder = Holder()
    holder.me = holder
    holder.one = stream.Stream()
    holder.things = (
        memory.alloc(1000), memory.Memory(10), memory.alloc(10 << 20),
        pinned.malloc(1000), stream.Event(), pool, device.Device(1))
    return holder

def work():
    while True:
        memory.alloc(2000).memset(0, 2000)

builtins.kept = hold()
kept = [hold(), hold()]
memory.kept = hold()
threading.Thread(target=work, daemon=True).start()
threading.local().kept = hold()
print('done')
''')
        self.assertEqual(out, 'done')
