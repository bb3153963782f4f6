import operator
import os
import random
import subprocess
import sys
import unittest

import numpy

import cupy
from cupy import testing
from cupy.core import indexing

SHAPES = [(), (4,), (3, 4), (0, 3), (2, 3, 4)]


def expressions(seed, number):
    """Yields shapes and random index expressions of all kinds."""
    source = random.Random(seed)
    for _ in range(number):
        shape = source.choice(SHAPES)
        items = []
        axis = 0
        common = source.choice([(), (1,), (2,), (3, 2), (0,)])
        dtype = source.choice([numpy.int32, numpy.int64, numpy.int64])
        while axis < len(shape) and source.random() < 0.9:
            kind = source.choice(
                ['int', 'slice', 'none', 'array', 'array', 'mask', 'bool'])
            if kind == 'int' and shape[axis]:
                items.append(source.randrange(-shape[axis], shape[axis]))
            elif kind == 'none':
                items.append(None)
                continue
            elif kind == 'bool' and source.random() < 0.2:
                items.append(source.choice(
                    [True, numpy.array(True), numpy.array(False)]))
                continue
            elif kind == 'array' and (shape[axis] or 0 in common):
                items.append(_indices(
                    source, shape[axis], common, dtype))
            elif kind == 'mask' and source.random() < 0.5:
                ndim = source.randint(1, len(shape) - axis)
                size = shape[axis:axis + ndim]
                items.append(numpy.array([
                    source.random() < 0.4 for _ in range(
                        int(numpy.prod(size)))], dtype=bool).reshape(size))
                axis += ndim - 1
            else:
                ends = [None, *range(-shape[axis] - 1, shape[axis] + 2)]
                items.append(slice(source.choice(ends), source.choice(ends),
                                   source.choice([None, 1, 2, -1, -2])))
            axis += 1
        if source.random() < 0.3:
            items.insert(source.randint(0, len(items)), Ellipsis)
            # What follows an ellipsis counts from the last axis.
            items = items if axis == len(shape) else [
                item for item in items if item is not Ellipsis]
        yield shape, tuple(items)


def _indices(source, extent, common, dtype):
    # Any shape that is broadcast to the common one.
    shape = common[source.randint(0, len(common)):]
    shape = tuple(n if source.random() < 0.8 else 1 for n in shape)
    count = int(numpy.prod(shape))
    if extent == 0:
        return numpy.zeros((*shape, 0), dtype)
    return numpy.array([source.randrange(-extent, extent)
                        for _ in range(count)], dtype=dtype).reshape(shape)


def on_device(items):
    return tuple(cupy.array(item) if isinstance(item, numpy.ndarray) else item
                 for item in items)


class TestRandomExpressions(unittest.TestCase):

    """Random expressions, whose arrays are on the device or of NumPy."""

    def check_all(self, check, seed, number):
        valid = 0
        for k, (shape, items) in enumerate(expressions(seed, number)):
            a = testing.shaped_arange(shape, numpy)
            x = cupy.array(a)
            if len(shape) > 1 and k % 3 == 0:  # another order in memory
                x = cupy.array(a.swapaxes(0, -1)).swapaxes(0, -1)
            ours = on_device(items) if k % 2 else items
            with self.subTest(shape=shape, items=items):
                try:
                    selected = a[items]
                except IndexError:
                    self.assertRaises(IndexError, operator.getitem, x, ours)
                    with self.assertRaises(IndexError):
                        x[ours] = 0
                    continue
                check(a.copy(), x, items, ours, selected)
                valid += 1
        self.assertGreater(valid, number * 0.9)

    def test_get(self):
        def check(a, x, items, ours, selected):
            actual = x[ours]
            self.assertEqual(actual.dtype, a.dtype)
            testing.assert_array_equal(actual, selected)

        self.check_all(check, 0, 300)

    def test_set(self):
        source = random.Random(1)

        def check(a, x, items, ours, selected):
            shape = [n if source.random() < 0.7 else 1
                     for n in selected.shape]
            shape = shape[source.randrange(len(shape) + 1):]
            value = -testing.shaped_arange(
                shape, numpy, source.choice('fffd'))
            # Of several values for one element, any may win.
            count = numpy.zeros(a.shape, int)
            numpy.add.at(count, items, 1)
            before = a.copy()
            a[items] = value
            x[ours] = cupy.array(value)
            actual = x.get()
            repeated = count > 1
            if value.size > 1 and repeated.any():
                self.assertFalse((actual == before)[repeated].any())
                actual[repeated] = a[repeated]
            numpy.testing.assert_array_equal(actual, a)

        self.check_all(check, 2, 120)

    def test_scatter_add(self):
        def check(a, x, items, ours, selected):
            value = testing.shaped_arange(selected.shape, numpy, a.dtype)
            numpy.add.at(a, items, value)
            indexing.scatter_add(x, ours, cupy.array(value))
            testing.assert_array_equal(x, a)

        self.check_all(check, 3, 60)


class TestIndexArrays(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_rows(self, xp, dtype):
        x = testing.shaped_arange((5, 3), xp, dtype)
        return x[xp.array([4, -1, 0, 0])]

    @testing.for_int_dtypes(no_bool=True)
    @testing.numpy_cupy_array_equal()
    def test_types_of_indices(self, xp, dtype):
        x = testing.shaped_arange((3, 4), xp)
        return x[xp.array([2, 0], dtype), xp.array([[1], [3]], dtype)]

    def test_copies(self):
        x = cupy.arange(6).reshape(2, 3)
        for key in ([0], numpy.array(0), cupy.array(0),
                    numpy.array(True), cupy.ones((2, 3), bool)):
            y = x[key]
            self.assertIsNone(y.base)
            y[...] = -1
        self.assertEqual(x.tolist(), [[0, 1, 2], [3, 4, 5]])

    def test_sequences(self):
        a = testing.shaped_arange((3, 4), numpy)
        x = cupy.array(a)
        for key in ([2, 0], [[0, 1], [2, 0]], range(2), ((0, 1),),
                    (slice(None), [3, 3]), [], [True, False, True],
                    [[True, False, True, True]] * 3):
            with self.subTest(key=key):
                testing.assert_array_equal(x[key], a[key])

    def test_index_of_device_wraps_around(self):
        x = cupy.arange(5)
        indices = cupy.array([5, -6, 12, -14, 2 ** 62, -2 ** 63])
        expected = (numpy.array(indices.get()) % 5).tolist()
        self.assertEqual(x[indices].tolist(), expected)
        x[indices] = -1
        self.assertEqual(
            x.tolist(), [-1 if i in expected else i for i in range(5)])

    def test_index_of_host_out_of_range(self):
        x = cupy.zeros((2, 3))
        for key, message in (
                ([0, 2], 'index 2 is out of bounds for axis 0 with size 2'),
                ((0, [0, -4]),
                 'index -4 is out of bounds for axis 1 with size 3'),
                ((slice(None), numpy.array([[9]])), 'index 9')):
            with self.assertRaisesRegex(IndexError, message):
                x[key]
            with self.assertRaisesRegex(IndexError, message):
                x[key] = 1

    def test_empty_axis(self):
        x = cupy.zeros((0, 3))
        with self.assertRaisesRegex(IndexError, 'axis 0'):
            x[cupy.array([0])]
        with self.assertRaisesRegex(IndexError, 'axis 0'):
            x[cupy.array([0])] = 1
        self.assertEqual(x[cupy.zeros(0, int)].shape, (0, 3))
        self.assertEqual(x[:, cupy.array([2, 0])].shape, (0, 2))

    def test_wrong(self):
        a = testing.shaped_arange((2, 3), numpy)
        x = cupy.array(a)
        for key in (numpy.array([1.0]), [0.5], ['a'], [None], [slice(1)],
                    numpy.zeros(0), ([0, 1], [0, 1, 2]), (0, 0, [0]),
                    numpy.zeros((2, 2), bool), [True], (0, [True] * 2),
                    numpy.zeros((2, 3, 1), bool)):
            with self.subTest(key=key):
                keys = key if isinstance(key, tuple) else (key,)
                self.assertRaises(IndexError, operator.getitem, a, key)
                for ours in (keys, on_device(keys)):
                    self.assertRaises(IndexError, operator.getitem, x, ours)
                    with self.assertRaises(IndexError):
                        x[ours] = 1

    def test_message_of_shapes(self):
        x = cupy.zeros((2, 3))
        with self.assertRaisesRegex(IndexError, r'\(2,\) \(3,\)'):
            x[[0, 1], [0, 1, 2]]

    def test_set_converts(self):
        x = cupy.zeros((3, 2), numpy.int16)
        x[[0, 2]] = cupy.array([1.75, -2.5])
        self.assertEqual(x.tolist(), [[1, -2], [0, 0], [1, -2]])
        x[cupy.array([1])] = 7.9
        self.assertEqual(x.tolist(), [[1, -2], [7, 7], [1, -2]])
        x[[0, 1], [0, 1]] = [5, 6]
        self.assertEqual(x.tolist(), [[5, -2], [7, 6], [1, -2]])

    def test_set_wrong_shape(self):
        x = cupy.zeros((4, 3))
        for key, shape in (([0, 1], (3, 3)), ([0, 1], (1, 3, 3)), ([], (2,)),
                           ((slice(None), [0]), (4, 2))):
            with self.assertRaisesRegex(ValueError, 'shape mismatch'):
                x[key] = cupy.ones(shape)

    def test_overlap(self):
        a = numpy.arange(8)
        x = cupy.array(a)
        order = numpy.array([3, 2, 1, 0, 7, 6, 5, 4])
        a[order] = a.copy()
        x[cupy.array(order)] = x
        testing.assert_array_equal(x, a)
        a[a.copy()] = a[::-1].copy()
        x[x] = x[::-1]
        testing.assert_array_equal(x, a)

    def test_where_the_axes_go(self):
        a = testing.shaped_arange((5, 3, 4), numpy)
        x = cupy.array(a)
        i = [0, 1]
        for key in (numpy.s_[:, i, i], numpy.s_[:, i, ..., i],
                    numpy.s_[:, i, ..., 1], numpy.s_[:, 1, ..., i],
                    numpy.s_[:, ..., i, 2], numpy.s_[i, :, i],
                    numpy.s_[:, i, None, 0], numpy.s_[None, :, i, i],
                    numpy.s_[:, numpy.array(True), ..., i, 0]):
            with self.subTest(key=key):
                testing.assert_array_equal(x[key], a[key])

    def test_many_arrays(self):
        a = testing.shaped_arange((2,) * 9, numpy)
        key = tuple(numpy.array([k % 2, 1]) for k in range(9))
        testing.assert_array_equal(cupy.array(a)[on_device(key)], a[key])

    def test_large(self):
        a = testing.shaped_random((2000, 40), numpy)
        rows = numpy.random.RandomState(0).randint(-2000, 2000, 3000)
        x = cupy.array(a)
        testing.assert_array_equal(x[cupy.array(rows)], a[rows])
        testing.assert_array_equal(x.T[:, cupy.array(rows)], a.T[:, rows])

    @testing.multi_gpu(2)
    def test_other_device(self):
        x = cupy.arange(3)
        with cupy.cuda.Device(1):
            with self.assertRaises(ValueError):
                x[cupy.array([0])]


@unittest.skipUnless(cupy.cuda.backend == 'host', 'of the host device')
class TestCheckedIndices(unittest.TestCase):

    program = '''
import cupy
x = cupy.arange(12).reshape(3, 4)
assert x[cupy.array([2, -3])].tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]
for statement in ('x[cupy.array([3])]', 'x.take(cupy.array([-5]), axis=1)',
                  'x[:, cupy.array([4])] = 0'):
    try:
        exec(statement)
    except cupy.cuda.driver.CUDADriverError as error:
        print(error)
'''

    def test_out_of_range(self):
        environ = dict(os.environ, CUPY_HOST_CHECK='1')
        output = subprocess.run(
            [sys.executable, '-c', self.program], env=environ, check=True,
            capture_output=True, text=True).stdout
        for line, text in zip(output.splitlines(), (
                'index 3 is out of range', 'index -5 is out of range',
                'index 4 is out of range'), strict=True):
            self.assertIn(text, line)


class TestMasks(unittest.TestCase):

    def setUp(self):
        self.a = testing.shaped_arange((3, 4), numpy)
        self.x = cupy.array(self.a)
        self.mask = self.a % 3 == 1

    @testing.for_all_dtypes()
    @testing.numpy_cupy_array_equal()
    def test_get(self, xp, dtype):
        x = testing.shaped_arange((3, 4), xp, dtype)
        return x[xp.array(self.mask)]

    def test_get_of_other_order(self):
        mask = cupy.array(self.mask)
        for f in (lambda x: x.T, lambda x: x[::-1, ::2]):
            testing.assert_array_equal(
                f(self.x)[f(mask)], f(self.a)[f(self.mask)])
            testing.assert_array_equal(
                f(self.x)[f(mask).copy()], f(self.a)[f(self.mask)])

    def test_get_rows(self):
        mask = numpy.array([True, False, True])
        for m in (mask, cupy.array(mask)):
            testing.assert_array_equal(self.x[m], self.a[mask])
            testing.assert_array_equal(self.x[m, 1:], self.a[mask, 1:])
            testing.assert_array_equal(self.x.T[:, m], self.a.T[:, mask])

    def test_get_long(self):
        # Longer than one run of each part, and not a multiple of it.
        for size in (63, 64, 65, 1000, 70000):
            a = testing.shaped_random((size,), numpy)
            mask = a < 3
            testing.assert_array_equal(
                cupy.array(a)[cupy.array(mask)], a[mask])

    def check_set(self, mask, value):
        a = self.a.copy()
        a[mask] = value
        of_device = cupy.array(value) if isinstance(
            value, numpy.ndarray) else value
        for m in (mask, cupy.array(mask)):
            x = self.x.copy()
            x[m] = of_device
            testing.assert_array_equal(x, a)

    def test_set(self):
        count = int(self.mask.sum())
        for value in (5, -1.5, numpy.array(3), numpy.array([7.]),
                      numpy.arange(count), numpy.zeros(0)[:0]):
            if getattr(value, 'size', 1):
                self.check_set(self.mask, value)
        self.check_set(numpy.zeros((3, 4), bool), numpy.zeros(0))
        self.check_set(numpy.zeros((3, 4), bool), 1)

    def test_set_rows(self):
        mask = numpy.array([True, False, True])
        for shape in ((), (4,), (1,), (1, 4), (2, 1), (2, 4), (1, 2, 4)):
            self.check_set(mask, testing.shaped_arange(shape, numpy))

    def test_set_wrong(self):
        mask = cupy.array(self.mask)
        for m, value, error in (
                (mask, cupy.zeros(3), ValueError),
                (mask, cupy.zeros((1, 4)), TypeError),
                (mask[:, 0], cupy.zeros(3), ValueError),
                (mask[:, 0], cupy.zeros((4, 4)), ValueError),
                (mask[:, :3], 1, IndexError)):
            with self.assertRaises(error):
                self.x[m] = value
        testing.assert_array_equal(self.x, self.a)

    def test_set_overlapping(self):
        mask = numpy.array([True, True, False, True])
        m = cupy.array(mask)
        m[m[::-1]] = False
        mask[mask[::-1].copy()] = False
        testing.assert_array_equal(m, mask)
        m = cupy.ones(4, bool)
        m[m] = False
        self.assertEqual(m.tolist(), [False] * 4)

    def test_scalars(self):
        for key in (True, False, numpy.True_, numpy.array(False),
                    (True, 1), (slice(None), True), (None, False),
                    (True, [0, 1])):
            with self.subTest(key=key):
                testing.assert_array_equal(self.x[key], self.a[key])
        testing.assert_array_equal(
            self.x[cupy.array(False)], self.a[numpy.array(False)])
        self.x[False] = 9
        testing.assert_array_equal(self.x, self.a)
        self.x[True] = 9
        self.assertEqual(self.x.tolist(), [[9] * 4] * 3)


class TestScatterAdd(unittest.TestCase):

    @testing.for_all_dtypes()
    def test_repeated(self, dtype):
        a = testing.shaped_arange((3, 2), numpy, dtype)
        x = cupy.array(a)
        numpy.add.at(a, [0, 2, 0], numpy.ones(2, dtype))
        indexing.scatter_add(x, [0, 2, 0], cupy.ones(2, dtype))
        testing.assert_array_equal(x, a)

    def test_many(self):
        indices = numpy.random.RandomState(0).randint(0, 7, 40000)
        for dtype in 'fdilQ':
            x = cupy.zeros(7, dtype)
            indexing.scatter_add(x, cupy.array(indices), 1)
            self.assertEqual(x.tolist(), numpy.bincount(indices).tolist())

    def test_basic(self):
        x = cupy.zeros((2, 3), numpy.int32)
        indexing.scatter_add(x, (slice(None), 1), cupy.array([5, 6]))
        indexing.scatter_add(x, 0, 1.75)
        self.assertEqual(x.tolist(), [[1, 6, 1], [0, 6, 0]])

    def test_mask(self):
        x = cupy.arange(4)
        indexing.scatter_add(x, x > 1, cupy.array([10, 20]))
        self.assertEqual(x.tolist(), [0, 1, 12, 23])
