import gc
import threading
import time
import unittest
import weakref
from unittest import mock

from cupy.cuda import device, runtime, stream


class TestStream(unittest.TestCase):

    def test_null(self):
        self.assertEqual(stream.Stream.null.ptr, 0)
        self.assertEqual(stream.Stream(null=True).ptr, 0)
        stream.Stream.null.synchronize()
        self.assertIs(stream.Stream.null.done, True)

    def test_new(self):
        for non_blocking in (False, True):
            one = stream.Stream(non_blocking=non_blocking)
            two = stream.Stream(non_blocking=non_blocking)
            self.assertEqual(len({0, one.ptr, two.ptr}), 3)
            one.synchronize()
            self.assertIs(one.done, True)

    def test_flags(self):
        with mock.patch.object(runtime, 'streamCreateWithFlags',
                               return_value=0) as create:
            stream.Stream()
            stream.Stream(non_blocking=True)
            stream.Stream(null=True)
        self.assertEqual(create.mock_calls, [mock.call(0), mock.call(1)])

    def test_destroyed(self):
        one = stream.Stream()
        ptr = one.ptr
        runtime.streamQuery(ptr)
        del one
        with self.assertRaises(runtime.CUDARuntimeError):
            runtime.streamQuery(ptr)

    def test_destroyed_on_other_device(self):
        with device.Device(1):
            one = stream.Stream()
        ptr = one.ptr
        del one
        with self.assertRaises(runtime.CUDARuntimeError):
            runtime.streamQuery(ptr)

    def test_failing(self):
        with mock.patch.object(runtime, 'streamCreateWithFlags',
                               side_effect=KeyError):
            with self.assertRaises(KeyError):
                stream.Stream()
        gc.collect()

    def test_events(self):
        one, two = stream.Stream(), stream.Stream()
        event = one.record()
        self.assertIsInstance(event, stream.Event)
        two.wait_event(event)
        self.assertIs(two.record(event), event)

    def test_wait_event_of_other_device(self):
        with device.Device(1):
            event = stream.Stream().record()
        stream.Stream().wait_event(event)

    def test_record_event_of_other_device(self):
        with device.Device(1):
            event = stream.Event()
        with self.assertRaises(runtime.CUDARuntimeError):
            stream.Stream().record(event)


class TestCallback(unittest.TestCase):

    def test_arguments(self):
        for one in (stream.Stream(), stream.Stream.null):
            called = mock.Mock()
            arg = object()
            one.add_callback(called, arg)
            one.synchronize()
            called.assert_called_once_with(one, 0, arg)

    def test_references(self):
        class Arg:
            pass

        one, arg = stream.Stream(), Arg()
        alive = weakref.ref(arg)
        one.add_callback(lambda *args: None, arg)
        one.synchronize()
        del arg
        gc.collect()
        self.assertIsNone(alive())

    def test_many(self):
        one, seen = stream.Stream(), []
        for i in range(100):
            # Takes the place of anything that was let go too early.
            one.add_callback(
                lambda *args: seen.append((args[1], args[2] + 1)), i)
        one.synchronize()
        self.assertEqual(seen, [(0, i + 1) for i in range(100)])

    def test_exception(self):
        def fail(*args):
            raise KeyError('in the callback')

        with mock.patch('sys.unraisablehook') as hook:
            one = stream.Stream()
            one.add_callback(fail, None)
            one.synchronize()
        self.assertEqual(hook.call_count, 1)
        self.assertIs(hook.call_args[0][0].exc_type, KeyError)

    def test_not_callable(self):
        with self.assertRaisesRegex(TypeError, 'callback must be a function'):
            stream.Stream().add_callback(1, None)

    def test_failing(self):
        one, arg = stream.Stream(), object()
        runtime.streamDestroy(one.ptr)
        alive = threading.Event()
        ref = weakref.ref(alive)
        with self.assertRaises(runtime.CUDARuntimeError):
            one.add_callback(mock.Mock(), (alive, arg))
        one.ptr = 0
        del alive
        gc.collect()
        self.assertIsNone(ref())


class TestEvent(unittest.TestCase):

    def test_done(self):
        event = stream.Event()
        self.assertNotEqual(event.ptr, 0)
        self.assertIs(event.done, True)
        for one in (None, stream.Stream(), stream.Stream.null):
            event.record(one)
            event.synchronize()
            self.assertIs(event.done, True)

    def test_flags(self):
        with mock.patch.object(runtime, 'eventCreateWithFlags',
                               return_value=0) as create:
            stream.Event()
            stream.Event(True, True, True)
            stream.Event(block=True)
            stream.Event(disable_timing=True)
        self.assertEqual([call[1][0] for call in create.mock_calls],
                         [0, 1 | 2 | 4, 1, 2])

    def test_interprocess_with_timing(self):
        with self.assertRaises(runtime.CUDARuntimeError):
            stream.Event(interprocess=True)
        stream.Event(disable_timing=True, interprocess=True)

    def test_destroyed(self):
        event = stream.Event()
        ptr = event.ptr
        del event
        with self.assertRaises(runtime.CUDARuntimeError):
            runtime.eventQuery(ptr)


class TestElapsedTime(unittest.TestCase):

    def test_time(self):
        start, end = stream.Event(), stream.Event()
        before = time.monotonic()
        start.record()
        time.sleep(0.01)
        end.record()
        most = (time.monotonic() - before) * 1000
        ms = stream.get_elapsed_time(start, end)
        self.assertIsInstance(ms, float)
        self.assertTrue(9.9 < ms < most + 0.1)
        self.assertEqual(stream.get_elapsed_time(end, start), -ms)
        self.assertEqual(stream.get_elapsed_time(end, end), 0)

    def test_order(self):
        events = [stream.Stream().record() for _ in range(10)]
        for first, second in zip(events, events[1:], strict=False):
            self.assertGreaterEqual(
                stream.get_elapsed_time(first, second), 0)

    def test_recorded_again(self):
        start, end = stream.Event(), stream.Event()
        start.record()
        end.record()
        start.record()
        self.assertLessEqual(stream.get_elapsed_time(start, end), 0)

    def check_fails(self, start, end, text):
        with self.assertRaisesRegex(runtime.CUDARuntimeError, text):
            stream.get_elapsed_time(start, end)

    def test_unrecorded(self):
        done = stream.Stream.null.record()
        self.check_fails(done, stream.Event(), 'end event was never recorded')
        self.check_fails(stream.Event(), done, 'start event was never')

    def test_without_timing(self):
        done = stream.Stream.null.record()
        untimed = stream.Event(disable_timing=True)
        untimed.record()
        self.check_fails(done, untimed, 'end event .* timing disabled')
        self.check_fails(untimed, done, 'start event .* timing disabled')

    def test_other_device(self):
        done = stream.Stream.null.record()
        with device.Device(1):
            other = stream.Stream.null.record()
        self.check_fails(done, other, 'devices 0 and 1')
