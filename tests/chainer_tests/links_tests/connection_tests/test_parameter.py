import unittest
import warnings

import numpy

import chainer
import chainer.links as L


class TestParameter(unittest.TestCase):

    def setUp(self):
        self.array = numpy.array([[1, 2], [3, 4]], 'd')
        with self.assertWarns(DeprecationWarning) as cm:
            self.link = L.Parameter(self.array)
        self.warning = cm

    def test_warning_points_here(self):
        self.assertEqual(self.warning.filename, __file__)

    def test_parameter(self):
        self.assertEqual([name for name, _ in self.link.namedparams()],
                         ['/W'])
        self.assertEqual(self.link.W.dtype, numpy.float64)
        numpy.testing.assert_array_equal(self.link.W.data, self.array)

    def test_no_array(self):
        for array in [1, 2], 3, None:
            with warnings.catch_warnings(), self.assertRaisesRegex(
                    TypeError, '^a Variable holds a numpy.ndarray'):
                warnings.simplefilter('ignore')
                L.Parameter(array)

    def test_array_is_copied(self):
        self.array[...] = 0
        self.assertEqual(self.link.W.data.tolist(), [[1, 2], [3, 4]])

    def test_forward(self):
        y = self.link()
        self.assertIsInstance(y, chainer.Variable)
        self.assertIsNot(y, self.link.W)
        numpy.testing.assert_array_equal(y.data, self.array)

    def test_backward(self):
        self.link.cleargrads()
        y = self.link()
        y.grad = numpy.array([[5, 6], [7, 8]], 'd')
        y.backward()
        self.assertEqual(self.link.W.grad.tolist(), [[5, 6], [7, 8]])

    def test_volatility(self):
        for volatile in 'off', 'on', 'auto':
            y = self.link(volatile)
            self.assertEqual(y.volatile, volatile)
            self.assertEqual(y.creator is None, volatile == 'on')

    def test_parameter_stays_as_it_is(self):
        self.link('on')
        self.assertEqual(self.link.W.volatile, 'auto')
        self.assertIsNone(self.link.W.creator)
