import gc
import sys
import unittest

import numpy

import cupy
from cupy import testing


@unittest.skipUnless(cupy.cuda.backend == 'host', 'for the host device')
class TestArrayInterface(unittest.TestCase):

    def test_types(self):
        for dtype in '?bBhHiIqQefd':
            x = cupy.ones((2, 3), dtype)
            a = numpy.asarray(x)
            self.assertEqual(a.dtype, x.dtype)
            testing.assert_array_equal(a, x)

    def test_memory_is_shared(self):
        x = cupy.arange(24).reshape(2, 3, 4)
        for view in (x, x.T, x[:, ::-1], x[1, ::2], x[:, None, 0]):
            a = numpy.asarray(view)
            self.assertEqual(a.ctypes.data, view.data.ptr)
            self.assertEqual(a.strides, view.strides)
            testing.assert_array_equal(a, view)
            a += 1
            testing.assert_array_equal(view, a)
            view *= 2
            testing.assert_array_equal(view, a)

    def test_array_is_kept(self):
        x = cupy.arange(100)
        before = sys.getrefcount(x)
        a = numpy.asarray(x)
        self.assertGreater(sys.getrefcount(x), before)
        del x
        gc.collect()
        others = [cupy.zeros(100, int) for _ in range(10)]
        self.assertEqual(a.tolist(), list(range(100)))
        del others

    def test_copies(self):
        x = cupy.arange(3)
        for a in (numpy.array(x), x.__array__(), numpy.asarray(x, 'f')):
            a[0] = 9
        self.assertEqual(x.tolist(), [0, 1, 2])

    def test_no_elements_or_axes(self):
        self.assertEqual(numpy.asarray(cupy.zeros((0, 3))).shape, (0, 3))
        a = numpy.asarray(cupy.array(5))
        self.assertEqual((a.shape, int(a)), ((), 5))

    def test_functions_of_numpy(self):
        x = cupy.arange(4.)
        self.assertEqual(numpy.mean(numpy.asarray(x)), 1.5)
        with self.assertRaises(TypeError):
            numpy.exp(x)


class TestCudaArrayInterface(unittest.TestCase):

    def test_interface(self):
        x = cupy.zeros((2, 3), 'f')
        if cupy.cuda.backend == 'host':
            self.assertFalse(hasattr(x, '__cuda_array_interface__'))
            return
        self.assertFalse(hasattr(x, '__array_interface__'))
        for view, strides in ((x, None), (x.T, x.T.strides)):
            self.assertEqual(view.__cuda_array_interface__, {
                'shape': view.shape, 'typestr': '<f4', 'version': 3,
                'data': (view.data.ptr, False), 'strides': strides,
                'stream': 1})
