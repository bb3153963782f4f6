import unittest

import numpy

import chainer.functions as F
from chainer import testing
from chainer.functions.connection import linear
from chainer.functions.math import basic_math
from chainer.utils import type_check


@testing.parameterize(
    {'make': F.ReLU, 'wrong': 2},
    {'make': F.Sigmoid, 'wrong': 2},
    {'make': F.Tanh, 'wrong': 2},
    {'make': F.Softmax, 'wrong': 2},
    {'make': F.LogSoftmax, 'wrong': 2},
    {'make': lambda: F.BroadcastTo((3, 3)), 'wrong': 2},
    {'make': lambda: F.GetItem(0), 'wrong': 2},
    {'make': lambda: F.Reshape((9,)), 'wrong': 2},
    {'make': F.Sum, 'wrong': 2},
    {'make': lambda: F.Dropout(0.5), 'wrong': 2},
    {'make': F.Accuracy, 'wrong': 1},
    {'make': F.SoftmaxCrossEntropy, 'wrong': 1},
    {'make': linear.LinearFunction, 'wrong': 1},
    {'make': linear.LinearFunction, 'wrong': 4},
    {'make': basic_math.Neg, 'wrong': 2},
    {'make': basic_math.Absolute, 'wrong': 2},
    {'make': basic_math.Add, 'wrong': 1},
    {'make': basic_math.Mul, 'wrong': 1},
    {'make': lambda: basic_math.AddConstant(1), 'wrong': 2},
    {'make': lambda: basic_math.DivConstant(1), 'wrong': 2},
    {'make': basic_math.MatMulVarVar, 'wrong': 1},
)
class TestNumberOfInputs(unittest.TestCase):

    def test_wrong_number(self):
        x = numpy.ones((3, 3), 'f')
        with self.assertRaisesRegex(
                type_check.InvalidType, r'^Expect: in_types\.size [=<>]'):
            self.make()(*[x] * self.wrong)
