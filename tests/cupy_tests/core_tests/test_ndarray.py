import copy
import gc
import io
import operator
import os
import pickle
import tempfile
import unittest
import weakref

import numpy

import cupy
from cupy import testing


class TestConstructor(unittest.TestCase):

    def test_shapes(self):
        for shape in ((), (3,), (2, 0, 3), (1, 2, 3, 4), 5, [2, 3],
                      numpy.int64(4)):
            expected = numpy.ndarray(shape)
            actual = cupy.ndarray(shape)
            self.assertEqual(actual.shape, expected.shape)
            self.assertEqual(actual.dtype, numpy.float64)
            self.assertEqual(actual.size, expected.size)
            self.assertEqual(actual.ndim, expected.ndim)
            self.assertEqual(actual.nbytes, expected.nbytes)

    def test_many_axes(self):
        # Shapes of more than four axes have memory of their own.
        for ndim in (4, 5, 8, 32):
            shape = (1, 2) * 3 + (1,) * ndim
            shape = shape[:ndim]
            a = numpy.arange(numpy.prod(shape), dtype='f').reshape(shape)
            x = cupy.asarray(a)
            self.assertEqual(x.shape, shape)
            self.assertEqual((x + x.T).shape, (a + a.T).shape)
            testing.assert_array_equal(x + x.T, a + a.T)
            testing.assert_array_equal(
                x[..., None, :][0].sum(0), a[..., None, :][0].sum(0))
            copied = copy.copy(x)
            del x
            testing.assert_array_equal(copied.reshape(-1), a.reshape(-1))

    def test_shapes_are_new_objects(self):
        # Beyond the small integers that always exist.
        x = cupy.empty((300, 1000))
        for _ in range(1000):
            self.assertEqual(x.shape, (300, 1000))
            self.assertEqual(x.strides, (8000, 8))

    def test_garbage(self):
        class Subclass(cupy.ndarray):
            pass

        x = Subclass((3,))
        x.myself = x
        gone = weakref.ref(x)
        del x
        gc.collect()
        self.assertIsNone(gone())
        # In no circle, so that the collector need not look at them.
        self.assertFalse(gc.is_tracked(cupy.empty(3)))

    def test_dtypes(self):
        for dtype in (bool, int, float, 'f', 'float16', numpy.uint8,
                      numpy.dtype('q'), numpy.longlong):
            x = cupy.ndarray((2,), dtype)
            self.assertEqual(x.dtype, numpy.dtype(dtype))
            self.assertEqual(x.itemsize, numpy.dtype(dtype).itemsize)

    def test_memory_that_is_given(self):
        x = cupy.arange(6, dtype='f')
        y = cupy.ndarray((2, 2), 'f', x.data + 8)
        testing.assert_array_equal(y, [[2, 3], [4, 5]])
        y[0, 0] = 9
        self.assertEqual(float(x[2]), 9)

    def test_refusals(self):
        with self.assertRaises(ValueError):
            cupy.ndarray((2, -1))
        with self.assertRaises(TypeError):
            cupy.ndarray((2.5,))
        for dtype in ('complex64', 'S3', object, 'datetime64[s]',
                      [('a', 'i')]):
            with self.assertRaisesRegex(TypeError, 'is not supported'):
                cupy.ndarray((2,), dtype)
        with self.assertRaises(TypeError):
            cupy.ndarray((2,), 'no type')
        with self.assertRaisesRegex(ValueError, 'at most 32'):
            cupy.ndarray((1,) * 33)

    def test_flags(self):
        a = numpy.zeros((3, 4))
        for view in (lambda a: a, lambda a: a.T, lambda a: a[::2],
                     lambda a: a[:, :1], lambda a: a[0], lambda a: a[:0, ::2],
                     lambda a: a[1:2]):
            expected = view(a).flags
            actual = view(cupy.zeros((3, 4))).flags
            for name in ('C_CONTIGUOUS', 'F_CONTIGUOUS', 'OWNDATA', 'FORC',
                         'FNC'):
                self.assertEqual(actual[name], expected[name], name)
            self.assertEqual(actual.c_contiguous, expected.c_contiguous)
            self.assertEqual(actual.forc, expected.forc)
        with self.assertRaisesRegex(KeyError, 'the flags are'):
            actual['ALIGNED_']
        self.assertIn('C_CONTIGUOUS : ', repr(actual))

    def test_base(self):
        x = cupy.zeros((2, 3))
        self.assertIsNone(x.base)
        self.assertIs(x.T.base, x)
        self.assertIs(x.T[0].base, x)
        self.assertIsNone(x.copy().base)

    def test_device(self):
        self.assertEqual(cupy.zeros(2).device, cupy.cuda.Device(0))

    def test_cstruct(self):
        x = cupy.zeros((2, 3), 'f')[:, ::2]
        words = numpy.frombuffer(x.cstruct, numpy.int64)
        self.assertEqual(list(words), [x.data.ptr, 4, 2, 2, 12, 8])

    def test_ctypes(self):
        x = cupy.zeros((2, 3), 'f')
        self.assertEqual(x.ctypes.data, x.data.ptr)
        self.assertEqual(list(x.ctypes.shape), [2, 3])
        self.assertEqual(list(x.ctypes.strides), [12, 4])

    def test_weak_references_and_attributes(self):
        import weakref
        x = cupy.zeros(2)
        r = weakref.ref(x)
        del x
        self.assertIsNone(r())


class TestCopies(unittest.TestCase):

    def test_astype(self):
        rng = numpy.random.RandomState(0)
        x = rng.uniform(-100, 100, (3, 4))
        for source in '?bBhHiIlLefd':
            for target in '?BhIlef':
                a = abs(x).astype(source) if source.isupper() or (
                    target.isupper()) else x.astype(source)
                expected = a.astype(target)
                actual = cupy.array(a).astype(target)
                testing.assert_array_equal(
                    actual, expected, f'{source} {target}')
                self.assertEqual(actual.dtype, expected.dtype)

    def test_astype_without_copy(self):
        x = cupy.zeros(3, 'f')
        self.assertIs(x.astype('f', copy=False), x)
        self.assertIsNot(x.astype('f'), x)
        self.assertIsNot(x.astype('d', copy=False), x)

    def test_astype_keeps_the_order(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        for axes in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
            expected = a.transpose(axes).astype('f')
            actual = cupy.array(a).transpose(axes).astype('f')
            self.assertEqual(actual.strides, expected.strides)
            testing.assert_array_equal(actual, expected)

    def test_copy(self):
        a = numpy.arange(24).reshape(2, 3, 4)
        for order in 'CFAK':
            for view in (lambda a: a, lambda a: a.T, lambda a: a[:, ::-2],
                         lambda a: a.transpose(1, 0, 2)):
                expected = view(a).copy(order)
                actual = view(cupy.array(a)).copy(order)
                testing.assert_array_equal(actual, expected)
                self.assertEqual(actual.strides, expected.strides)
        with self.assertRaisesRegex(ValueError, "must be 'C'"):
            cupy.zeros(2).copy('B')

    def test_copy_is_independent(self):
        x = cupy.arange(3)
        y = x.copy()
        y[0] = 7
        testing.assert_array_equal(x, [0, 1, 2])

    @testing.multi_gpu(2)
    def test_copy_to_another_device(self):
        x = cupy.arange(6).reshape(2, 3)
        for view in (lambda x: x, lambda x: x.T, lambda x: x[:, ::2],
                     lambda x: x[:, :0]):
            with cupy.cuda.Device(1):
                y = view(x).copy()
                z = view(x).astype('f')
            self.assertEqual((y.device.id, z.device.id), (1, 1))
            testing.assert_array_equal(y, view(x))
            testing.assert_array_equal(z, view(x))

    @testing.multi_gpu(2)
    def test_deepcopy_stays_on_the_device(self):
        with cupy.cuda.Device(1):
            x = cupy.arange(3)
        y = copy.deepcopy(x)
        self.assertEqual(y.device.id, 1)
        self.assertNotEqual(y.data.ptr, x.data.ptr)
        testing.assert_array_equal(y, [0, 1, 2])

    def test_copy_module(self):
        x = cupy.arange(3)
        for y in (copy.copy(x), copy.deepcopy(x), copy.deepcopy([x])[0]):
            self.assertNotEqual(y.data.ptr, x.data.ptr)
            testing.assert_array_equal(y, [0, 1, 2])

    def test_fill(self):
        for dtype in '?BhIled':
            x = cupy.zeros((3, 4), dtype)
            x[:, ::2].fill(1)
            testing.assert_array_equal(x, [[1, 0, 1, 0]] * 3)
        x = cupy.zeros(2, 'i')
        x.fill(cupy.array(2.5))
        testing.assert_array_equal(x, [2, 2])
        x.fill(numpy.array(3))
        testing.assert_array_equal(x, [3, 3])
        with self.assertRaises(ValueError):
            x.fill(numpy.array([1, 2]))

    def test_get_and_set(self):
        a = numpy.arange(24, dtype='f').reshape(2, 3, 4)
        for view in (lambda a: a, lambda a: a.T, lambda a: a[:, ::-2],
                     lambda a: a.transpose(1, 0, 2), lambda a: a[1, 2, 3:].T,
                     lambda a: a[:0]):
            x = cupy.array(a)
            actual = view(x).get()
            self.assertIsInstance(actual, numpy.ndarray)
            numpy.testing.assert_array_equal(actual, view(a))
            b = a.copy()
            view(b)[...] = 10 * view(a)
            view(x).set(10 * view(a))
            testing.assert_array_equal(x, b)

    def test_get_and_set_in_a_stream(self):
        x = cupy.arange(4)
        stream = cupy.cuda.Stream()
        a = x.get(stream)
        stream.synchronize()
        numpy.testing.assert_array_equal(a, [0, 1, 2, 3])
        x.set(a[::-1].copy(), stream)
        stream.synchronize()
        testing.assert_array_equal(x, [3, 2, 1, 0])

    def test_set_refuses(self):
        x = cupy.zeros(3, 'f')
        with self.assertRaisesRegex(TypeError, 'only numpy.ndarray'):
            x.set([1, 2, 3])
        with self.assertRaisesRegex(TypeError, 'float64 array cannot be set'):
            x.set(numpy.zeros(3))
        with self.assertRaisesRegex(ValueError, 'shape mismatch'):
            x.set(numpy.zeros((3, 1), 'f'))

    def test_pickle(self):
        for x in (cupy.arange(6).reshape(2, 3), cupy.array(2.5),
                  cupy.zeros((0, 2), '?'), cupy.arange(6, dtype='e')[::2]):
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                y = pickle.loads(pickle.dumps(x, protocol))
                self.assertIsInstance(y, cupy.ndarray)
                self.assertEqual(y.dtype, x.dtype)
                testing.assert_array_equal(y, x)

    def test_dump(self):
        x = cupy.arange(3)
        testing.assert_array_equal(pickle.loads(x.dumps()), x)
        file = io.BytesIO()
        x.dump(file)
        testing.assert_array_equal(pickle.loads(file.getvalue()), x)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'x')
            x.dump(path)
            with open(path, 'rb') as opened:
                testing.assert_array_equal(pickle.load(opened), x)

    def test_tofile(self):
        x = cupy.arange(6, dtype='i').reshape(2, 3).T
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'x')
            x.tofile(path)
            numpy.testing.assert_array_equal(
                numpy.fromfile(path, 'i'), [0, 3, 1, 4, 2, 5])
            x.tofile(path, sep=' ', format='%d')
            with open(path) as opened:
                self.assertEqual(opened.read(), '0 3 1 4 2 5')

    def test_tolist_and_item(self):
        x = cupy.array([[1, 2], [3, 4]])
        self.assertEqual(x.tolist(), [[1, 2], [3, 4]])
        self.assertEqual(x[1, 0].item(), 3)
        self.assertEqual(x.item(3), 4)


class TestArray(unittest.TestCase):

    def test_sources(self):
        for source in (1, 2.5, True, [1, 2], [[1., 2], [3, 4]], (),
                       numpy.arange(6).reshape(2, 3),
                       numpy.arange(6).reshape(2, 3).T,
                       numpy.arange(24).reshape(2, 3, 4).transpose(1, 0, 2),
                       numpy.arange(6)[::-2], numpy.float32(3),
                       numpy.arange(3).astype('>i4'),
                       numpy.broadcast_to(numpy.arange(3), (2, 3))):
            expected = numpy.array(source)
            actual = cupy.array(source)
            testing.assert_array_equal(actual, expected)
            self.assertEqual(actual.shape, expected.shape)
            self.assertEqual(actual.dtype, expected.dtype.newbyteorder('='))
            if expected.size > 1:
                self.assertEqual(actual.strides, expected.strides)

    def test_dtype_copy_ndmin(self):
        x = cupy.array([1, 2], dtype='f')
        self.assertEqual(x.dtype, numpy.float32)
        self.assertIsNot(cupy.array(x), x)
        self.assertIs(cupy.array(x, copy=False), x)
        self.assertEqual(cupy.array(x, 'd', copy=False).dtype, 'd')
        for source in (x, [1, 2]):
            self.assertEqual(cupy.array(source, ndmin=3).shape, (1, 1, 2))
        wide = cupy.array(x, copy=False, ndmin=2)
        self.assertEqual((x.shape, wide.shape), ((2,), (1, 2)))
        self.assertIs(wide.base, x)

    def test_of_arrays(self):
        parts = [cupy.array([1, 2]), cupy.array([3, 4])]
        testing.assert_array_equal(cupy.array(parts), [[1, 2], [3, 4]])

    def test_refusals(self):
        for source in (['a'], [object()], [1j], None):
            with self.assertRaisesRegex(TypeError, 'is not supported'):
                cupy.array(source)


class TestElements(unittest.TestCase):

    def test_scalars(self):
        for value in (0, 3, -1, 2.75, True):
            x = cupy.array(value)
            self.assertEqual(bool(x), bool(value))
            self.assertEqual(int(x), int(value))
            self.assertEqual(float(x), float(value))
        self.assertEqual([10, 20, 30][cupy.array(1)], 20)
        self.assertEqual(hex(cupy.array(255)), '0xff')
        self.assertEqual(oct(cupy.array(8)), '0o10')
        self.assertEqual(f'{cupy.array(2.5):.2f}', '2.50')

    def test_scalars_of_many_elements(self):
        with self.assertRaises(ValueError):
            bool(cupy.array([1, 2]))
        with self.assertRaises(TypeError):
            int(cupy.array([1, 2]))
        with self.assertRaises(TypeError):
            [1, 2][cupy.array(1.5)]

    def test_len_and_iteration(self):
        x = cupy.array([[1, 2], [3, 4], [5, 6]])
        self.assertEqual(len(x), 3)
        self.assertEqual([row.tolist() for row in x],
                         [[1, 2], [3, 4], [5, 6]])
        with self.assertRaises(TypeError):
            len(cupy.array(1))
        with self.assertRaises(TypeError):
            iter(cupy.array(1))

    def test_text(self):
        for a in (numpy.arange(3), numpy.array(2.5, 'f'), numpy.zeros((0, 2))):
            self.assertEqual(repr(cupy.array(a)), repr(a))
            self.assertEqual(str(cupy.array(a)), str(a))

    def test_unhashable(self):
        with self.assertRaises(TypeError):
            hash(cupy.array(1))


class TestOperators(unittest.TestCase):

    def check(self, function, dtypes='Blf'):
        a = numpy.array([[1, 2, 3], [4, 5, 6]])
        b = numpy.array([3, 2, 1])
        for dtype in dtypes:
            x, y = a.astype(dtype), b.astype(dtype)
            for left, right in ((x, y), (x, 2), (3, y)):
                expected = function(left, right)
                actual = function(*(cupy.array(v) if isinstance(
                    v, numpy.ndarray) else v for v in (left, right)))
                if not isinstance(expected, tuple):
                    expected, actual = (expected,), (actual,)
                for e, c in zip(expected, actual):
                    self.assertEqual(c.dtype, e.dtype)
                    testing.assert_allclose(c, e, rtol=1e-3)

    def test_arithmetic(self):
        for name in ('add', 'sub', 'mul', 'truediv', 'floordiv', 'mod', 'pow',
                     'lt', 'le', 'gt', 'ge', 'eq', 'ne'):
            with self.subTest(name=name):
                self.check(getattr(operator, name))
        self.check(divmod)
        self.check(operator.add, 'bhHiILed')

    def test_bits(self):
        for name in ('lshift', 'rshift', 'and_', 'or_', 'xor'):
            with self.subTest(name=name):
                self.check(getattr(operator, name), 'bI')

    def test_in_place(self):
        for name in ('iadd', 'isub', 'imul', 'ifloordiv', 'imod', 'ipow',
                     'ilshift', 'irshift', 'iand', 'ior', 'ixor'):
            function = getattr(operator, name)
            for other in (2, numpy.array([3, 1, 2])):
                a = numpy.array([[5, 6, 7], [8, 9, 10]])
                x = kept = cupy.array(a)
                x = function(x, other if isinstance(other, int)
                             else cupy.array(other))
                self.assertIs(x, kept)
                testing.assert_array_equal(x, function(a, other))
        x = cupy.array([1., 2.])
        x /= 2
        testing.assert_array_equal(x, [0.5, 1])

    def test_in_place_refuses_a_wider_type(self):
        x = cupy.array([1, 2])
        with self.assertRaisesRegex(TypeError, 'cannot cast'):
            x += 0.5
        with self.assertRaisesRegex(TypeError, 'cannot cast'):
            x /= 2

    def test_unary(self):
        x = cupy.array([-1, 2])
        testing.assert_array_equal(-x, [1, -2])
        testing.assert_array_equal(+x, [-1, 2])
        testing.assert_array_equal(abs(x), [1, 2])
        testing.assert_array_equal(~x, [0, -3])
        self.assertIsNot(+x, x)

    def test_numpy_scalars_on_the_left(self):
        for scalar in (numpy.float32(2), numpy.int64(2), numpy.float64(2)):
            for dtype in 'ild':
                a = numpy.array([1, 2], dtype)
                expected = scalar * a
                actual = scalar * cupy.array(a)
                self.assertIsInstance(actual, cupy.ndarray)
                self.assertEqual(actual.dtype, expected.dtype)
                testing.assert_array_equal(actual, expected)

    def test_numpy_arrays_are_refused(self):
        x, a = cupy.array([1, 2]), numpy.array([1, 2])
        for call, side in ((lambda: x + a, 'right'), (lambda: a + x, 'left'),
                           (lambda: x == a, 'right')):
            with self.assertRaisesRegex(
                    TypeError, f'of the {side}.*memory of the host'):
                call()
        with self.assertRaisesRegex(TypeError, 'memory of the host'):
            x += a

    def test_other_objects(self):
        x = cupy.array([1, 2])

        class Other:
            def __radd__(self, left):
                return 'other'

        self.assertEqual(x + Other(), 'other')
        with self.assertRaises(TypeError):
            x + 'a'
        with self.assertRaises(TypeError):
            x + None
        self.assertFalse(x == None)  # noqa: E711
        self.assertTrue(x != 'a')
