import unittest

import numpy

import chainer.functions as F
from chainer import testing
from chainer.functions.activation import prelu
from chainer.functions.array import separate, stack
from chainer.functions.connection import (
    bilinear,
    convolution_2d,
    deconvolution_2d,
    linear,
)
from chainer.functions.loss import (
    black_out,
    crf1d,
    hierarchical_softmax,
    negative_sampling,
)
from chainer.functions.math import basic_math
from chainer.functions.normalization import batch_normalization
from chainer.utils import type_check


@testing.parameterize(
    {'make': F.ReLU, 'wrong': 2},
    {'make': F.Sigmoid, 'wrong': 2},
    {'make': F.Tanh, 'wrong': 2},
    {'make': F.Softmax, 'wrong': 2},
    {'make': F.LogSoftmax, 'wrong': 2},
    {'make': lambda: F.ClippedReLU(20), 'wrong': 2},
    {'make': F.CReLU, 'wrong': 2},
    {'make': F.ELU, 'wrong': 2},
    {'make': F.HardSigmoid, 'wrong': 2},
    {'make': F.LeakyReLU, 'wrong': 2},
    {'make': F.Softplus, 'wrong': 2},
    {'make': prelu.PReLUFunction, 'wrong': 1},
    {'make': F.SLSTM, 'wrong': 2},
    {'make': lambda: F.BroadcastTo((3, 3)), 'wrong': 2},
    {'make': lambda: F.Cast('d'), 'wrong': 2},
    {'make': F.Concat, 'wrong': 0},
    {'make': lambda: F.Copy(-1), 'wrong': 2},
    {'make': lambda: F.ExpandDims(0), 'wrong': 2},
    {'make': lambda: F.GetItem(0), 'wrong': 2},
    {'make': F.Permutate, 'wrong': 1},
    {'make': lambda: F.Reshape((9,)), 'wrong': 2},
    {'make': lambda: F.Rollaxis(0, 0), 'wrong': 2},
    {'make': F.SelectItem, 'wrong': 1},
    {'make': separate.Separate, 'wrong': 2},
    {'make': lambda: F.SplitAxis(1, 0), 'wrong': 2},
    {'make': stack.Stack, 'wrong': 0},
    {'make': lambda: F.Swapaxes(0, 1), 'wrong': 2},
    {'make': F.Transpose, 'wrong': 2},
    {'make': F.TransposeSequence, 'wrong': 0},
    {'make': F.Where, 'wrong': 2},
    {'make': F.ArgMax, 'wrong': 2},
    {'make': F.ArgMin, 'wrong': 2},
    {'make': F.BatchDet, 'wrong': 2},
    {'make': F.BatchInv, 'wrong': 2},
    {'make': F.BatchL2NormSquared, 'wrong': 2},
    {'make': F.BatchMatMul, 'wrong': 1},
    {'make': lambda: F.Clip(0, 1), 'wrong': 2},
    {'make': F.Cos, 'wrong': 2},
    {'make': F.Cosh, 'wrong': 2},
    {'make': F.Exp, 'wrong': 2},
    {'make': F.Expm1, 'wrong': 2},
    {'make': F.Inv, 'wrong': 2},
    {'make': F.LinearInterpolate, 'wrong': 2},
    {'make': F.Log, 'wrong': 2},
    {'make': F.Log10, 'wrong': 2},
    {'make': F.Log1p, 'wrong': 2},
    {'make': F.Log2, 'wrong': 2},
    {'make': F.LogSumExp, 'wrong': 2},
    {'make': F.MatMul, 'wrong': 1},
    {'make': F.Max, 'wrong': 2},
    {'make': F.Maximum, 'wrong': 1},
    {'make': F.Min, 'wrong': 2},
    {'make': F.Minimum, 'wrong': 1},
    {'make': F.Sin, 'wrong': 2},
    {'make': F.Sinh, 'wrong': 2},
    {'make': F.Sqrt, 'wrong': 2},
    {'make': F.Tan, 'wrong': 2},
    {'make': F.Sum, 'wrong': 2},
    {'make': lambda: F.Dropout(0.5), 'wrong': 2},
    {'make': F.Gaussian, 'wrong': 1},
    {'make': lambda: batch_normalization.BatchNormalizationFunction(
        train=True), 'wrong': 5},
    {'make': batch_normalization.BatchNormalizationFunction, 'wrong': 3},
    {'make': F.LocalResponseNormalization, 'wrong': 2},
    {'make': F.NormalizeL2, 'wrong': 2},
    {'make': lambda: F.AveragePooling2D(2), 'wrong': 2},
    {'make': lambda: F.MaxPooling2D(2), 'wrong': 2},
    {'make': lambda: F.ROIPooling2D(2, 2, 1), 'wrong': 1},
    {'make': lambda: F.SpatialPyramidPooling2D((1, 3, 3), 2, F.MaxPooling2D),
     'wrong': 2},
    {'make': lambda: F.Unpooling2D(2), 'wrong': 2},
    {'make': F.Accuracy, 'wrong': 1},
    {'make': F.BinaryAccuracy, 'wrong': 1},
    {'make': lambda: F.ClassificationSummary(3, 1, -1), 'wrong': 1},
    {'make': black_out.BlackOutFunction, 'wrong': 3},
    {'make': lambda: F.ConnectionistTemporalClassification(0), 'wrong': 3},
    {'make': lambda: crf1d.CRF1d(1), 'wrong': 2},
    {'make': lambda: crf1d.ArgmaxCRF1d(1), 'wrong': 3},
    {'make': lambda: hierarchical_softmax.BinaryHierarchicalSoftmaxFunction(
        (0, 1)), 'wrong': 2},
    {'make': lambda: negative_sampling.NegativeSamplingFunction(len, 1),
     'wrong': 2},
    {'make': lambda: F.Contrastive(1), 'wrong': 2},
    {'make': F.CrossCovariance, 'wrong': 1},
    {'make': F.Hinge, 'wrong': 1},
    {'make': lambda: F.HuberLoss(1), 'wrong': 1},
    {'make': F.MeanSquaredError, 'wrong': 1},
    {'make': F.SigmoidCrossEntropy, 'wrong': 1},
    {'make': F.SoftmaxCrossEntropy, 'wrong': 1},
    {'make': lambda: F.Triplet(1), 'wrong': 2},
    {'make': bilinear.BilinearFunction, 'wrong': 2},
    {'make': bilinear.BilinearFunction, 'wrong': 7},
    {'make': convolution_2d.Convolution2DFunction, 'wrong': 1},
    {'make': convolution_2d.Convolution2DFunction, 'wrong': 4},
    {'make': deconvolution_2d.Deconvolution2DFunction, 'wrong': 1},
    {'make': deconvolution_2d.Deconvolution2DFunction, 'wrong': 4},
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
