import copy
import os
import pickle
import subprocess
import sys
import threading
import unittest

import numpy

from cupy.cuda import runtime

H2D = runtime.memcpyHostToDevice
D2H = runtime.memcpyDeviceToHost
D2D = runtime.memcpyDeviceToDevice
# More than the host device copies with one thread.
LARGE = (8 << 20) + 12345


def run(code, **environ):
    """Runs a script with other environment variables; returns its output."""
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environ)
    done = subprocess.run([sys.executable, '-c', code], env=environ,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class RuntimeTest(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)
        self.addCleanup(runtime.setDevice, 0)

    def malloc(self, size):
        ptr = runtime.malloc(size)
        self.addCleanup(runtime.free, ptr)
        return ptr

    def fails(self, status, text, func, *args):
        """Checks that a call raises, with a text that says why."""
        with self.assertRaises(runtime.CUDARuntimeError) as raised:
            func(*args)
        self.assertEqual(raised.exception.status, status)
        self.assertIn(text, str(raised.exception))


class TestError(RuntimeTest):

    def test_text(self):
        count = runtime.getDeviceCount()
        self.fails(101, 'cudaErrorInvalidDevice (101): invalid device '
                   f'ordinal, in cudaSetDevice: device {count} wanted',
                   runtime.setDevice, count)

    def test_text_without_detail(self):
        # The detail of an error before this one must not show up.
        self.fails(101, '', runtime.setDevice, -1)
        error = self.raised(1, 'cudaFun')
        self.assertEqual(
            str(error),
            'cudaErrorInvalidValue (1): invalid argument, in cudaFun')

    def test_unknown_number(self):
        self.assertIn('12345', str(self.raised(12345, 'cudaFun')))

    def raised(self, status, doing):
        with self.assertRaises(runtime.CUDARuntimeError) as raised:
            runtime.check_status(status, doing)
        return raised.exception

    def test_last_error(self):
        self.fails(101, '', runtime.setDevice, 99)
        self.assertEqual(runtime.getLastError(), 0)

    def test_success(self):
        self.assertEqual(runtime.check_status(0, 'cudaFun'), 0)

    def test_copy(self):
        error = runtime.CUDARuntimeError(2, 'cudaMalloc', 'all is full')
        for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            self.assertIsInstance(other, runtime.CUDARuntimeError)
            self.assertEqual(other.status, 2)
            self.assertEqual(str(other), str(error))


class TestDevices(RuntimeTest):

    def test_versions(self):
        self.assertGreaterEqual(runtime.runtimeGetVersion(), 11020)
        self.assertGreaterEqual(
            runtime.driverGetVersion(), runtime.runtimeGetVersion())

    def test_current(self):
        self.assertEqual(runtime.getDevice(), 0)
        runtime.setDevice(1)
        self.assertEqual(runtime.getDevice(), 1)

    def test_current_of_thread(self):
        runtime.setDevice(1)
        seen = []

        def look():
            seen.append(runtime.getDevice())
            runtime.setDevice(2)

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        self.assertEqual(seen, [0])
        self.assertEqual(runtime.getDevice(), 1)

    def test_attributes(self):
        get = runtime.deviceGetAttribute
        self.assertEqual(get(runtime.devAttrWarpSize, 0), 32)
        self.assertEqual(get(runtime.devAttrMaxThreadsPerBlock, 1), 1024)
        self.assertGreaterEqual(get(runtime.devAttrMultiProcessorCount, 0), 1)
        self.assertGreaterEqual(
            get(runtime.devAttrComputeCapabilityMajor, 0), 3)

    def test_unknown_attribute(self):
        self.fails(1, 'attribute 9999', runtime.deviceGetAttribute, 9999, 0)
        self.fails(101, '', runtime.deviceGetAttribute, 1, 99)

    def test_synchronize(self):
        runtime.deviceSynchronize()

    def test_can_access_peer(self):
        self.assertIs(runtime.deviceCanAccessPeer(0, 1), True)
        self.assertIs(runtime.deviceCanAccessPeer(1, 1), False)
        self.fails(101, '', runtime.deviceCanAccessPeer, 0, 99)

    def forbid(self, number, peer):
        # Copies between devices, of other tests, may have enabled it.
        runtime.setDevice(number)
        try:
            runtime.deviceDisablePeerAccess(peer)
        except runtime.CUDARuntimeError as error:
            self.assertEqual(error.status, 705)

    def test_peer_access(self):
        self.forbid(3, 2)
        self.forbid(2, 3)
        runtime.deviceEnablePeerAccess(3)
        self.fails(704, 'of device 2 to device 3',
                   runtime.deviceEnablePeerAccess, 3)
        # It goes one way only.
        runtime.setDevice(3)
        self.fails(705, '', runtime.deviceDisablePeerAccess, 2)
        runtime.setDevice(2)
        runtime.deviceDisablePeerAccess(3)
        self.fails(705, '', runtime.deviceDisablePeerAccess, 3)
        self.fails(101, 'own peer', runtime.deviceEnablePeerAccess, 2)


class TestMalloc(RuntimeTest):

    def test_alignment(self):
        for size in (1, 100, 4097, 3 << 20, LARGE):
            self.assertEqual(self.malloc(size) % 256, 0)

    def test_zero_bytes(self):
        self.assertEqual(runtime.malloc(0), 0)
        runtime.free(0)
        runtime.freeHost(0)

    def test_info(self):
        before, total = runtime.memGetInfo()
        runtime.setDevice(1)
        other, _ = runtime.memGetInfo()
        ptr = runtime.malloc(LARGE)
        self.assertEqual(runtime.memGetInfo(), (other - LARGE, total))
        runtime.setDevice(0)
        self.assertEqual(runtime.memGetInfo(), (before, total))
        # Freed from another device.
        runtime.free(ptr)
        runtime.setDevice(1)
        self.assertEqual(runtime.memGetInfo(), (other, total))

    def test_too_much(self):
        before, total = runtime.memGetInfo()
        for size in (total + 1, 1 << 62, (1 << 64) - 1):
            self.fails(2, f'{size} bytes wanted on device 0',
                       runtime.malloc, size)
        self.assertEqual(runtime.memGetInfo(), (before, total))

    def test_double_free(self):
        for size in (100, LARGE):
            ptr = runtime.malloc(size)
            runtime.free(ptr)
            self.fails(1, 'freed before', runtime.free, ptr)

    def test_free_of_other_memory(self):
        ptr = self.malloc(1000)
        host = runtime.hostAlloc(1000, 0)
        self.fails(1, 'not the start', runtime.free, ptr + 256)
        self.fails(1, 'cudaMalloc', runtime.free, host)
        self.fails(1, 'cudaHostAlloc', runtime.freeHost, ptr)
        runtime.freeHost(host)
        self.fails(1, 'freed before', runtime.freeHost, host)

    def test_host_alloc_flags(self):
        runtime.freeHost(runtime.hostAlloc(
            10, runtime.hostAllocPortable | runtime.hostAllocWriteCombined))
        self.fails(1, 'flags', runtime.hostAlloc, 10, 1 << 20)

    def test_pointer_attributes(self):
        runtime.setDevice(1)
        ptr = self.malloc(1000)
        found = runtime.pointerGetAttributes(ptr + 999)
        self.assertEqual(
            found, (1, ptr + 999, 0, False, runtime.memoryTypeDevice))
        self.assertEqual(found.devicePointer, ptr + 999)
        self.assertEqual(
            runtime.pointerGetAttributes(ptr + 1000).memoryType,
            runtime.memoryTypeUnregistered)

    def test_pointer_attributes_of_host(self):
        host = runtime.hostAlloc(1000, 0)
        found = runtime.pointerGetAttributes(host + 1)
        self.assertEqual(found.memoryType, runtime.memoryTypeHost)
        self.assertEqual(found.hostPointer, host + 1)
        self.assertEqual(found.devicePointer, host + 1)
        runtime.freeHost(host)
        array = numpy.zeros(10)
        found = runtime.pointerGetAttributes(array.ctypes.data)
        self.assertEqual(found.memoryType, runtime.memoryTypeUnregistered)
        self.assertEqual(found.devicePointer, 0)


class TestMemcpy(RuntimeTest):

    def check_round_trip(self, size):
        source = numpy.random.randint(0, 256, size).astype(numpy.uint8)
        result = numpy.zeros_like(source)
        first, second = self.malloc(size), self.malloc(size)
        runtime.memcpy(first, source.ctypes.data, size, H2D)
        runtime.memcpy(second, first, size, D2D)
        runtime.memcpy(result.ctypes.data, second, size, D2H)
        numpy.testing.assert_array_equal(result, source)
        result[...] = 0
        runtime.memcpyAsync(
            result.ctypes.data, second, size, runtime.memcpyDefault, 0)
        numpy.testing.assert_array_equal(result, source)

    def test_round_trip(self):
        self.check_round_trip(1)
        self.check_round_trip(100000)
        self.check_round_trip(LARGE)

    def test_peer(self):
        source = numpy.random.rand(1000)
        result = numpy.zeros_like(source)
        first = self.malloc(8000)
        runtime.setDevice(1)
        second = self.malloc(8000)
        runtime.memcpy(first, source.ctypes.data, 8000, H2D)
        runtime.memcpyPeer(second, 1, first, 0, 8000)
        runtime.memcpy(result.ctypes.data, second, 8000, D2H)
        numpy.testing.assert_array_equal(result, source)
        runtime.memset(second, 0, 8000)
        runtime.memcpyPeerAsync(second, 1, first, 0, 8000, 0)
        result[...] = 0
        runtime.memcpy(result.ctypes.data, second, 8000, D2H)
        numpy.testing.assert_array_equal(result, source)

    def test_peer_of_other_device(self):
        first, second = self.malloc(10), self.malloc(10)
        self.fails(1, 'dst is memory of device 0, not of device 1',
                   runtime.memcpyPeer, first, 1, second, 0, 10)
        self.fails(1, 'src is memory of device 0, not of device 3',
                   runtime.memcpyPeer, first, 0, second, 3, 10)
        self.fails(101, '', runtime.memcpyPeer, first, 0, second, 99, 10)

    def test_overlap(self):
        values = numpy.arange(LARGE, dtype=numpy.uint32).view(numpy.uint8)
        ptr = self.malloc(values.size)
        runtime.memcpy(ptr, values.ctypes.data, values.size, H2D)
        runtime.memcpy(ptr + 4, ptr, values.size - 4, D2D)
        result = numpy.empty_like(values)
        runtime.memcpy(result.ctypes.data, ptr, values.size, D2H)
        numpy.testing.assert_array_equal(result[4:], values[:-4])

    def test_past_the_end(self):
        array = numpy.zeros(200, numpy.uint8)
        host = array.ctypes.data
        ptr = self.malloc(100)
        other = self.malloc(200)
        runtime.memcpy(ptr + 60, host, 40, H2D)
        self.fails(1, '41 bytes from byte 60 on run past the end of the 100 '
                   'bytes that dst', runtime.memcpy, ptr + 60, host, 41, H2D)
        self.fails(1, 'that src', runtime.memcpy, host, ptr, 101, D2H)
        self.fails(1, 'that dst', runtime.memcpy, ptr, other, 200, D2D)
        self.fails(1, 'past the end', runtime.memcpy, ptr + 100, host, 1, H2D)
        self.fails(1, 'that devPtr', runtime.memset, ptr + 1, 0, 100)

    def test_host_memory_as_device_memory(self):
        array = numpy.zeros(10, numpy.uint8)
        ptr = self.malloc(10)
        host = array.ctypes.data
        self.fails(1, 'dst', runtime.memcpy, host, host, 5, H2D)
        self.fails(1, 'src', runtime.memcpy, host, host, 5, D2H)
        self.fails(1, 'src', runtime.memcpy, ptr, host, 5, D2D)
        self.fails(1, 'devPtr', runtime.memset, host, 0, 5)
        self.fails(1, 'src', runtime.memcpyPeer, ptr, 0, host, 0, 5)

    def test_page_locked_memory_as_either(self):
        host = runtime.hostAlloc(10, 0)
        self.addCleanup(runtime.freeHost, host)
        ptr = self.malloc(10)
        runtime.memset(host, 7, 10)
        runtime.memcpy(ptr, host, 10, H2D)
        runtime.memcpy(host, ptr, 10, D2D)
        self.fails(1, 'past the end', runtime.memcpy, ptr, host + 5, 6, H2D)

    def test_freed(self):
        ptr = runtime.malloc(LARGE)
        runtime.free(ptr)
        self.fails(1, 'freed', runtime.memset, ptr, 0, 1)

    def test_null_pointers(self):
        ptr = self.malloc(10)
        self.fails(1, 'dst is a null pointer', runtime.memcpy, 0, ptr, 5, D2H)
        self.fails(1, 'src is a null pointer', runtime.memcpy, ptr, 0, 5, H2D)
        runtime.memcpy(0, 0, 0, D2H)
        runtime.memset(0, 0, 0)

    def test_kind(self):
        self.fails(21, 'kind is 5', runtime.memcpy, 0, 0, 0, 5)
        self.fails(21, 'kind is -1', runtime.memcpy, 0, 0, 0, -1)

    def test_memset(self):
        for size in (1000, LARGE):
            ptr = self.malloc(size)
            runtime.memset(ptr, 1, size)
            runtime.memsetAsync(ptr + 1, 0x107, size - 2, 0)
            result = numpy.zeros(size, numpy.uint8)
            runtime.memcpy(result.ctypes.data, ptr, size, D2H)
            self.assertEqual((result[0], result[-1]), (1, 1))
            self.assertTrue((result[1:-1] == 7).all())

    def test_stream_that_is_not(self):
        ptr = self.malloc(10)
        stream = runtime.streamCreate()
        runtime.streamDestroy(stream)
        for func, args in ((runtime.memcpyAsync, (ptr, ptr, 5, D2D)),
                           (runtime.memsetAsync, (ptr, 0, 5)),
                           (runtime.memcpyPeerAsync, (ptr, 0, ptr, 0, 5))):
            self.fails(400, 'destroyed', func, *args, stream)


class TestStreamsAndEvents(RuntimeTest):

    def test_handles_that_are_not(self):
        stream, event = runtime.streamCreate(), runtime.eventCreate()
        runtime.streamDestroy(stream)
        runtime.eventDestroy(event)
        for bad in (stream, 12345):
            for func in (runtime.streamDestroy, runtime.streamQuery,
                         runtime.streamSynchronize):
                self.fails(400, 'no stream', func, bad)
            self.fails(400, 'no stream',
                       runtime.streamAddCallback, bad, print, None)
        for bad in (event, 12345, 0):
            for func in (runtime.eventDestroy, runtime.eventQuery,
                         runtime.eventSynchronize):
                self.fails(400, 'no event', func, bad)
            self.fails(400, 'no event', runtime.eventRecord, bad, 0)
            self.fails(400, 'no event', runtime.streamWaitEvent, 0, bad)
            self.fails(400, 'no event', runtime.eventElapsedTime, bad, bad)
        self.fails(400, 'no stream', runtime.streamDestroy, 0)

    def test_flags(self):
        self.fails(1, 'flags', runtime.streamCreateWithFlags, 2)
        self.fails(1, 'flags', runtime.eventCreateWithFlags, 8)
        self.fails(1, 'cudaEventDisableTiming', runtime.eventCreateWithFlags,
                   runtime.eventInterprocess)

    def test_record_in_stream_of_other_device(self):
        stream = runtime.streamCreate()
        self.addCleanup(runtime.streamDestroy, stream)
        runtime.setDevice(1)
        event = runtime.eventCreate()
        self.addCleanup(runtime.eventDestroy, event)
        self.fails(400, 'event is of device 1, the stream of device 0',
                   runtime.eventRecord, event, stream)
        runtime.eventRecord(event, 0)
        # To wait for it there is fine.
        runtime.streamWaitEvent(stream, event)


class TestEnvironment(unittest.TestCase):

    COUNT = '''
from cupy.cuda import runtime
try:
    print(runtime.getDeviceCount(), runtime.memGetInfo())
except runtime.CUDARuntimeError as error:
    print(error)
'''

    def test_values(self):
        self.assertEqual(
            run(self.COUNT, CUPY_HOST_DEVICES='3', CUPY_HOST_MEMORY='12345'),
            '3 (12345, 12345)')

    def test_default(self):
        out = run(self.COUNT, CUPY_HOST_DEVICES='', CUPY_HOST_MEMORY='')
        memory = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
        self.assertEqual(out, f'1 ({memory}, {memory})')

    def test_no_device(self):
        self.assertIn('cudaErrorNoDevice (100)',
                      run(self.COUNT, CUPY_HOST_DEVICES='0'))

    def test_wrong(self):
        for text in ('two', '-1', '+1', '65', '1.5'):
            out = run(self.COUNT, CUPY_HOST_DEVICES=text)
            self.assertIn('cudaErrorInitializationError (3)', out)
            self.assertIn(f"CUPY_HOST_DEVICES is '{text}'", out)
        self.assertIn("CUPY_HOST_MEMORY is '1g', which is no whole number of "
                      'bytes', run(self.COUNT, CUPY_HOST_MEMORY='1g'))


    def test_no_memory_in_the_system(self):
        self.assertEqual(run('''
from cupy.cuda import runtime
try:
    runtime.malloc(1 << 60)
except runtime.CUDARuntimeError as error:
    print(error)
print(runtime.memGetInfo())
''', CUPY_HOST_MEMORY=str(1 << 61)), (
            'cudaErrorMemoryAllocation (2): out of memory, in cudaMalloc: '
            f'the operating system has no {1 << 60} bytes\n'
            f'({1 << 61}, {1 << 61})'))


class TestFork(unittest.TestCase):

    def test_child(self):
        # A thread is in the middle of calls at the time of most forks.
        out = run('''
import os
import threading
import numpy
from cupy.cuda import runtime

def work():
    while not stop:
        runtime.streamDestroy(runtime.streamCreate())
        runtime.free(runtime.malloc(1000))

def child():
    n = 16 << 20
    array = numpy.arange(n // 8)
    copy = numpy.empty_like(array)
    ptr = runtime.malloc(n)
    runtime.memcpy(ptr, array.ctypes.data, n, runtime.memcpyHostToDevice)
    runtime.memcpy(kept, ptr, n, runtime.memcpyDeviceToDevice)
    runtime.memcpy(copy.ctypes.data, kept, n, runtime.memcpyDeviceToHost)
    runtime.free(ptr)
    runtime.streamDestroy(stream)
    return (copy == array).all()

kept = runtime.malloc(16 << 20)
runtime.memset(kept, 0, 16 << 20)  # on all threads
stream = runtime.streamCreate()
stop = False
thread = threading.Thread(target=work)
thread.start()
for i in range(20):
    pid = os.fork()
    if not pid:
        os._exit(0 if child() else 1)
    assert os.waitpid(pid, 0)[1] == 0
stop = True
thread.join()
print('done')
''')
        self.assertEqual(out, 'done')
