import unittest

import numpy

import chainer
from chainer import initializer


class TestInitializer(unittest.TestCase):

    def test_alias(self):
        self.assertIs(chainer.Initializer, initializer.Initializer)

    def test_must_be_overridden(self):
        with self.assertRaisesRegex(NotImplementedError, '__call__'):
            chainer.Initializer()(numpy.empty(3))

    def test_dtype(self):
        self.assertIsNone(chainer.Initializer().dtype)
        self.assertEqual(
            chainer.Initializer(dtype=numpy.float16).dtype, numpy.float16)

    def test_check_dtype(self):
        array = numpy.empty(3, 'f')
        for dtype in (None, numpy.float32, 'f', numpy.dtype('float32')):
            chainer.Initializer(dtype).check_dtype(array)
        for dtype in (numpy.float64, 'e', 'i'):
            with self.assertRaisesRegex(TypeError, 'float32'):
                chainer.Initializer(dtype).check_dtype(array)

    def test_subclass_without_super_init(self):
        class Fill(chainer.Initializer):
            def __init__(self, value):
                self.value = value

            def __call__(self, array):
                self.check_dtype(array)
                array[...] = self.value

        array = numpy.empty(3, 'f')
        Fill(7)(array)
        numpy.testing.assert_array_equal(array, 7)


class TestGetFans(unittest.TestCase):

    def test_fans(self):
        for shape, fans in [((2, 1), (1, 2)), ((2, 3), (3, 2)),
                            ((4, 3, 5), (15, 4)), ((2, 3, 4, 5), (60, 2)),
                            ((2, 0), (0, 2))]:
            self.assertEqual(initializer.get_fans(shape), fans)

    def test_large(self):
        self.assertEqual(initializer.get_fans((2, 2 ** 20, 2 ** 20)),
                         (2 ** 40, 2))

    def test_no_weight(self):
        for shape in [(), (3,), 3, [2, 3]]:
            with self.assertRaisesRegex(ValueError, 'out, in'):
                initializer.get_fans(shape)
