import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestConcatenate(unittest.TestCase):

    @testing.for_all_dtypes_combination(names=['x_dtype', 'y_dtype'])
    @testing.numpy_cupy_array_equal()
    def test_types(self, xp, x_dtype, y_dtype):
        return xp.concatenate([testing.shaped_arange((2, 3), xp, x_dtype),
                               testing.shaped_arange((1, 3), xp, y_dtype)])

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        y = testing.shaped_reverse_arange((2, 3, 4), xp)
        results = []
        for axis in range(-3, 3):
            part = [slice(None)] * 3
            part[axis] = slice(1, None)
            results.append(xp.concatenate((x, y[tuple(part)], x), axis))
        return results

    @testing.numpy_cupy_array_list_equal()
    def test_flattened(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        return [xp.concatenate([x, x[0], xp.array(3, 'f')], None)]

    @testing.numpy_cupy_array_list_equal()
    def test_strides(self, xp):
        x = testing.shaped_arange((4, 6), xp)
        return [xp.concatenate([x[::-1, ::2], x[:, 3:]], axis)
                for axis in (0, 1)]

    def test_order(self):
        for axis in (0, 1, 2):
            for first in [(0, 1, 2), (2, 1, 0), (1, 2, 0)]:
                for second in [(0, 1, 2), (2, 1, 0)]:
                    strides = [xp.concatenate(
                        [self.array(xp, first), self.array(xp, second)],
                        axis).strides for xp in (numpy, cupy)]
                    self.assertEqual(*strides)

    def test_order_of_extents_of_one(self):
        strides = [xp.concatenate([xp.ones((2, 3)).T[:, :1]] * 2, 1).strides
                   for xp in (numpy, cupy)]
        self.assertEqual(*strides)

    def array(self, xp, axes):
        """Array of shape (2, 3, 4) whose axes lie in memory in an order."""
        shape = [(2, 3, 4)[axis] for axis in axes]
        return xp.ones(shape).transpose([axes.index(d) for d in range(3)])

    @testing.numpy_cupy_array_list_equal()
    def test_empty(self, xp):
        return [xp.concatenate([xp.ones((0, 3)), xp.ones((2, 3)),
                                xp.ones((0, 3), '?')]),
                xp.concatenate([xp.ones((2, 0))] * 2, 1)]

    @testing.numpy_cupy_array_list_equal()
    def test_sequences(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)
        return [xp.concatenate(x, 1), xp.concatenate([[1, 2], xp.ones(1)]),
                xp.concatenate([x])]

    def test_copy(self):
        x = cupy.zeros(2)
        cupy.concatenate([x]).fill(1)
        testing.assert_array_equal(x, [0, 0])

    @testing.numpy_cupy_raises()
    def test_none(self, xp):
        xp.concatenate([])

    @testing.numpy_cupy_raises()
    def test_zero_dimensional(self, xp):
        xp.concatenate([xp.array(1), xp.array(2)])

    @testing.numpy_cupy_raises()
    def test_different_dimensions(self, xp):
        xp.concatenate([xp.ones((1, 3)), xp.ones(3)])

    @testing.numpy_cupy_raises()
    def test_different_shapes(self, xp):
        xp.concatenate([xp.ones((2, 3)), xp.ones((2, 2))])

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.concatenate([xp.ones(3)], 1)

    @testing.numpy_cupy_raises()
    def test_no_sequence(self, xp):
        xp.concatenate(3)

    def test_array_of_the_host(self):
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            cupy.concatenate([cupy.ones(2), numpy.ones(2)])


@testing.gpu
class TestStack(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3), xp)
        y = testing.shaped_reverse_arange((3, 2), xp, 'h').T
        return [xp.stack((x, y), axis) for axis in range(-3, 3)]

    @testing.numpy_cupy_array_list_equal()
    def test_zero_dimensional(self, xp):
        return [xp.stack([xp.array(1), xp.array(2)]), xp.stack([1, 2.5]),
                xp.stack([xp.ones((2, 0))] * 3)]

    def test_order(self):
        for axis in range(4):
            strides = [xp.stack(2 * [xp.ones((4, 3, 2)).T], axis).strides
                       for xp in (numpy, cupy)]
            self.assertEqual(*strides)

    @testing.numpy_cupy_raises()
    def test_none(self, xp):
        xp.stack([])

    @testing.numpy_cupy_raises()
    def test_different_shapes(self, xp):
        xp.stack([xp.ones(2), xp.ones(3)])

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.stack([xp.ones(2)], 2)


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['hstack', 'vstack', 'dstack', 'column_stack']}))
class TestStacks(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        f = getattr(xp, self.name)
        x = testing.shaped_arange((2, 3), xp)
        return [f([y, y[::-1]]) for y in (
            x, x.T, x[0], x[:, :1], xp.ones((2, 0)), xp.ones((2, 3, 4)))]

    @testing.numpy_cupy_array_list_equal()
    def test_zero_dimensional(self, xp):
        f = getattr(xp, self.name)
        return [f([xp.array(1), xp.array(2.5)]), f([1, 2])]

    @testing.numpy_cupy_array_list_equal()
    def test_mixed_dimensions(self, xp):
        x = testing.shaped_arange((3, 1), xp)
        pairs = {'hstack': [x[0], x[:, 0]], 'vstack': [x[:1], x[0]],
                 'dstack': [x[:1], x[0]], 'column_stack': [x, x[:, 0]]}
        return [getattr(xp, self.name)(pairs[self.name])]

    @testing.numpy_cupy_array_list_equal()
    def test_whole_array(self, xp):
        return [getattr(xp, self.name)(testing.shaped_arange((2, 3, 4), xp))]

    @testing.numpy_cupy_raises()
    def test_none(self, xp):
        getattr(xp, self.name)([])

    @testing.numpy_cupy_raises()
    def test_different_shapes(self, xp):
        getattr(xp, self.name)([xp.ones((2, 3, 4)), xp.ones((3, 2, 5))])
