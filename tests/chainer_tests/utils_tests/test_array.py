import unittest

import numpy as np

from chainer.utils import array


class TestAsMat(unittest.TestCase):

    def test_shapes(self):
        for shape, expected in (((2, 3), (2, 3)), ((2, 3, 4), (2, 12)),
                                ((2, 3, 4, 5), (2, 60)), ((4,), (4, 1)),
                                ((0, 3, 2), (0, 6)), ((2, 0, 3), (2, 0)),
                                ((0, 0), (0, 0))):
            x = np.arange(np.prod(shape)).reshape(shape)
            y = array.as_mat(x)
            self.assertEqual(y.shape, expected)
            np.testing.assert_array_equal(y.ravel(), x.ravel())

    def test_matrix_is_left(self):
        x = np.zeros((2, 3)).T
        self.assertIs(array.as_mat(x), x)

    def test_no_copy(self):
        x = np.zeros((2, 3, 4))
        array.as_mat(x)[1, 11] = 5
        self.assertEqual(x[1, 2, 3], 5)

    def test_any_layout(self):
        x = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)
        np.testing.assert_array_equal(array.as_mat(x), x.reshape(4, 6))
