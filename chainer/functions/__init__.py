"""Functions on variables, one file each.

A plain function (``relu``) makes and applies a
:class:`~chainer.Function` (``ReLU``).
"""
from chainer.functions.activation.clipped_relu import ClippedReLU, clipped_relu
from chainer.functions.activation.crelu import CReLU, crelu
from chainer.functions.activation.elu import ELU, elu
from chainer.functions.activation.hard_sigmoid import HardSigmoid, hard_sigmoid
from chainer.functions.activation.leaky_relu import LeakyReLU, leaky_relu
from chainer.functions.activation.log_softmax import LogSoftmax, log_softmax
from chainer.functions.activation.lstm import LSTM, lstm
from chainer.functions.activation.maxout import maxout
from chainer.functions.activation.prelu import prelu
from chainer.functions.activation.relu import ReLU, relu
from chainer.functions.activation.sigmoid import Sigmoid, sigmoid
from chainer.functions.activation.slstm import SLSTM, slstm
from chainer.functions.activation.softmax import Softmax, softmax
from chainer.functions.activation.softplus import Softplus, softplus
from chainer.functions.activation.tanh import Tanh, tanh
from chainer.functions.array.broadcast import (
    Broadcast, BroadcastTo, broadcast, broadcast_to)
from chainer.functions.array.cast import Cast, cast
from chainer.functions.array.concat import Concat, concat
from chainer.functions.array.copy import Copy, copy
from chainer.functions.array.expand_dims import ExpandDims, expand_dims
from chainer.functions.array.get_item import GetItem, get_item
from chainer.functions.array.hstack import hstack
from chainer.functions.array.permutate import Permutate, permutate
from chainer.functions.array.reshape import Reshape, reshape
from chainer.functions.array.rollaxis import Rollaxis, rollaxis
from chainer.functions.array.select_item import SelectItem, select_item
from chainer.functions.array.separate import separate
from chainer.functions.array.split_axis import SplitAxis, split_axis
from chainer.functions.array.stack import stack
from chainer.functions.array.swapaxes import Swapaxes, swapaxes
from chainer.functions.array.transpose import Transpose, transpose
from chainer.functions.array.transpose_sequence import (
    TransposeSequence, transpose_sequence)
from chainer.functions.array.vstack import vstack
from chainer.functions.array.where import Where, where
from chainer.functions.connection.bilinear import bilinear
from chainer.functions.connection.convolution_2d import convolution_2d
from chainer.functions.connection.deconvolution_2d import deconvolution_2d
from chainer.functions.connection.embed_id import embed_id
from chainer.functions.connection.linear import linear
from chainer.functions.evaluation.accuracy import Accuracy, accuracy
from chainer.functions.evaluation.binary_accuracy import (
    BinaryAccuracy, binary_accuracy)
from chainer.functions.evaluation.classification_summary import (
    ClassificationSummary, classification_summary, f1_score, precision, recall)
from chainer.functions.loss import vae
from chainer.functions.loss.black_out import black_out
from chainer.functions.loss.contrastive import Contrastive, contrastive
from chainer.functions.loss.crf1d import crf1d
from chainer.functions.loss.cross_covariance import (
    CrossCovariance, cross_covariance)
from chainer.functions.loss.ctc import (
    ConnectionistTemporalClassification,
    connectionist_temporal_classification)
from chainer.functions.loss.hinge import Hinge, hinge
from chainer.functions.loss.huber_loss import HuberLoss, huber_loss
from chainer.functions.loss.mean_squared_error import (
    MeanSquaredError, mean_squared_error)
from chainer.functions.loss.negative_sampling import negative_sampling
from chainer.functions.loss.sigmoid_cross_entropy import (
    SigmoidCrossEntropy, sigmoid_cross_entropy)
from chainer.functions.loss.softmax_cross_entropy import (
    SoftmaxCrossEntropy, softmax_cross_entropy)
from chainer.functions.loss.triplet import Triplet, triplet
from chainer.functions.loss.vae import (
    bernoulli_nll, gaussian_kl_divergence, gaussian_nll)
from chainer.functions.math.basic_math import absolute as abs
from chainer.functions.math.batch_l2_norm_squared import (
    BatchL2NormSquared, batch_l2_norm_squared)
from chainer.functions.math.bias import bias
from chainer.functions.math.clip import Clip, clip
from chainer.functions.math.det import BatchDet, batch_det, det
from chainer.functions.math.exponential import (
    Exp, Log, Log2, Log10, exp, log, log2, log10)
from chainer.functions.math.exponential_m1 import Expm1, expm1
from chainer.functions.math.hyperbolic import Cosh, Sinh, cosh, sinh
from chainer.functions.math.identity import Identity, identity
from chainer.functions.math.inv import BatchInv, Inv, batch_inv, inv
from chainer.functions.math.linear_interpolate import (
    LinearInterpolate, linear_interpolate)
from chainer.functions.math.logarithm_1p import Log1p, log1p
from chainer.functions.math.logsumexp import LogSumExp, logsumexp
from chainer.functions.math.matmul import (
    BatchMatMul, MatMul, batch_matmul, matmul)
from chainer.functions.math.maximum import Maximum, maximum
from chainer.functions.math.minimum import Minimum, minimum
from chainer.functions.math.minmax import (
    ArgMax, ArgMin, Max, Min, argmax, argmin, max, min)
from chainer.functions.math.scale import scale
from chainer.functions.math.sqrt import Sqrt, rsqrt, sqrt
from chainer.functions.math.sum import Sum, sum
from chainer.functions.math.trigonometric import Cos, Sin, Tan, cos, sin, tan
from chainer.functions.noise.dropout import Dropout, dropout
from chainer.functions.noise.gaussian import Gaussian, gaussian
from chainer.functions.normalization.batch_normalization import (
    batch_normalization, fixed_batch_normalization)
from chainer.functions.normalization.l2_normalization import (
    NormalizeL2, normalize)
from chainer.functions.normalization.local_response_normalization import (
    LocalResponseNormalization, local_response_normalization)
from chainer.functions.pooling.average_pooling_2d import (
    AveragePooling2D, average_pooling_2d)
from chainer.functions.pooling.max_pooling_2d import (
    MaxPooling2D, max_pooling_2d)
from chainer.functions.pooling.roi_pooling_2d import (
    ROIPooling2D, roi_pooling_2d)
from chainer.functions.pooling.spatial_pyramid_pooling_2d import (
    SpatialPyramidPooling2D, spatial_pyramid_pooling_2d)
from chainer.functions.pooling.unpooling_2d import Unpooling2D, unpooling_2d

# Until v1.4 the functions with parameters lived here; they are links now.
from chainer.links.activation.prelu import PReLU
from chainer.links.connection.bilinear import Bilinear
from chainer.links.connection.convolution_2d import Convolution2D
from chainer.links.connection.embed_id import EmbedID
from chainer.links.connection.inception import Inception
from chainer.links.connection.inceptionbn import InceptionBN
from chainer.links.connection.linear import Linear
from chainer.links.connection.parameter import Parameter
from chainer.links.loss.hierarchical_softmax import BinaryHierarchicalSoftmax
from chainer.links.loss.negative_sampling import NegativeSampling
from chainer.links.normalization.batch_normalization import BatchNormalization
