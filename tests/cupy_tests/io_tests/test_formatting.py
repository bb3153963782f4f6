import unittest

import numpy

import cupy
from cupy import testing


@testing.gpu
class TestFormatting(unittest.TestCase):

    def check(self, name, *args, **kwargs):
        for x in (testing.shaped_arange((2, 3), numpy),
                  numpy.array([1e-10, 1 / 3, 2]), numpy.array(3),
                  numpy.ones((0, 2), 'b'), numpy.array([[True], [False]])):
            self.assertEqual(
                getattr(cupy, name)(cupy.array(x), *args, **kwargs),
                getattr(numpy, name)(x, *args, **kwargs))

    def test_repr(self):
        self.check('array_repr')

    def test_str(self):
        self.check('array_str')

    def test_options(self):
        for name in ('array_repr', 'array_str'):
            self.check(name, 12)
            self.check(name, precision=2)
            self.check(name, suppress_small=True)

    def test_numbers(self):
        self.assertEqual(cupy.binary_repr(5), '101')
        self.assertEqual(cupy.base_repr(5, 3), '12')
