import gc
import sys
import unittest

import numpy

import cupy
from cupy import testing

DTYPES = '?bBhHiIqQefd'


class Unversioned:

    """An array of a library that knows the first version of DLPack only."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, stream=None):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


@unittest.skipUnless(cupy.cuda.backend == 'host', 'NumPy is on the host')
class TestExport(unittest.TestCase):

    def test_types(self):
        for dtype in DTYPES:
            x = testing.shaped_arange((2, 3), cupy, dtype)
            a = numpy.from_dlpack(x)
            self.assertEqual(a.dtype, x.dtype)
            testing.assert_array_equal(a, x)
            testing.assert_array_equal(numpy.from_dlpack(x.T), x.T)

    def test_memory_is_shared(self):
        x = cupy.arange(6).reshape(2, 3)
        for view in (x, x.T, x[:, ::-2], x[1], x[1:, None]):
            a = numpy.from_dlpack(view)
            self.assertEqual(a.ctypes.data, view.data.ptr)
            self.assertEqual(a.shape, view.shape)
            testing.assert_array_equal(a, view)
        x[1, 2] = 9
        self.assertEqual(numpy.from_dlpack(x)[1, 2], 9)

    def test_no_elements_or_axes(self):
        self.assertEqual(
            numpy.from_dlpack(cupy.zeros((0, 3))).shape, (0, 3))
        self.assertEqual(numpy.from_dlpack(cupy.array(5))[()], 5)

    def test_array_is_kept(self):
        a = numpy.from_dlpack(cupy.arange(100))
        gc.collect()
        others = [cupy.zeros(100, int) for _ in range(10)]
        self.assertEqual(a.tolist(), list(range(100)))
        del others

    def test_array_is_released(self):
        x = cupy.arange(3)
        before = sys.getrefcount(x)
        for version in (None, (0, 8), (1, 0), (1, 1)):
            capsule = x.__dlpack__(max_version=version)
            self.assertEqual(sys.getrefcount(x), before + 1)
            del capsule
            self.assertEqual(sys.getrefcount(x), before)
            a = cupy.from_dlpack(x)
            self.assertEqual(sys.getrefcount(x), before + 1)
            del a
            self.assertEqual(sys.getrefcount(x), before)

    def test_name_tells_the_version(self):
        x = cupy.arange(3)
        self.assertIn('"dltensor"', repr(x.__dlpack__()))
        self.assertIn('"dltensor"', repr(x.__dlpack__(max_version=(0, 8))))
        self.assertIn('"dltensor_versioned"',
                      repr(x.__dlpack__(max_version=(2, 0))))

    def test_copy(self):
        x = cupy.arange(3)
        capsule = x.__dlpack__(max_version=(1, 0), copy=True)
        x[:] = 7

        class Holder:
            def __dlpack__(self, **_):
                return capsule

            def __dlpack_device__(self):
                return x.__dlpack_device__()

        self.assertEqual(cupy.from_dlpack(Holder()).tolist(), [0, 1, 2])

    def test_unfit(self):
        x = cupy.arange(3)
        self.assertIsNotNone(
            x.__dlpack__(dl_device=x.__dlpack_device__()))
        with self.assertRaisesRegex(BufferError, 'cannot be exported'):
            x.__dlpack__(dl_device=(4, 0))


@unittest.skipUnless(cupy.cuda.backend == 'host', 'NumPy is on the host')
class TestImport(unittest.TestCase):

    def test_types(self):
        for dtype in DTYPES:
            for wrap in (lambda a: a, Unversioned):
                a = testing.shaped_arange((2, 3), numpy, dtype)
                x = cupy.from_dlpack(wrap(a))
                self.assertIsInstance(x, cupy.ndarray)
                self.assertEqual(x.dtype, a.dtype)
                testing.assert_array_equal(x, a)
                testing.assert_array_equal(cupy.from_dlpack(wrap(a.T)), a.T)

    def test_memory_is_shared(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        for view in (a, a.T, a[:, ::-1], a[1, ::2], a[:, None, 0]):
            x = cupy.from_dlpack(view)
            self.assertEqual(x.shape, view.shape)
            self.assertEqual(x.data.ptr, view.ctypes.data)
            testing.assert_array_equal(x, view)
            x[...] = -x
            x += 1
            testing.assert_array_equal(x, view)
        self.assertFalse(x.flags.owndata)

    def test_of_cupy(self):
        x = cupy.arange(6).reshape(2, 3).T[1:]
        y = cupy.from_dlpack(x)
        self.assertEqual((y.data.ptr, y.shape, y.strides),
                         (x.data.ptr, x.shape, x.strides))
        self.assertEqual(y.device, x.device)

    def test_everything_works_on_it(self):
        a = testing.shaped_arange((3, 4), numpy)
        x = cupy.from_dlpack(a)
        testing.assert_array_equal(x.copy(), a)
        testing.assert_array_equal(x[:, ::2].copy(), a[:, ::2])
        testing.assert_array_equal(x.astype('d'), a)
        testing.assert_array_equal(x.dot(x.T), a.dot(a.T))
        testing.assert_array_equal(x[[2, 0]], a[[2, 0]])
        testing.assert_array_equal(cupy.array(x), a)
        x.set(2 * a)
        x.fill(3)
        self.assertEqual(a.tolist(), [[3] * 4] * 3)
        x[:, :0].dot(x[:0], out=cupy.from_dlpack(numpy.ones((3, 4), 'f')))

    def test_rows_that_overlap(self):
        # No view of CuPy's own is like that; cuBLAS would refuse it.
        a = numpy.lib.stride_tricks.as_strided(
            numpy.arange(6.), (4, 3), (8, 8))
        x = cupy.from_dlpack(a)
        testing.assert_array_equal(x, a)
        testing.assert_array_equal(x.dot(x.T), a.dot(a.T))

    def test_no_elements_or_axes(self):
        self.assertEqual(cupy.from_dlpack(numpy.zeros((0, 3))).shape, (0, 3))
        self.assertEqual(int(cupy.from_dlpack(numpy.array(5))), 5)

    def test_array_is_kept_and_released(self):
        a = numpy.arange(3)
        before = sys.getrefcount(a)
        x = cupy.from_dlpack(a)
        part = x[1:]
        del x
        gc.collect()
        self.assertEqual(sys.getrefcount(a), before + 1)
        self.assertEqual(part.tolist(), [1, 2])
        del part
        self.assertEqual(sys.getrefcount(a), before)

    def test_capsule_is_used_once(self):
        class Again:
            def __dlpack__(self, capsule=numpy.arange(3).__dlpack__(), **_):
                return capsule

            def __dlpack_device__(self):
                return 1, 0

        x = cupy.from_dlpack(Again())
        with self.assertRaises(ValueError):
            cupy.from_dlpack(Again())
        self.assertEqual(x.tolist(), [0, 1, 2])

    def test_read_only(self):
        a = numpy.arange(3)
        a.flags.writeable = False
        before = sys.getrefcount(a)
        with self.assertRaisesRegex(BufferError, 'read-?only'):
            cupy.from_dlpack(a)
        self.assertEqual(sys.getrefcount(a), before)

    def test_unfit(self):
        class Elsewhere:
            def __dlpack__(self, **_):
                raise AssertionError('nothing can be done with it')

            def __dlpack_device__(self):
                return 10, 0

        with self.assertRaisesRegex(BufferError, 'kind 10'):
            cupy.from_dlpack(Elsewhere())
        with self.assertRaisesRegex(BufferError, '128 bits'):
            cupy.from_dlpack(numpy.zeros(3, numpy.complex128))
        for x in (3, [1, 2], None):
            with self.assertRaisesRegex(TypeError, '__dlpack__'):
                cupy.from_dlpack(x)
