import unittest

import numpy

import chainer
from chainer.training import batch_arguments


class TestBatchArguments(unittest.TestCase):

    x = numpy.zeros(3, 'f')
    t = numpy.ones(3, 'i')

    def check(self, variable, array, volatile):
        self.assertIsInstance(variable, chainer.Variable)
        self.assertIs(variable.data, array)
        self.assertIs(variable.volatile, volatile)

    def test_tuple(self):
        args, kwargs = batch_arguments.make((self.x, self.t))
        self.assertEqual((len(args), kwargs), (2, {}))
        self.check(args[0], self.x, chainer.OFF)
        self.check(args[1], self.t, chainer.OFF)

    def test_dict(self):
        args, kwargs = batch_arguments.make(
            {'x': self.x, 't': self.t}, volatile='on')
        self.assertEqual((args, set(kwargs)), ([], {'x', 't'}))
        self.check(kwargs['x'], self.x, chainer.ON)
        self.check(kwargs['t'], self.t, chainer.ON)

    def test_array(self):
        args, kwargs = batch_arguments.make(self.x)
        self.assertEqual((len(args), kwargs), (1, {}))
        self.check(args[0], self.x, chainer.OFF)
