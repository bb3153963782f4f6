import copy
import operator
import pickle
import threading
import unittest

import numpy

from cupy.cuda import device, runtime


class DeviceTest(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)
        self.addCleanup(runtime.setDevice, 0)


class TestDevice(DeviceTest):

    def test_number(self):
        for given in (2, numpy.int32(2), device.Device(2)):
            self.assertEqual(device.Device(given).id, 2)
        self.assertEqual(int(device.Device(2)), 2)
        self.assertEqual(repr(device.Device(2)), '<CUDA Device 2>')

    def test_default(self):
        runtime.setDevice(3)
        self.assertEqual(device.Device().id, 3)
        self.assertEqual(device.get_device_id(), 3)

    def test_wrong_type(self):
        for wrong in ('1', 1.0, [1]):
            with self.assertRaises(TypeError):
                device.Device(wrong)

    def test_use(self):
        device.Device(1).use()
        self.assertEqual(runtime.getDevice(), 1)

    def test_no_such_device(self):
        for number in (99, -1):
            missing = device.Device(number)
            with self.assertRaises(runtime.CUDARuntimeError):
                missing.use()
            with self.assertRaises(runtime.CUDARuntimeError):
                with missing:
                    self.fail('there is no such device')
            with self.assertRaises(runtime.CUDARuntimeError):
                str(missing.compute_capability)
            self.assertEqual(runtime.getDevice(), 0)

    def test_synchronize(self):
        device.Device(1).synchronize()
        self.assertEqual(runtime.getDevice(), 0)

    def test_compute_capability(self):
        capability = device.Device(1).compute_capability
        numbers = [runtime.deviceGetAttribute(attribute, 1) for attribute in (
            runtime.devAttrComputeCapabilityMajor,
            runtime.devAttrComputeCapabilityMinor)]
        self.assertEqual(capability, ''.join(map(str, numbers)))
        self.assertIs(device.Device(1).compute_capability, capability)

    def test_attributes(self):
        attributes = device.Device(1).attributes
        self.assertEqual(attributes['WarpSize'], 32)
        self.assertEqual(attributes['MaxThreadsPerBlock'], 1024)
        self.assertIn('MultiProcessorCount', attributes)

    def test_mem_info(self):
        runtime.setDevice(1)
        before, total = device.Device(1).mem_info
        ptr = runtime.malloc(1000)
        runtime.setDevice(0)
        self.assertEqual(device.Device(1).mem_info, (before - 1000, total))
        runtime.free(ptr)

    def test_comparison(self):
        one, two = device.Device(1), device.Device(2)
        self.assertEqual(one, device.Device(1))
        self.assertFalse(one != device.Device(1))
        self.assertNotEqual(one, two)
        self.assertEqual(hash(one), hash(device.Device(1)))
        self.assertTrue(one < two <= two and two > one and two >= two)
        self.assertFalse(two < one or two <= one or one > two or one >= two)
        self.assertNotEqual(one, 1)
        with self.assertRaises(TypeError):
            operator.lt(one, 2)

    def test_copy(self):
        one = device.Device(1)
        for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            self.assertIsInstance(other, device.Device)
            self.assertEqual(other, one)


class TestContext(DeviceTest):

    def test_nested(self):
        one, two = device.Device(1), device.Device(2)
        with one as entered:
            self.assertIs(entered, one)
            self.assertEqual(runtime.getDevice(), 1)
            with two:
                self.assertEqual(runtime.getDevice(), 2)
                with one:  # once more
                    self.assertEqual(runtime.getDevice(), 1)
                self.assertEqual(runtime.getDevice(), 2)
            self.assertEqual(runtime.getDevice(), 1)
        self.assertEqual(runtime.getDevice(), 0)

    def test_use_inside(self):
        with device.Device(1):
            device.Device(2).use()
        self.assertEqual(runtime.getDevice(), 0)

    def test_exception(self):
        with self.assertRaises(KeyError):
            with device.Device(1):
                raise KeyError
        self.assertEqual(runtime.getDevice(), 0)

    def test_exit_without_enter(self):
        with self.assertRaisesRegex(RuntimeError, 'no block'):
            device.Device(1).__exit__(None, None, None)

    def test_threads(self):
        # Two threads are in blocks of one object; the first one leaves first.
        one = device.Device(1)
        turns = [threading.Event() for _ in range(3)]
        seen = []

        def first():
            device.Device(2).use()
            with one:
                turns[0].set()
                turns[1].wait(10)
                seen.append(runtime.getDevice())
            seen.append(runtime.getDevice())
            turns[2].set()

        def second():
            device.Device(3).use()
            turns[0].wait(10)
            with one:
                turns[1].set()
                turns[2].wait(10)
                seen.append(runtime.getDevice())
            seen.append(runtime.getDevice())

        threads = [threading.Thread(target=work) for work in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, [1, 2, 1, 3])
        self.assertEqual(runtime.getDevice(), 0)
