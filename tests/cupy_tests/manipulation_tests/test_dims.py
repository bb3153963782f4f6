import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
@testing.parameterize(*testing.product({
    'name': ['atleast_1d', 'atleast_2d', 'atleast_3d']}))
class TestAtLeast(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_one(self, xp):
        return [getattr(xp, self.name)(x) for x in (
            xp.array(3), xp.arange(4), testing.shaped_arange((2, 3), xp).T,
            testing.shaped_arange((2, 3, 4), xp), xp.ones((2, 3, 4, 5)),
            3, [1, 2])]

    def test_several(self):
        results = [getattr(xp, self.name)(xp.array(3), xp.ones((2, 3, 4)))
                   for xp in (cupy, numpy)]
        testing.assert_array_list_equal(*results)
        self.assertIs(type(results[0]), type(results[1]))

    def test_none(self):
        self.assertEqual(getattr(cupy, self.name)(),
                         getattr(numpy, self.name)())

    def test_view(self):
        x = cupy.zeros(2)
        getattr(cupy, self.name)(x).fill(1)
        testing.assert_array_equal(x, [1, 1])


@testing.gpu
class TestBroadcast(unittest.TestCase):

    def test_attributes(self):
        x, y = cupy.arange(3), cupy.ones((2, 1))
        b = cupy.broadcast(x, 5, y)
        self.assertEqual((b.shape, b.size, b.nd, b.ndim), ((2, 3), 6, 2, 2))
        self.assertEqual(b.values[1], 5)
        testing.assert_array_equal(b.values[0], [[0, 1, 2], [0, 1, 2]])
        testing.assert_array_equal(b.values[2], numpy.ones((2, 3)))

    def test_no_arrays(self):
        b = cupy.broadcast(1, 2)
        self.assertEqual((b.shape, b.size, b.nd, b.values),
                         ((), 1, 0, [1, 2]))

    def test_empty(self):
        b = cupy.broadcast(cupy.ones((2, 0)), cupy.ones((1, 1)))
        self.assertEqual((b.shape, b.size), ((2, 0), 0))

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.broadcast(xp.ones(3), xp.ones(2))


@testing.gpu
class TestBroadcastArrays(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_arrays(self, xp):
        return xp.broadcast_arrays(
            xp.arange(3), xp.array(2.5), testing.shaped_arange((2, 1), xp),
            [1])

    def test_strides(self):
        for n, c in zip(*[xp.broadcast_arrays(
                xp.ones(3), xp.ones(()), xp.ones((4, 2, 3))[::-1])
                for xp in (numpy, cupy)]):
            self.assertEqual(n.strides, c.strides)

    def test_type(self):
        self.assertIs(type(cupy.broadcast_arrays(cupy.ones(2))),
                      type(numpy.broadcast_arrays(numpy.ones(2))))

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.broadcast_arrays(xp.ones((2, 3)), xp.ones((2, 2)))


@testing.gpu
class TestBroadcastTo(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_shapes(self, xp):
        x = testing.shaped_arange((3, 1), xp)
        return [xp.broadcast_to(x, (3, 4)), xp.broadcast_to(x, [2, 3, 1]),
                xp.broadcast_to(x[::-1], (3, 0)), xp.broadcast_to(x, (3, 1)),
                xp.broadcast_to(xp.array(2), 3), xp.broadcast_to(2, (1, 1))]

    def test_strides(self):
        strides = [xp.broadcast_to(xp.ones((3, 1, 4)), (2, 3, 5, 4)).strides
                   for xp in (numpy, cupy)]
        self.assertEqual(*strides)

    @testing.numpy_cupy_raises()
    def test_mismatch(self, xp):
        xp.broadcast_to(xp.ones((2, 3)), (3, 3))

    @testing.numpy_cupy_raises()
    def test_fewer(self, xp):
        xp.broadcast_to(xp.ones((1, 3)), (3,))


@testing.gpu
class TestExpandDims(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3), xp)[:, ::2]
        return [xp.expand_dims(x, axis) for axis in (
            -3, -2, -1, 0, 1, 2, (0, 1), (-1, 0), [1, 3])]

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.expand_dims(xp.ones((2, 3)), 3)

    @testing.numpy_cupy_raises()
    def test_wrong_negative_axis(self, xp):
        xp.expand_dims(xp.ones((2, 3)), -4)

    @testing.numpy_cupy_raises()
    def test_twice(self, xp):
        xp.expand_dims(xp.ones((2, 3)), (0, -4))


@testing.gpu
class TestSqueeze(unittest.TestCase):

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((1, 2, 1, 3, 1), xp)
        return [xp.squeeze(x, axis) for axis in (
            None, 0, 2, -1, (0, 2), (4, 0), ())] + [
            xp.squeeze(xp.ones((1, 1))), xp.squeeze(xp.array(3))]

    @testing.numpy_cupy_raises()
    def test_long_axis(self, xp):
        xp.squeeze(xp.ones((1, 2)), 1)

    @testing.numpy_cupy_raises()
    def test_wrong_axis(self, xp):
        xp.squeeze(xp.ones((1, 2)), 2)

    @testing.numpy_cupy_raises()
    def test_twice(self, xp):
        xp.squeeze(xp.ones((1, 2)), (0, -2))
