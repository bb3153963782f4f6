"""Every argument of the runtime's functions, wrong in every way."""
import os
import sys
import threading
import unittest

import numpy

from cupy.cuda import runtime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bad_arguments import (  # noqa: E402
    GARBAGE,
    Argument,
    Array,
    Bad,
    Handle,
    PageLocked,
    Stream,
    check,
    check_without_device,
)

BYTES = 24


class RuntimeTest(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)

    def check(self, function, *arguments):
        check(self, runtime.CUDARuntimeError, function, *arguments)

    def fails(self, words, function, *arguments):
        with self.assertRaisesRegex(runtime.CUDARuntimeError, words):
            function(*arguments)


class TestDevices(RuntimeTest):

    def other_device(self):
        return Argument(1, -1, runtime.getDeviceCount(), 2 ** 31 - 1)

    def test_numbers(self):
        self.check(runtime.setDevice, self.other_device())
        self.assertEqual(runtime.getDevice(), 0)
        self.check(runtime.deviceGetAttribute,
                   Argument(runtime.devAttrWarpSize, -1, 0, 9999),
                   self.other_device())
        self.check(runtime.deviceCanAccessPeer, self.other_device(),
                   self.other_device())

    def test_peers(self):
        # A device is no peer of itself.
        peer = Argument(3, -1, 0, runtime.getDeviceCount())
        if is_peer(0, 3):  # as copies of other tests have made it
            runtime.deviceDisablePeerAccess(3)
        self.check(runtime.deviceEnablePeerAccess, peer)
        self.fails('704', runtime.deviceEnablePeerAccess, 3)
        self.check(runtime.deviceDisablePeerAccess, peer)
        self.fails('705', runtime.deviceDisablePeerAccess, 3)


def is_peer(device, other):
    """Tells whether a device may use another's memory, and changes nothing."""
    runtime.setDevice(device)
    try:
        runtime.deviceEnablePeerAccess(other)
    except runtime.CUDARuntimeError as error:
        if error.status == runtime.errorPeerAccessAlreadyEnabled:
            return True
        raise
    runtime.deviceDisablePeerAccess(other)
    return False


class TestMemory(RuntimeTest):

    def test_free(self):
        inside = Array(4, 'f4')
        locked = runtime.hostAlloc(8, 0)
        device = runtime.malloc(8)
        for function, other in ((runtime.free, locked),
                                (runtime.freeHost, device)):
            for ptr in (GARBAGE, numpy.ones(4).ctypes.data, other,
                        inside.good() + 4):
                self.fails('invalid argument', function, ptr)
        for function, ptr in ((runtime.free, device),
                              (runtime.freeHost, locked)):
            function(ptr)
            self.fails('freed before', function, ptr)
        inside.check_unchanged(self)
        inside.close()

    def test_free_of_another_device(self):
        # Memory may be freed wherever one is.
        ptr = runtime.malloc(8)
        runtime.setDevice(1)
        runtime.free(ptr)
        self.fails('freed before', runtime.free, ptr)

    def test_flags(self):
        self.check(runtime.hostAlloc, 8, Argument(0, 8, 2 ** 31))
        self.check(runtime.streamCreateWithFlags, Argument(0, 2, 2 ** 31))
        self.check(runtime.eventCreateWithFlags,
                   Argument(0, 8, 2 ** 31, runtime.eventInterprocess))

    def test_attributes_of_what_is_no_more(self):
        ptr = runtime.malloc(16 << 20)
        runtime.free(ptr)
        for address in (ptr, 0, GARBAGE):
            found = runtime.pointerGetAttributes(address)
            self.assertEqual(found.memoryType, runtime.memoryTypeUnregistered)
            self.assertEqual(found.devicePointer, 0)

    def test_freed_by_another_thread(self):
        # What a thread has seen to be memory is so no longer than it is.
        ptr = runtime.malloc(16 << 20)
        runtime.memset(ptr, 0, 1)
        thread = threading.Thread(target=runtime.free, args=(ptr,))
        thread.start()
        thread.join()
        self.fails('in no device memory', runtime.memset, ptr, 0, 1)


class TestCopies(RuntimeTest):

    # One end of each kind of copy, and the other one.
    kinds = (
        (runtime.memcpyHostToDevice, Array, PageLocked),
        (runtime.memcpyDeviceToHost, PageLocked, Array),
        (runtime.memcpyDeviceToDevice, Array, Array),
        (runtime.memcpyHostToHost, PageLocked, PageLocked),
        (runtime.memcpyDefault, PageLocked, PageLocked))

    def size(self):
        return Argument(BYTES, BYTES + 1, 2 ** 63, 2 ** 64 - 1)

    def arguments(self, dst, src):
        # The memory of any device will do.
        return (dst(BYTES // 4, 'f4', device=False),
                src(BYTES // 4, 'f4', range(BYTES // 4), device=False),
                self.size())

    def test_memcpy(self):
        for kind, dst, src in self.kinds:
            with self.subTest(kind):
                self.check(runtime.memcpy, *self.arguments(dst, src),
                           Argument(kind, -1, 5))

    def test_memcpy_async(self):
        for kind, dst, src in self.kinds:
            with self.subTest(kind):
                self.check(runtime.memcpyAsync, *self.arguments(dst, src),
                           Argument(kind, -1, 5), Stream(device=False))

    def peers(self):
        # An end that is of device 0, and is said to be.
        return (Array(BYTES, 'u1'), Argument(0, 1, -1, 99),
                Array(BYTES, 'u1', range(BYTES)), Argument(0, 1, -1, 99),
                self.size())

    def test_memcpy_peer(self):
        self.check(runtime.memcpyPeer, *self.peers())

    def test_memcpy_peer_async(self):
        self.check(runtime.memcpyPeerAsync, *self.peers(),
                   Stream(device=False))

    def test_memset(self):
        self.check(runtime.memset, Array(BYTES, 'u1', device=False), 7,
                   self.size())
        self.check(runtime.memsetAsync, Array(BYTES, 'u1', device=False), 7,
                   self.size(), Stream(device=False))


class Event(Handle):
    """An event of the current device.

    Args:
        moment (bool): Whether it was recorded, and has to be.
        device (bool): Whether events of other devices will not do.
    """

    def __init__(self, moment=False, device=True):
        self._moment = moment
        super().__init__(self._new, runtime.eventDestroy, device=False)
        self._other_device = device

    def _new(self, flags=0):
        event = runtime.eventCreateWithFlags(flags)
        if self._moment:
            runtime.eventRecord(event, 0)
        return event

    def bad(self):
        yield from super().bad()
        if self._moment:
            self._handles.append(self._new(runtime.eventDisableTiming))
            yield Bad('without time', self._handles[-1], 'timing disabled')
            self._handles.append(runtime.eventCreate())
            yield Bad('never recorded', self._handles[-1], 'never recorded')
        if self._other_device:
            runtime.setDevice(1)
            self._handles.append(self._new())
            runtime.setDevice(0)
            yield Bad('of another device', self._handles[-1],
                      'of devices' if self._moment else 'of device 1')


class TestStreamsAndEvents(RuntimeTest):

    def test_stream(self):
        for function in (runtime.streamSynchronize, runtime.streamQuery):
            with self.subTest(function.__name__):
                self.check(function, Stream(device=False))
        self.check(runtime.streamWaitEvent, Stream(device=False),
                   Event(device=False))

    def test_destroy(self):
        for create, destroy in (
                (runtime.streamCreate, runtime.streamDestroy),
                (runtime.eventCreate, runtime.eventDestroy)):
            handle = create()
            for bad in (0, GARBAGE, handle + 1):
                self.fails('never created', destroy, bad)
            destroy(handle)
            self.fails('destroyed', destroy, handle)

    def test_callback(self):
        seen = []
        self.check(runtime.streamAddCallback, Stream(device=False),
                   lambda *arguments: seen.append(arguments[1:]), 'good')
        # Of the calls that failed, none came.
        self.assertEqual(seen, [(0, 'good')])

    def test_event(self):
        for function in (runtime.eventSynchronize, runtime.eventQuery):
            with self.subTest(function.__name__):
                self.check(function, Event(device=False))

    def test_record(self):
        self.check(runtime.eventRecord, Event(), Stream())

    def test_record_where_another_device_is_current(self):
        event = runtime.eventCreate()
        self.addCleanup(runtime.eventDestroy, event)
        runtime.setDevice(1)
        self.fails('event is of device 0, the stream of device 1',
                   runtime.eventRecord, event, 0)

    def test_elapsed_time(self):
        self.check(runtime.eventElapsedTime, Event(True), Event(True))


class TestNoDevice(unittest.TestCase):

    def test_functions(self):
        check_without_device(self, '''
from cupy.cuda import runtime
for name, *arguments in (
        ('getDeviceCount',), ('getDevice',), ('setDevice', 0),
        ('deviceGetAttribute', runtime.devAttrWarpSize, 0),
        ('deviceSynchronize',), ('deviceCanAccessPeer', 0, 1),
        ('deviceEnablePeerAccess', 1), ('deviceDisablePeerAccess', 1),
        ('malloc', 8), ('free', 0), ('hostAlloc', 8, 0), ('freeHost', 0),
        ('memGetInfo',), ('pointerGetAttributes', 8),
        ('memcpyPeer', 0, 0, 0, 0, 0), ('streamCreate',),
        ('streamCreateWithFlags', 0), ('streamSynchronize', 0),
        ('streamQuery', 0), ('streamAddCallback', 0, print, None),
        ('eventCreate',), ('eventCreateWithFlags', 0), ('profilerStart',),
        ('profilerStop',)):
    try:
        getattr(runtime, name)(*arguments)
    except runtime.CUDARuntimeError as error:
        assert error.status == 100, error
        assert error.args[1].lower() == 'cuda' + name.lower(), error
    else:
        raise AssertionError(name)
''')
