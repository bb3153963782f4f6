import unittest

from cupy import testing


@testing.gpu
class TestTrace(unittest.TestCase):

    @testing.for_all_dtypes()
    @testing.numpy_cupy_allclose()
    def test_types(self, xp, dtype):
        return xp.trace(testing.shaped_arange((3, 3), xp, dtype))

    @testing.numpy_cupy_array_list_equal()
    def test_axes(self, xp):
        x = testing.shaped_arange((2, 3, 4), xp)[:, ::-1]
        return [xp.trace(x, k, i, j) for k in (-1, 0, 2, 5)
                for i, j in ((0, 1), (2, 0), (-1, 1))]

    @testing.numpy_cupy_array_equal()
    def test_dtype(self, xp):
        return xp.trace(testing.shaped_arange((2, 3), xp, 'b'), dtype='f')

    @testing.numpy_cupy_array_equal()
    def test_out(self, xp):
        out = xp.zeros(4, 'f')
        x = testing.shaped_arange((2, 3, 4), xp)
        self.assertIs(xp.trace(x, out=out), out)
        return out

    @testing.numpy_cupy_array_equal()
    def test_list(self, xp):
        return xp.trace([[1, 2], [3, 4]])

    @testing.numpy_cupy_raises()
    def test_vector(self, xp):
        xp.trace(xp.ones(3))
