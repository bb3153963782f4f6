"""Labels that do not exist, on a device: NaN, and errors in debug mode."""
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import cuda, testing
from chainer.functions.loss import hierarchical_softmax
from chainer.testing import attr

SCORES = numpy.random.RandomState(0).randn(2, 3).astype('f')
W = numpy.random.RandomState(1).randn(4, 3).astype('f')


def labels(*values):
    return numpy.array(values, 'i')


def softmax_cross_entropy_unnormalized(x, t):
    return F.softmax_cross_entropy(x, t, normalize=False)


def negative_sampling(x, t, W, samples):
    return F.negative_sampling(x, t, W, lambda shape: samples.data, 1)


def hierarchical(x, t, W):
    function = hierarchical_softmax.BinaryHierarchicalSoftmaxFunction(
        ((0, 1), (2, (3, 5))))
    if isinstance(t.data, cuda.ndarray):
        function.to_gpu()
    return function(x, t, W)


def ctc(x, t, input_length, label_length):
    return F.connectionist_temporal_classification(
        [x] * 3, t, 0, input_length, label_length)


def crf1d(cost, x, t):
    return F.crf1d(cost, [x, x], [t, t])


GOOD = labels(0, 1)
CTC_LABELS = labels([1, 2], [2, 1])
CASES = [
    (F.softmax_cross_entropy, SCORES, labels(0, 3)),
    (F.softmax_cross_entropy, SCORES, labels(-2, 1)),
    (softmax_cross_entropy_unnormalized, SCORES, labels(-2, -1)),
    (F.sigmoid_cross_entropy, SCORES, labels([0, 1, 2], [-1, 1, 0])),
    (F.sigmoid_cross_entropy, SCORES, labels([0, 1, 0], [-1, 1, -2])),
    (F.hinge, SCORES, labels(0, 3)),
    (F.hinge, SCORES, labels(-1, 0)),
    (F.contrastive, SCORES, SCORES[::-1], labels(0, 2)),
    (F.contrastive, SCORES, SCORES[::-1], labels(-1, 1)),
    (negative_sampling, SCORES, labels(0, 4), W, labels([1, 1], [1, 1])),
    (negative_sampling, SCORES, labels(0, -1), W, labels([1, 1], [1, 1])),
    (negative_sampling, SCORES, GOOD, W, labels([1, 4], [1, 1])),
    (negative_sampling, SCORES, GOOD, W, labels([1, 1], [1, -1])),
    (F.black_out, SCORES, labels(0, 4), W, labels([1, 1], [1, 1])),
    (F.black_out, SCORES, labels(-1, 0), W, labels([1, 1], [1, 1])),
    (F.black_out, SCORES, GOOD, W, labels([1, 4], [1, 1])),
    (F.black_out, SCORES, GOOD, W, labels([1, 0], [-1, 1])),
    (hierarchical, SCORES, labels(0, 4), W),
    (hierarchical, SCORES, labels(0, 6), W),
    (hierarchical, SCORES, labels(-1, 0), W),
    (ctc, SCORES, labels([1, 3], [2, 1]), labels(3, 3), labels(2, 2)),
    (ctc, SCORES, labels([1, 2], [-1, 1]), labels(3, 3), labels(2, 2)),
    (ctc, SCORES, labels([1, 0], [2, 1]), labels(3, 3), labels(2, 2)),
    (ctc, SCORES, CTC_LABELS, labels(3, 4), labels(2, 2)),
    (ctc, SCORES, CTC_LABELS, labels(-1, 3), labels(2, 2)),
    (ctc, SCORES, CTC_LABELS, labels(3, 3), labels(3, 2)),
    (ctc, SCORES, CTC_LABELS, labels(3, 3), labels(2, -1)),
    (crf1d, W[:3], SCORES, labels(0, 3)),
    (crf1d, W[:3], SCORES, labels(-1, 2)),
    (F.embed_id, labels(0, 4), W),
    (F.embed_id, labels(-1, 0), W),
]


@testing.parameterize(*[
    {'function': case[0], 'args': case[1:]} for case in CASES])
@attr.gpu
class TestWrongLabels(unittest.TestCase):

    def apply(self):
        inputs = [chainer.Variable(cuda.to_gpu(x)) for x in self.args]
        return inputs, self.function(*inputs)

    def test_result_is_nan(self):
        inputs, y = self.apply()
        self.assertTrue(numpy.isnan(y.data.get()).any())
        # Nothing is read or written that is not there.
        y.grad = cuda.cupy.ones_like(y.data)
        y.backward()
        for x in inputs:
            if x.dtype.kind == 'f':
                self.assertEqual(x.grad.get().shape, x.shape)

    def test_error_in_debug_mode(self):
        with self.assertRaises(ValueError) as on_host:
            self.function(*[chainer.Variable(x) for x in self.args])
        with chainer.DebugMode(True), \
                self.assertRaises(ValueError) as on_device:
            self.apply()
        self.assertEqual(str(on_device.exception), str(on_host.exception))


@attr.gpu
class TestIgnoredLabelsInDebugMode(unittest.TestCase):

    def test_no_error(self):
        x = cuda.to_gpu(SCORES)
        with chainer.DebugMode(True):
            loss = F.softmax_cross_entropy(x, cuda.to_gpu(labels(-1, 2)))
            self.assertGreater(float(loss.data), 0)
            loss = F.sigmoid_cross_entropy(
                x, cuda.to_gpu(labels([-1, 0, 1], [1, -1, 0])))
            self.assertGreater(float(loss.data), 0)
            y = F.embed_id(cuda.to_gpu(labels(7, 1)), cuda.to_gpu(W), 7)
            numpy.testing.assert_array_equal(y.data.get(), [[0] * 3, W[1]])
