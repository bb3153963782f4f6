import unittest

import numpy as np

from chainer import utils
from chainer.utils import force


class TestForceArray(unittest.TestCase):

    def check(self, x, value, dtype):
        self.assertIs(type(x), np.ndarray)
        self.assertEqual(x.dtype, np.dtype(dtype))
        np.testing.assert_array_equal(x, value)

    def test_array_is_left(self):
        for shape in (), (2, 3), (0,):
            x = np.zeros(shape, 'f')
            self.assertIs(utils.force_array(x), x)
            self.assertIs(utils.force_array(x, 'f'), x)
            self.assertIs(utils.force_array(x, np.float32), x)

    def test_numpy_scalar(self):
        x = np.array(3, 'f')
        self.assertNotIsInstance(x + x, np.ndarray)  # why it is needed
        self.check(utils.force_array(x + x), 6, 'f')
        self.check(utils.force_array(x > 2), True, '?')
        self.check(utils.force_array(np.int64(3)), 3, 'l')

    def test_number(self):
        self.check(utils.force_array(1.5), 1.5, 'd')
        self.check(utils.force_array(2, 'e'), 2, 'e')
        self.check(utils.force_array(True), True, '?')

    def test_dtype(self):
        self.check(utils.force_array(np.float32(1.5), 'd'), 1.5, 'd')
        self.check(utils.force_array(np.ones((2, 1), 'd'), 'f'),
                   np.ones((2, 1)), 'f')
        self.check(utils.force_array(np.ones(2, 'f'), np.float16), [1, 1],
                   'e')

    def test_import(self):
        self.assertIs(utils.force_array, force.force_array)


class TestForceType(unittest.TestCase):

    def test_number(self):
        for dtype in 'e', 'f', 'd', 'i', 'q':
            dtype = np.dtype(dtype)
            for number in 3, 3.0, np.float64(3), np.int8(3):
                x = utils.force_type(dtype, number)
                self.assertEqual(x, 3)
                self.assertEqual(x.dtype, dtype)

    def test_result_keeps_its_type(self):
        for shape in (), (2,):
            x = np.ones(shape, 'f')
            for number in 2, 2.5, np.float64(2.5), np.array(2.5):
                y = x * utils.force_type(x.dtype, number)
                self.assertEqual(y.dtype, np.float32)

    def test_array(self):
        x = np.ones((2, 3), 'f')
        self.assertIs(utils.force_type(np.dtype('f'), x), x)
        y = utils.force_type(np.dtype('d'), x)
        self.assertEqual(y.dtype, np.float64)
        np.testing.assert_array_equal(y, x)

    def test_import(self):
        self.assertIs(utils.force_type, force.force_type)
