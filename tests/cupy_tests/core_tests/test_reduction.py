import itertools
import unittest

import numpy

import cupy
from cupy import testing

DTYPES = '?bBhHiIqQefd'
# More than is done in one part, and not to be halved.
MANY = 40001

LAYOUTS = [
    ((), lambda x: x),
    ((1, 5, 1), lambda x: x),
    ((70,), lambda x: x[::-1]),
    ((3, 70), lambda x: x),
    ((70, 3), lambda x: x),
    ((70, 30), lambda x: x.T),
    ((7, 5, 41), lambda x: x),
    ((7, 5, 41), lambda x: x[:, :, 3:40]),
    ((7, 5, 41), lambda x: x.transpose(2, 0, 1)[::-1, ::2]),
    ((4, 3, 6, 5), lambda x: x.transpose(0, 2, 1, 3)),
]


def subsets(ndim):
    for count in range(ndim + 1):
        yield from itertools.combinations(range(ndim), count)


def integers(shape, dtype='d', seed=0):
    """Small integers: every sum of them is exact."""
    rng = numpy.random.RandomState(seed)
    return numpy.asarray(rng.randint(-50, 50, shape)).astype(dtype)


def both(x):
    return x, cupy.array(x)


class TestLayouts(unittest.TestCase):

    def check(self, name, x, y, axis):
        message = f'{name} {x.shape} {x.strides} axis={axis}'
        for keepdims in (False, True):
            expected = numpy.asarray(
                getattr(x, name)(axis=axis, keepdims=keepdims))
            actual = getattr(y, name)(axis=axis, keepdims=keepdims)
            testing.assert_array_equal(actual, expected, message)
            self.assertEqual(actual.shape, expected.shape, message)
            if name != 'argmin':
                self.assertEqual(
                    [s for s, n in zip(actual.strides, actual.shape)
                     if n > 1],
                    [s for s, n in zip(expected.strides, expected.shape)
                     if n > 1], message)

    def test_all_axes_of_all_layouts(self):
        for shape, view in LAYOUTS:
            x, y = map(view, both(integers(shape)))
            for axes in subsets(x.ndim):
                self.check('sum', x, y, axes)
                if len(axes) == 1:
                    self.check('argmin', x, y, axes[0])
            self.check('sum', x, y, None)
            self.check('argmin', x, y, None)

    def test_broadcast_axes(self):
        x, y = both(integers((4, 1, 6)))
        x = numpy.broadcast_to(x, (4, 30, 6))
        y = cupy.broadcast_to(y, (4, 30, 6))
        for axes in subsets(3):
            testing.assert_array_equal(y.sum(axes), x.sum(axes))

    def test_first_index_wins_in_any_memory_order(self):
        # Both zeros and ones occur in each row and column.
        for dtype in 'd?':
            x, y = both((integers((40, 50)) % 2).astype(dtype))
            for view in (lambda x: x, lambda x: x.T, lambda x: x[::-1, ::-1],
                         lambda x: x.T[:, ::-1]):
                for axis in (None, 0, 1):
                    testing.assert_array_equal(
                        view(y).argmax(axis), view(x).argmax(axis))


class TestSizes(unittest.TestCase):
    """Around the lengths of blocks, lanes and tiles, and of parts."""

    lengths = (1, 2, 31, 32, 33, 64, 65, 66, 129, 130, 131, 1023, 1024, 1025,
               2047, 2048, 2049, 5000)

    def test_along_and_across_rows(self):
        for length in self.lengths:
            x, y = both(integers((3, length), 'f'))
            for axis in (0, 1):
                testing.assert_array_equal(y.sum(axis), x.sum(axis))
                testing.assert_array_equal(
                    y.T.sum(axis), x.T.sum(axis), str(length))
                testing.assert_array_equal(
                    y[:, ::2].sum(axis), x[:, ::2].sum(axis))
                testing.assert_array_equal(
                    y.argmax(axis), x.argmax(axis), str(length))

    def test_place_of_the_greatest(self):
        for length in (20, 33, 5000):
            for place in {0, 1, length // 2, length - 2, length - 1}:
                x = numpy.zeros(length, 'f')
                x[place] = 1
                y = cupy.array(x)
                self.assertEqual(int(y.argmax()), place)
                wide = cupy.array(numpy.stack([x, -x, x], 1))
                testing.assert_array_equal(
                    wide.argmax(0), [place, 0 if place else 1, place])

    def test_parts_of_many_outputs(self):
        x, y = both(integers((1000, 50), 'f'))
        for axis in (0, 1):
            testing.assert_array_equal(y.sum(axis), x.sum(axis))
            testing.assert_array_equal(y.argmin(axis), x.argmin(axis))

    def test_parts_of_few_outputs(self):
        for count in (1, 3, 20):
            x, y = both(integers((count, MANY), 'f'))
            testing.assert_array_equal(y.sum(1), x.sum(1))
            testing.assert_array_equal(y.T.sum(0), x.sum(1))
            testing.assert_array_equal(y.argmin(1), x.argmin(1))
            testing.assert_array_equal(y.T.argmin(0), x.argmin(1))
            x = numpy.zeros((count, MANY), 'f')
            x[:, -1] = 1
            testing.assert_array_equal(
                cupy.array(x).argmax(1), [MANY - 1] * count)

    def test_parts_of_several_reduced_axes(self):
        x, y = both(integers((50, 2, 40, 30), 'f'))
        x, y = x[:, :, :, :29], y[:, :, :, :29]
        for axes in ((0, 2, 3), (0, 1), (2, 3), None):
            testing.assert_array_equal(y.sum(axes), x.sum(axes))

    def test_stops_where_nothing_can_change(self):
        for length in (50, 5000, 2 * MANY):
            for place in (0, length // 2, length - 1):
                x = numpy.ones(length, '?')
                x[place] = False
                for y in (cupy.array(x), cupy.array(numpy.stack([x] * 3))):
                    self.assertFalse(y.all(-1).get().any())
                    self.assertFalse(y.min(-1).get().any())
                    self.assertTrue((y.argmin(-1).get() == place).all())
                    y = y != True  # noqa: E712
                    self.assertTrue(y.any(-1).get().all())
                    self.assertTrue(y.max(-1).get().all())
                    self.assertTrue((y.argmax(-1).get() == place).all())
            self.assertEqual(int(cupy.zeros(length, '?').argmax()), 0)
            self.assertEqual(int(cupy.ones(length, '?').argmin()), 0)
            self.assertFalse(cupy.zeros(length, '?').any())

    def test_same_bits_each_time(self):
        y = cupy.array(numpy.random.RandomState(0).rand(3, MANY))
        for axis in (0, 1, None):
            first = y.sum(axis).get().tobytes()
            for _ in range(5):
                self.assertEqual(y.sum(axis).get().tobytes(), first)


class TestAccuracy(unittest.TestCase):

    def test_sums_are_pairwise(self):
        # One after another, the sums would be off by 1e-3 and more.
        x = numpy.full((1000, 1000), 0.1, 'f')
        y = cupy.array(x)
        exact = numpy.float64(numpy.float32(0.1))
        for array, axis, count in (
                (y, None, 10 ** 6), (y.reshape(-1, 2), 0, 5 * 10 ** 5),
                (y.reshape(2, -1), 1, 5 * 10 ** 5),
                (y, 1, 1000), (y.reshape(-1, 40), 1, 40),
                (y[:, :999], 1, 999), (y.reshape(-1, 40), 0, 25000),
                (y.reshape(-1, 40)[:, ::2], 0, 25000)):
            error = abs(array.sum(axis).get() / (exact * count) - 1)
            self.assertLess(error.max(), 6e-7, (array.shape, axis))

    def test_halves_are_summed_as_floats(self):
        y = cupy.full((5000, 2), 0.1, 'e')
        testing.assert_array_equal(
            y.sum(0), [numpy.float16(5000 * float(numpy.float16(0.1)))] * 2)
        self.assertEqual(float(cupy.full(60000, 3, 'e').mean()), 3)


class TestTypes(unittest.TestCase):

    def test_types_of_results(self):
        # No outputs: the types are decided, and no kernel is compiled.
        for name in ('sum', 'prod', 'max', 'min', 'argmax', 'argmin', 'all',
                     'any', 'mean', 'var', 'std'):
            for dtype in DTYPES:
                x, y = both(numpy.ones((0, 3), dtype))
                self.assertEqual(
                    getattr(y, name)(axis=1).dtype,
                    getattr(x, name)(axis=1).dtype, (name, dtype))

    def test_values(self):
        for names, dtypes in ((('sum',), DTYPES),
                              (('prod', 'max', 'min', 'argmax', 'argmin'),
                               '?Hqe'),
                              (('all', 'any'), '?eQ')):
            for dtype in dtypes:
                x = (integers((5, 40)) % 3).astype(dtype)
                x[0], x[1] = 0, 1
                x, y = both(x)
                for name in names:
                    testing.assert_array_equal(
                        getattr(y, name)(1), getattr(x, name)(1),
                        f'{name} {dtype}')

    def test_integers_wrap_around(self):
        x, y = both(numpy.full(7, 2 ** 62, 'q'))
        testing.assert_array_equal(y.sum(), x.sum())

    def test_dtype(self):
        x, y = both(numpy.array([[1.5, -2.5], [3.5, 4.5]]))
        for name, dtypes in (('sum', '?bef'), ('prod', '?q'),
                             ('mean', '?if')):
            for dtype in dtypes:
                expected = getattr(x, name)(axis=0, dtype=dtype)
                actual = getattr(y, name)(axis=0, dtype=dtype)
                self.assertEqual(actual.dtype, expected.dtype)
                testing.assert_array_equal(
                    actual, expected, f'{name} {dtype}')
        self.assertEqual(y.argmax(dtype='i').dtype, numpy.int32)
        self.assertEqual(y.max(dtype='f').dtype, numpy.float32)

    def test_not_a_number(self):
        for dtype in 'ed':
            for place in (0, 3, 77, 99):
                x = integers((3, 100), dtype)
                x[1, place] = numpy.nan
                if place == 3:
                    x[1, 50:] = numpy.nan
                x, y = both(x)
                for array, expected, axis in ((y, x, 1), (y, x, 0)):
                    for name in ('max', 'min', 'argmax', 'argmin'):
                        testing.assert_array_equal(
                            getattr(array, name)(axis),
                            getattr(expected, name)(axis), name)
        self.assertTrue(cupy.array([0, numpy.nan]).any())
        self.assertEqual(
            int(cupy.array([1, numpy.nan, numpy.inf]).argmax()), 1)

    def test_infinities(self):
        x, y = both(numpy.array([-numpy.inf, -numpy.inf]))
        for name in ('max', 'min', 'argmax', 'argmin', 'sum'):
            testing.assert_array_equal(
                getattr(y, name)(), getattr(x, name)())


class TestVariance(unittest.TestCase):

    def test_values(self):
        for dtype, rtol, axes in (
                ('i', 1e-12, (1,)), ('e', 2e-3, (0,)), ('f', 1e-6, (1,)),
                ('d', 1e-12, (0, (0, 2), None))):
            x, y = both(integers((6, 50, 4), dtype))
            for axis in axes:
                for name in ('mean', 'var', 'std'):
                    expected = getattr(x.astype('d'), name)(axis)
                    testing.assert_allclose(
                        getattr(y, name)(axis), expected, rtol=rtol,
                        err_msg=f'{name} {dtype}')

    def test_no_cancellation(self):
        x = 1e4 + numpy.random.RandomState(0).rand(1000).astype('f')
        testing.assert_allclose(
            cupy.array(x).var(), x.astype('d').var(), rtol=1e-4)

    def test_arguments(self):
        x, y = both(integers((6, 50)))
        testing.assert_allclose(y.var(0, ddof=1), x.var(0, ddof=1))
        testing.assert_allclose(y.std(0, ddof=2.5), x.std(0, ddof=2.5))
        self.assertEqual(y.var(1, keepdims=True).shape, (6, 1))
        self.assertEqual(y.var(dtype='f').dtype, numpy.float32)
        self.assertEqual(y.astype('i').std(dtype='e').dtype, numpy.float16)
        out = cupy.empty(50, 'f')
        self.assertIs(y.var(0, out=out), out)
        testing.assert_allclose(out, x.var(0), rtol=1e-6)
        with self.assertRaisesRegex(ValueError, r'\(49,\), expected \(50,\)'):
            y.var(0, out=cupy.empty(49))

    def test_nothing_left(self):
        self.assertTrue(numpy.isnan(float(cupy.empty(0).mean())))
        self.assertTrue(numpy.isnan(float(cupy.empty(0).var())))
        testing.assert_array_equal(
            cupy.array([1., 3.]).var(ddof=3), numpy.inf)


class TestNoElements(unittest.TestCase):

    def test_identities(self):
        for shape in ((0,), (0, 3), (3, 0), (2, 0, 3)):
            x, y = both(numpy.empty(shape, 'f'))
            for axes in subsets(len(shape)):
                for name in ('sum', 'prod', 'all', 'any'):
                    testing.assert_array_equal(
                        getattr(y, name)(axes), getattr(x, name)(axes))

    def test_extremes(self):
        y = cupy.empty((3, 0))
        self.assertEqual(y.max(0).shape, (0,))
        self.assertEqual(y.argmax(0).shape, (0,))
        for name in ('max', 'min', 'argmax', 'argmin'):
            for axis in (1, None):
                with self.assertRaisesRegex(
                        ValueError, f'cupy_{name} which has no identity'):
                    getattr(y, name)(axis)


class TestArguments(unittest.TestCase):

    def setUp(self):
        self.x, self.y = both(integers((3, 4, 5)))

    def test_axes(self):
        for axis in (-1, -3, (0, -1), (2, 0), (), numpy.int8(1)):
            testing.assert_array_equal(self.y.sum(axis), self.x.sum(axis))
        scalar = cupy.array(3.)
        for axis in (0, -1, (), None):
            self.assertEqual(float(scalar.sum(axis)), 3)

    def test_wrong_axes(self):
        for axis in (3, -4, (0, 3), (0, 0), (0, -3), 1.5, 'x', [0], True):
            with self.assertRaises(Exception) as expected:
                self.x.sum(axis)
            with self.assertRaises(type(expected.exception)) as actual:
                self.y.sum(axis)
            if axis not in (True, [0]):
                self.assertIn(
                    str(expected.exception), str(actual.exception))
        for axis in (1, (0,)):
            with self.assertRaises(numpy.exceptions.AxisError):
                cupy.array(3.).sum(axis)

    def test_output(self):
        for dtype in '?bife':
            out = cupy.empty((3, 5), dtype)
            self.assertIs(self.y.sum(1, out=out), out)
            testing.assert_array_equal(
                out, self.x.sum(1, out=numpy.empty((3, 5), dtype)))
        out = cupy.zeros((6, 5))
        self.y.sum(1, out=out[::2])
        testing.assert_array_equal(out[::2], self.x.sum(1))
        testing.assert_array_equal(out[1::2], 0)
        out = cupy.empty((3, 1, 5))
        self.assertIs(self.y.max(1, out=out, keepdims=True), out)

    def test_output_in_the_input(self):
        for x, y in (both(integers((40, 40))), both(integers((40, 40)).T)):
            expected = x.sum(0)
            y.sum(0, out=y[3])
            testing.assert_array_equal(y[3], expected)

    def test_wrong_output(self):
        for shape in ((3, 4), (5, 3), (3, 1, 5), (15,)):
            with self.assertRaisesRegex(ValueError, r'expected \(3, 5\)'):
                self.y.sum(1, out=cupy.empty(shape))
        with self.assertRaisesRegex(ValueError, r'expected \(3, 1, 5\)'):
            self.y.sum(1, out=cupy.empty((3, 5)), keepdims=True)
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            self.y.sum(1, out=numpy.empty((3, 5)))

    def test_wrong_input(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            cupy.core.aggregation.sum(self.x)


class TestCreateReductionFunc(unittest.TestCase):

    def test_expressions(self):
        # As code for version 1 makes them.
        norm = cupy.core.create_reduction_func(
            'norm2',
            ('?->l', 'l->l', ('e->e', (None, None, None, 'float')), 'f->f',
             ('d->d', ('pow(in0, 2.)', None, 'out0 = type_out0_raw(a)',
                       None))),
            ('in0 * in0', 'a + b', 'out0 = a', None), 0)
        for dtype, result in (('?', 'l'), ('b', 'l'), ('e', 'e'), ('f', 'f'),
                              ('d', 'd')):
            x, y = both(integers((5, 6)).astype(dtype))
            actual = norm(y, axis=1)
            self.assertEqual(actual.dtype, numpy.dtype(result))
            testing.assert_array_equal(
                actual, (x.astype('d') ** 2).sum(1).astype(result))
        self.assertEqual(float(norm(cupy.empty(0))), 0)

    def test_values_of_a_structure(self):
        argmax = cupy.core.create_reduction_func(
            'my_argmax', ('f->l', 'd->l'),
            ('pair<type_in0_raw>(in0, _J)', 'greater(a, b)',
             'out0 = a.index', 'pair<type_in0_raw>'), None, '''
template <typename T>
struct pair {
  T value;
  int index;
  __device__ pair() : index(-1) {}
  __device__ pair(T value, int index) : value(value), index(index) {}
};
template <typename T>
__device__ pair<T> greater(const pair<T>& a, const pair<T>& b) {
  if (a.value == b.value) return a.index < b.index ? a : b;
  return a.value > b.value ? a : b;
}
''')
        x, y = both(integers((60, 70)))
        for axis in (0, 1, None):
            testing.assert_array_equal(argmax(y, axis), x.argmax(axis))

    def test_unknown_type(self):
        floats = cupy.core.create_reduction_func('floats', ('f->f',))
        with self.assertRaisesRegex(TypeError, 'not defined for float64'):
            floats(cupy.empty(3))
