"""Streams, which work goes through in order, and events in them."""
from cupy.cuda import runtime


cdef size_t get_ptr(stream) except? 0:
    return 0 if stream is None else stream.ptr


class Stream:
    """A queue of work on the device that is current when it is made.

    What is put into a stream (kernels, copies, events) is done in that order;
    the host goes on meanwhile. Work that is given no stream goes into the
    null stream. The host device has done the work when the call that asks for
    it returns.

    Args:
        null (bool): If ``True``, this is the null stream, which waits for the
            other streams of its device, and they for it.
        non_blocking (bool): If ``True``, the stream and the null stream do
            not wait for each other.

    Attributes:
        ptr (int): CUDA's handle of the stream.
    """

    # The null stream; set below.
    null = None

    def __init__(self, null=False, non_blocking=False):
        self.ptr = 0
        if not null:
            self.ptr = runtime.streamCreateWithFlags(
                runtime.streamNonBlocking if non_blocking
                else runtime.streamDefault)

    # The default value is there even when the interpreter is taken down.
    def __del__(self, destroy=runtime.streamDestroy):
        if self.ptr:
            destroy(self.ptr)
            self.ptr = 0

    @property
    def done(self):
        """``True`` if all that was put into the stream is done."""
        return runtime.streamQuery(self.ptr) == 0

    def synchronize(self):
        """Waits until all that was put into the stream is done."""
        runtime.streamSynchronize(self.ptr)

    def add_callback(self, callback, arg):
        """Has a function called when all that is in the stream is done.

        It is called in any thread, and must not use the device. What it
        raises is printed, and goes no further.

        Args:
            callback (function): It is called with this stream, a status (0:
                all went well), and ``arg``.
            arg (object): The function's third argument.
        """
        if not callable(callback):
            raise TypeError(
                f'callback must be a function of a stream, a status and an '
                f'object, it is {callback!r}')
        runtime.streamAddCallback(
            self.ptr, lambda ptr, status, arg: callback(self, status, arg),
            arg)

    def record(self, event=None):
        """Puts an event into the stream.

        Args:
            event (Event): The event; a new one by default.

        Returns:
            Event: The event.
        """
        if event is None:
            event = Event()
        runtime.eventRecord(event.ptr, self.ptr)
        return event

    def wait_event(self, event):
        """Lets what is put into the stream from now on wait for an event.

        Args:
            event (Event): The event, of any stream.
        """
        runtime.streamWaitEvent(self.ptr, event.ptr)


Stream.null = Stream(null=True)


class Event:
    """A mark in a stream, to wait for and to take times with.

    It belongs to the device that is current when it is made.

    Args:
        block (bool): If ``True``, :meth:`synchronize` leaves the processor to
            others while it waits.
        disable_timing (bool): If ``True``, it records no time, which takes
            less time.
        interprocess (bool): If ``True``, other processes can wait for it, too;
            ``disable_timing`` must be ``True``, then.

    Attributes:
        ptr (int): CUDA's handle of the event.
    """

    def __init__(self, block=False, disable_timing=False, interprocess=False):
        self.ptr = 0
        self.ptr = runtime.eventCreateWithFlags(
            (runtime.eventBlockingSync if block else 0) |
            (runtime.eventDisableTiming if disable_timing else 0) |
            (runtime.eventInterprocess if interprocess else 0))

    # The default value is there even when the interpreter is taken down.
    def __del__(self, destroy=runtime.eventDestroy):
        if self.ptr:
            destroy(self.ptr)
            self.ptr = 0

    @property
    def done(self):
        """``True`` if the event has occurred, or was never recorded."""
        return runtime.eventQuery(self.ptr) == 0

    def record(self, stream=None):
        """Puts the event into a stream: it occurs when all before is done.

        Args:
            stream (Stream): The stream; the current one by default.
        """
        runtime.eventRecord(self.ptr, get_ptr(stream))

    def synchronize(self):
        """Waits until the event has occurred."""
        runtime.eventSynchronize(self.ptr)


def get_elapsed_time(start_event, end_event):
    """Returns the time between two events.

    Args:
        start_event (Event): The earlier one.
        end_event (Event): The later one. Both have occurred.

    Returns:
        float: Milliseconds.
    """
    return runtime.eventElapsedTime(start_event.ptr, end_event.ptr)
