"""Calls of CUDA's libraries in which one argument is wrong.

A call is a function and what it is called with: plain numbers, and objects
of the classes here, which know a good value and bad ones. `check` calls the
function with all good ones, then with each bad one in place of a good one,
and expects an error that says what is wrong and leaves all arrays as they
were.
"""
import ctypes
import os
import subprocess
import sys

import numpy

from cupy.cuda import runtime

GARBAGE = 12344  # an address at which nobody has anything


class Bad:
    """A wrong value.

    Args:
        what (str): What is wrong with it.
        value (int): The value.
        words (str): What the error has to say.
        device (int): The device that is current in the call.
    """

    def __init__(self, what, value, words='', device=0):
        self.what = what
        self.value = value
        self.words = words
        self.device = device


class Argument:
    """An argument of one good value, and of bad ones that are known."""

    def __init__(self, good, *bad):
        self._good = good
        self._bad = bad

    def good(self):
        return self._good

    def bad(self):
        for value in self._bad:
            yield Bad('wrong', value)

    def check_unchanged(self, test):
        """Fails if a call that failed has written something."""

    def close(self):
        """Frees what there is to free."""


def enum(good):
    return Argument(good, -7, 1000)


def size(good):
    return Argument(good, -1)


def step(good):
    return Argument(good, 0)


def leading(good, least):
    """The distance of columns that have `least` elements."""
    return Argument(good, least - 1, -1)


class Array(Argument):
    """A pointer to so many elements, behind which the allocation ends.

    Args:
        elements (int): How many.
        dtype: Of what type.
        values: What they are; by default, ones.
        device (bool): Whether memory of other devices will not do.
    """

    def __init__(self, elements, dtype, values=None, device=True):
        if values is None:
            values = numpy.ones(elements, dtype)
        self._values = numpy.asarray(values, dtype)
        self._device = device
        self._pointers = []
        self._good = self._allocate(0)
        self.set()

    def _allocate(self, device):
        before = runtime.getDevice()
        runtime.setDevice(device)
        try:
            self._pointers.append(runtime.malloc(self._values.nbytes))
        finally:
            runtime.setDevice(before)
        return self._pointers[-1]

    def bad(self):
        yield Bad('null', 0, 'null pointer')
        yield Bad('of the host', self._values.ctypes.data,
                  'in no device memory')
        yield Bad('too near to the end', self._good + self._values.itemsize,
                  'past the end')
        if self._device:
            forbid_peer_access()
            yield Bad('of another device', self._allocate(1),
                      'memory of device 1')
        freed = runtime.malloc(16 << 20)  # nobody gets the same at once
        runtime.free(freed)
        yield Bad('freed', freed, 'in no device memory')

    def get(self):
        """Returns what is there now."""
        now = numpy.empty_like(self._values)
        runtime.memcpy(now.ctypes.data, self._good, now.nbytes,
                       runtime.memcpyDeviceToHost)
        return now

    def set(self):
        """Writes what was there at first."""
        runtime.memcpy(self._good, self._values.ctypes.data,
                       self._values.nbytes, runtime.memcpyHostToDevice)

    def check_unchanged(self, test):
        numpy.testing.assert_array_equal(self.get(), self._values)

    def close(self):
        for pointer in self._pointers:
            runtime.free(pointer)


PEER_ACCESS_NOT_ENABLED = 705


def forbid_peer_access():
    """Takes back that devices 0 and 1 may use the memory of each other.

    Copies between devices allow that, so any other test may have done it.
    """
    before = runtime.getDevice()
    try:
        for device in 0, 1:
            runtime.setDevice(device)
            try:
                runtime.deviceDisablePeerAccess(1 - device)
            except runtime.CUDARuntimeError as error:
                if error.status != PEER_ACCESS_NOT_ENABLED:
                    raise
    finally:
        runtime.setDevice(before)


class Pointers(Array):
    """An array of pointers to arrays."""

    def __init__(self, *arrays):
        self._arrays = arrays
        super().__init__(len(arrays), numpy.uintp,
                         [array.good() for array in arrays])

    def bad(self):
        yield from super().bad()
        for i, array in enumerate(self._arrays):
            for bad in array.bad():
                values = self._values.copy()
                values[i] = bad.value
                changed = self._allocate(0)
                runtime.memcpy(changed, values.ctypes.data, values.nbytes,
                               runtime.memcpyHostToDevice)
                yield Bad(f'with a pointer {i} that is {bad.what}', changed,
                          bad.words)

    def check_unchanged(self, test):
        for array in self._arrays:
            array.check_unchanged(test)

    def close(self):
        for array in self._arrays:
            array.close()
        super().close()


class HostMemory(Argument):
    """A pointer to memory that is the CPU's."""

    def __init__(self, values):
        self._values = values
        self._on_device = Array(values.size, values.dtype)

    def good(self):
        return self._values.ctypes.data

    def bad(self):
        yield Bad('null', 0, 'null pointer')
        yield Bad('of the device', self._on_device.good(),
                  "must be the host's")

    def close(self):
        self._on_device.close()


class PageLocked(Array):
    """A pointer to page-locked memory of the CPU."""

    def _allocate(self, device):
        self._pointers.append(runtime.hostAlloc(self._values.nbytes, 0))
        return self._pointers[-1]

    def bad(self):
        yield Bad('null', 0, 'null pointer')
        yield Bad('too near to the end', self._good + self._values.itemsize,
                  'past the end')

    def close(self):
        for pointer in self._pointers:
            runtime.freeHost(pointer)


class Stream(Argument):
    """A stream of the current device.

    Args:
        device (bool): Whether streams of other devices will not do.
    """

    def __init__(self, device=True):
        self._device = device
        self._streams = [runtime.streamCreate()]

    def good(self):
        return self._streams[0]

    def bad(self):
        yield Bad('never created', GARBAGE, 'never created')
        destroyed = runtime.streamCreate()
        runtime.streamDestroy(destroyed)
        yield Bad('destroyed', destroyed, 'destroyed')
        if self._device:
            runtime.setDevice(1)
            self._streams.append(runtime.streamCreate())
            runtime.setDevice(0)
            yield Bad('of another device', self._streams[-1], 'of device 1')

    def close(self):
        for stream in self._streams:
            runtime.streamDestroy(stream)


class Handle(Argument):
    """A handle, or another object of a library.

    Args:
        create, destroy (function): They make one and end it.
        set_stream (function): It gives it a stream.
        device (bool): Whether it is for the device it was made on only.
        gone (str): What the error says of one that is destroyed.
    """

    def __init__(self, create, destroy, set_stream=None, device=True,
                 gone='destroyed'):
        self._create = create
        self._destroy = destroy
        self._set_stream = set_stream
        self._device = device
        self._gone = gone
        self._handles = [create()]

    def good(self):
        return self._handles[0]

    def bad(self):
        yield Bad('null', 0)
        yield Bad('garbage', GARBAGE)
        yield Bad('not quite', self.good() + 1)
        destroyed = self._create()
        self._destroy(destroyed)
        yield Bad('destroyed', destroyed, self._gone)
        if self._set_stream:
            stream = runtime.streamCreate()
            self._handles.append(self._create())
            self._set_stream(self._handles[-1], stream)
            runtime.streamDestroy(stream)
            yield Bad('of a stream that is destroyed', self._handles[-1],
                      'destroyed')
        if self._device:
            yield Bad('of another device', self.good(),
                      'belongs to device 0', device=1)

    def close(self):
        for handle in self._handles:
            self._destroy(handle)


class Descriptor(Argument):
    """A descriptor, and others that do not fit.

    Args:
        create, destroy (function): They make one and end it.
        good (function): It sets one.
        bad (dict): Functions that set one as it must not be, by name.
    """

    def __init__(self, create, destroy, good, **bad):
        self._create = create
        self._destroy = destroy
        self._bad = bad
        self._descriptors = []
        self._good = self._make(good)

    def _make(self, set_it):
        descriptor = self._create()
        self._descriptors.append(descriptor)
        set_it(descriptor)
        return descriptor

    def bad(self):
        yield Bad('null', 0, 'never created')
        yield Bad('garbage', GARBAGE, 'never created')
        destroyed = self._create()
        self._destroy(destroyed)
        yield Bad('destroyed', destroyed, 'destroyed')
        yield Bad('not set', self._make(lambda descriptor: None), 'not set')
        for what, set_it in self._bad.items():
            yield Bad(what, self._make(set_it))

    def close(self):
        for descriptor in self._descriptors:
            self._destroy(descriptor)


def ints(*values):
    """A pointer to C ints, for what is read at once."""
    array = (ctypes.c_int * len(values))(*values)
    KEPT.append(array)
    return ctypes.addressof(array)


KEPT = []


def check_without_device(test, code):
    """Runs a script, which has to end well, where there is no device."""
    environ = dict(os.environ, CUPY_HOST_DEVICES='0',
                   PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run([sys.executable, '-c', code + "\nprint('done')"],
                          env=environ, capture_output=True, text=True,
                          timeout=60)
    test.assertEqual((done.stdout, done.stderr), ('done\n', ''))


def check(test, error, function, *arguments):
    """Calls a function as it should be, and in every way it should not.

    Args:
        test (unittest.TestCase): The test.
        error (type): What the function raises.
        function (function): The function.
        arguments: What it is called with.
    """
    arguments = [argument if isinstance(argument, Argument)
                 else Argument(argument) for argument in arguments]
    good = [argument.good() for argument in arguments]
    try:
        for i, argument in enumerate(arguments):
            for bad in argument.bad():
                with test.subTest(f'argument {i} is {bad.what}',
                                  value=bad.value):
                    _check_bad(test, error, function, arguments, bad,
                               good[:i] + [bad.value] + good[i + 1:])
        function(*good)
    finally:
        runtime.setDevice(0)
        for argument in arguments:
            argument.close()


def _check_bad(test, error, function, arguments, bad, values):
    runtime.setDevice(bad.device)
    try:
        with test.assertRaises(error) as raised:
            function(*values)
    finally:
        runtime.setDevice(0)
    test.assertIn(bad.words, str(raised.exception))
    for argument in arguments:
        argument.check_unchanged(test)
