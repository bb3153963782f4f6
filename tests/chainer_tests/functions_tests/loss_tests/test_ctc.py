import itertools
import math
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import gradient_check, testing
from chainer.utils import type_check

DTYPES = numpy.float16, numpy.float32, numpy.float64


def log_softmax(scores):
    peak = max(scores)
    log_z = peak + math.log(math.fsum(math.exp(s - peak) for s in scores))
    return [s - log_z for s in scores]


def collapse(alignment, blank):
    return [s for s, _ in itertools.groupby(alignment) if s != blank]


def loss_of_all_alignments(scores, labels, blank):
    """Computes the loss of one example by its definition.

    Args:
        scores: Rows of scores, one for each time.
        labels (list of int): Labels.
        blank (int): Number of the blank.

    """
    rows = [log_softmax([float(s) for s in row]) for row in scores]
    terms = [
        math.fsum(row[s] for row, s in zip(rows, alignment))
        for alignment in itertools.product(
            range(len(scores[0])), repeat=len(rows))
        if collapse(alignment, blank) == list(labels)]
    if not terms:
        return math.inf
    peak = max(terms)
    return -peak - math.log(math.fsum(math.exp(x - peak) for x in terms))


def loss_of_long_example(scores, labels, blank):
    """Computes the loss by symbols emitted, not by moves along a line.

    A state is the number of labels that are done, and the last symbol.
    """
    states = {(0, blank): 1.}
    for row in scores:
        p = [math.exp(s) for s in log_softmax([float(s) for s in row])]
        after = {}
        for (done, last), mass in states.items():
            for symbol in range(len(p)):
                if symbol in (blank, last):
                    state = done, symbol
                elif done < len(labels) and labels[done] == symbol:
                    state = done + 1, symbol
                else:
                    continue
                after[state] = after.get(state, 0) + mass * p[symbol]
        states = after
    total = math.fsum(
        mass for (done, _), mass in states.items() if done == len(labels))
    return -math.log(total)


def ctc_with_gradients(xs, *args, **kwargs):
    xs = [chainer.Variable(x) for x in xs]
    loss = F.connectionist_temporal_classification(xs, *args, **kwargs)
    loss.backward()
    return loss.data, numpy.array([x.grad for x in xs])


@testing.parameterize(*testing.product_dict([
    {'n_time': 4, 'n_symbol': 3, 'blank': 2, 't': [[0, 1], [1, 0]]},
    # Labels that repeat need a blank in between, and just find the time.
    {'n_time': 5, 'n_symbol': 3, 'blank': 0, 't': [[1, 1, 1], [2, 2, 1]]},
    {'n_time': 4, 'n_symbol': 3, 'blank': 1, 't': [[0, 0], [2, 2], [0, 2]]},
    {'n_time': 3, 'n_symbol': 3, 'blank': 0, 't': [[1, 2, 1]]},
    {'n_time': 4, 'n_symbol': 4, 'blank': 3, 't': [[0], [1], [2]]},
    {'n_time': 3, 'n_symbol': 2, 'blank': 0, 't': [[], []]},
    {'n_time': 1, 'n_symbol': 2, 'blank': 0, 't': [[1]]},
    {'n_time': 5, 'n_symbol': 3, 'blank': 1, 't': [[2, 2], [0, 9], [2, -1]],
     'input_length': [3, 5, 4], 'label_length': [2, 1, 0]},
    {'n_time': 4, 'n_symbol': 3, 'blank': 0, 't': [[1, 2], [1, 1], [1, 2]],
     'input_length': [2, 3, 1], 'label_length': [2, 2, 0]},
    {'n_time': 3, 'n_symbol': 3, 'blank': 0, 't': [[1, 2], [1, 0]],
     'label_length': [2, 1]},
    {'n_time': 3, 'n_symbol': 3, 'blank': 0, 't': [[1, 2], [1, 1]],
     'input_length': [2, 3]},
], [{'dtype': dtype} for dtype in DTYPES]))
class TestCTC(unittest.TestCase):

    input_length = None
    label_length = None

    def setUp(self):
        random = numpy.random.RandomState(0)
        self.labels = numpy.array(self.t, 'i')
        n_batch = len(self.t)
        self.xs = tuple(random.uniform(
            -2, 2, (self.n_time, n_batch, self.n_symbol)).astype(self.dtype))
        self.lengths = {
            name: numpy.array(getattr(self, name), 'i')
            for name in ('input_length', 'label_length')
            if getattr(self, name) is not None}
        self.tolerance = {'atol': 1e-6, 'rtol': 1e-5}
        if self.dtype == numpy.float16:
            self.tolerance = {'atol': 1e-3, 'rtol': 2e-3}

    def loss(self, *xs):
        return F.connectionist_temporal_classification(
            xs, self.labels, self.blank, **self.lengths)

    def test_forward(self):
        loss = self.loss(*self.xs)
        self.assertEqual((loss.dtype, loss.shape), (self.dtype, ()))
        total = 0
        for b, labels in enumerate(self.t):
            times = (self.input_length or [self.n_time] * len(self.t))[b]
            count = (self.label_length or [len(labels)] * len(self.t))[b]
            total += loss_of_all_alignments(
                [x[b] for x in self.xs[:times]], labels[:count], self.blank)
        testing.assert_allclose(
            loss.data, total / len(self.t), **self.tolerance)

    def test_backward(self):
        gradient_check.check_backward(
            self.loss, self.xs, None, dtype=numpy.float64, **self.tolerance)

    def test_backward_of_scaled_loss(self):
        gradient_check.check_backward(
            self.loss, self.xs, numpy.array(-3, self.dtype),
            dtype=numpy.float64, atol=self.tolerance['atol'] * 3,
            rtol=self.tolerance['rtol'])


class TestCTCValues(unittest.TestCase):

    def setUp(self):
        self.random = numpy.random.RandomState(0)

    def test_long_examples(self):
        n_time, n_batch, n_symbol = 120, 3, 6
        xs = self.random.randn(n_time, n_batch, n_symbol).astype('f') * 2
        t = self.random.randint(1, n_symbol, (n_batch, 25)).astype('i')
        t[0, 3:6] = t[1, 10:12] = 2
        input_length = numpy.array([120, 77, 100], 'i')
        label_length = numpy.array([20, 25, 3], 'i')
        loss = F.connectionist_temporal_classification(
            list(xs), t, 0, input_length, label_length)
        expected = numpy.mean([
            loss_of_long_example(xs[:times, b], t[b, :count].tolist(), 0)
            for b, (times, count) in enumerate(
                zip(input_length, label_length))])
        testing.assert_allclose(loss.data, expected, rtol=1e-6)

    def test_precision_of_gradients(self):
        # The logarithms go to the thousands.
        xs = self.random.randn(1000, 1, 5) * 4
        t = self.random.randint(1, 5, (1, 40)).astype('i')
        loss, gxs = ctc_with_gradients(list(xs.astype('f')), t, 0)
        self.assertGreater(loss, 1000)
        _, expected = ctc_with_gradients(list(xs.astype('f').astype('d')), t,
                                         0)
        testing.assert_allclose(gxs, expected, atol=1e-5, rtol=1e-4)
        testing.assert_allclose(gxs.sum(axis=2), 0, atol=1e-5)

    def test_half_precision(self):
        xs = (self.random.randn(50, 2, 40) * 4).astype('e')
        t = self.random.randint(1, 40, (2, 10)).astype('i')
        loss, gxs = ctc_with_gradients(list(xs), t, 0)
        expected, expected_gxs = ctc_with_gradients(list(xs.astype('d')), t, 0)
        # No worse than the rounding of the results.
        testing.assert_allclose(loss, expected, atol=0, rtol=2 ** -11)
        testing.assert_allclose(gxs, expected_gxs, atol=1e-7, rtol=2 ** -10)

    def test_extreme_scores(self):
        for dtype in DTYPES:
            for scale in 1000, 10000:
                xs = self.random.uniform(-1, 1, (4, 2, 3)) * scale
                xs = list(xs.astype(dtype))
                t = numpy.array([[1, 1], [2, 1]], 'i')
                loss, gxs = ctc_with_gradients(xs, t, 0)
                expected = numpy.mean([loss_of_all_alignments(
                    [x[b] for x in xs], t[b].tolist(), 0) for b in range(2)])
                testing.assert_allclose(loss, expected, rtol=1e-3)
                self.assertTrue(numpy.isfinite(gxs).all())

    def test_certain(self):
        xs = [numpy.array([row], 'f') * 1000
              for row in ([0, 1, 0], [1, 0, 0], [0, 1, 0])]
        loss, gxs = ctc_with_gradients(xs, numpy.array([[1, 1]], 'i'), 0)
        self.assertEqual(loss, 0)
        self.assertFalse(gxs.any())
        # With an alignment of score 0 1000 1000 or 1000 1000 0.
        loss, gxs = ctc_with_gradients(xs, numpy.array([[1]], 'i'), 0)
        self.assertAlmostEqual(float(loss), 1000 - math.log(3), places=3)
        testing.assert_allclose(gxs.sum(axis=2), 0, atol=1e-6)

    def test_impossible(self):
        # A blank between the equal labels does not fit.
        xs = self.random.randn(3, 2, 4).astype('f')
        t = numpy.array([[1, 1, 2], [3, 2, 1]], 'i')
        loss, gxs = ctc_with_gradients(list(xs), t, 0)
        self.assertEqual(loss, numpy.inf)
        self.assertFalse(gxs[:, 0].any())
        _, expected = ctc_with_gradients(list(xs[:, 1:]), t[1:], 0)
        testing.assert_allclose(gxs[:, 1:], expected / 2)

    def test_more_labels_than_times(self):
        xs = self.random.randn(2, 1, 4).astype('f')
        loss, gxs = ctc_with_gradients(
            list(xs), numpy.array([[1, 2, 3]], 'i'), 0)
        self.assertEqual(loss, numpy.inf)
        self.assertFalse(gxs.any())

    def test_impossible_symbol(self):
        xs = numpy.zeros((3, 1, 3), 'f')
        xs[:, :, 2] = -numpy.inf
        loss, gxs = ctc_with_gradients(list(xs), numpy.array([[1]], 'i'), 0)
        # Of the 8 alignments with the symbols left, 6 are right.
        self.assertAlmostEqual(float(loss), math.log(8 / 6), places=6)
        self.assertTrue(numpy.isfinite(gxs).all())
        loss, gxs = ctc_with_gradients(list(xs), numpy.array([[2]], 'i'), 0)
        self.assertEqual(loss, numpy.inf)
        self.assertFalse(gxs.any())

    def test_no_input(self):
        xs = list(self.random.randn(2, 2, 3).astype('f'))
        t = numpy.array([[1], [1]], 'i')
        # No label is what nothing stands for, with certainty.
        loss, gxs = ctc_with_gradients(
            xs, t, 0, numpy.array([0, 2], 'i'), numpy.array([0, 1], 'i'))
        expected, gx = ctc_with_gradients(
            [x[1:] for x in xs], t[1:], 0)
        testing.assert_allclose(loss, expected / 2)
        self.assertFalse(gxs[:, 0].any())
        testing.assert_allclose(gxs[:, 1:], gx / 2)
        loss, gxs = ctc_with_gradients(
            xs, t, 0, numpy.array([0, 2], 'i'), numpy.array([1, 1], 'i'))
        self.assertEqual(loss, numpy.inf)
        self.assertTrue(numpy.isfinite(gxs).all())

    def test_what_is_behind_the_end_does_not_count(self):
        xs = self.random.randn(4, 2, 3).astype('f')
        t = numpy.array([[1, 2], [2, 0]], 'i')
        lengths = numpy.array([2, 4], 'i'), numpy.array([2, 1], 'i')
        loss, gxs = ctc_with_gradients(list(xs), t, 0, *lengths)
        self.assertFalse(gxs[2:, 0].any())
        self.assertTrue(gxs[:2, 0].all() and gxs[:, 1].all())
        xs[2:, 0] = numpy.nan
        t[1, 1] = 99
        other_loss, other_gxs = ctc_with_gradients(list(xs), t, 0, *lengths)
        self.assertEqual(other_loss, loss)
        numpy.testing.assert_array_equal(other_gxs, gxs)

    def test_lengths_of_everything_are_the_default(self):
        xs = list(self.random.randn(4, 2, 3).astype('f'))
        t = numpy.array([[1, 2], [2, 2]], 'i')
        loss, gxs = ctc_with_gradients(xs, t, 0)
        same_loss, same_gxs = ctc_with_gradients(
            tuple(xs), chainer.Variable(t), 0,
            chainer.Variable(numpy.array([4, 4], 'i')),
            chainer.Variable(numpy.array([2, 2], 'i')))
        self.assertEqual(same_loss, loss)
        numpy.testing.assert_array_equal(same_gxs, gxs)

    def test_sum_of_probabilities(self):
        xs = list(self.random.randn(3, 1, 3).astype('f'))
        total = 0
        for count in range(4):
            for labels in itertools.product([0, 2], repeat=count):
                t = numpy.array(labels, 'i').reshape(1, count)
                loss = F.connectionist_temporal_classification(xs, t, 1)
                total += math.exp(-float(loss.data))
        self.assertAlmostEqual(total, 1, places=5)

    def test_empty_batch(self):
        loss, gxs = ctc_with_gradients(
            [numpy.zeros((0, 3), 'f')] * 2, numpy.zeros((0, 2), 'i'), 0)
        self.assertEqual(str(float(loss)), '0.0')  # and not -0.0
        self.assertEqual(gxs.shape, (2, 0, 3))

    def test_volatile(self):
        x = chainer.Variable(numpy.zeros((1, 2), 'f'), volatile='on')
        loss = F.connectionist_temporal_classification(
            [x, x], numpy.array([[1]], 'i'), 0)
        self.assertEqual(loss.volatile, 'on')
        self.assertIsNone(loss.creator)

    def test_non_contiguous(self):
        xs = self.random.randn(4, 6, 6).astype('f')[:, ::2, ::-2]
        t = numpy.array([[1, 2, 2], [2, 0, 1]], 'i').T[:, ::-1]
        t = numpy.where(t == 0, 1, t).astype('i')
        loss, gxs = ctc_with_gradients(list(xs), t, 0)
        expected, expected_gxs = ctc_with_gradients(
            list(xs.copy()), t.copy(), 0)
        self.assertEqual(loss, expected)
        numpy.testing.assert_array_equal(gxs, expected_gxs)

    def test_arguments_are_left_alone_and_backward_repeats(self):
        inputs = (numpy.array([3, 2], 'i'), numpy.array([2, 1], 'i'),
                  numpy.array([[1, 1], [2, -1]], 'i'),
                  *self.random.randn(3, 2, 3).astype('f'))
        copies = [array.copy() for array in inputs]
        function = F.ConnectionistTemporalClassification(0)
        function.forward(inputs)
        gy = numpy.array(2, 'f')
        first = function.backward(inputs, (gy,))
        second = function.backward(inputs, (gy,))
        self.assertEqual(first[:3], (None, None, None))
        for g1, g2 in zip(first[3:], second[3:]):
            numpy.testing.assert_array_equal(g1, g2)
        for array, copy in zip(inputs, copies):
            numpy.testing.assert_array_equal(array, copy)
        self.assertEqual(gy, 2)


class TestCTCErrors(unittest.TestCase):

    def setUp(self):
        self.args = {
            'x': [numpy.zeros((2, 3), 'f')] * 4,
            't': numpy.array([[1, 2], [2, 1]], 'i'), 'blank_symbol': 0}

    def check(self, error, text, **kwargs):
        with self.assertRaisesRegex(error, text):
            F.connectionist_temporal_classification(**{**self.args, **kwargs})

    def test_not_a_sequence(self):
        x = numpy.zeros((4, 2, 3), 'f')
        for wrong in x, chainer.Variable(x):
            self.check(TypeError, 'x must be a list of variables', x=wrong)

    def test_empty_sequence(self):
        self.check(ValueError, 'x is empty', x=[])

    def test_blank_symbol(self):
        self.check(ValueError, 'must not be negative, but is -1',
                   blank_symbol=-1)
        self.check(type_check.InvalidType,
                   r'blank_symbol < in_types\[3\]\.shape\[1\]\nActual: 3 >= 3',
                   blank_symbol=3)

    def test_labels(self):
        for label in -1, 3:
            self.check(ValueError, f'0 <= t < 3.* there is {label}',
                       t=numpy.array([[1, 2], [label, 1]], 'i'))

    def test_blank_among_labels(self):
        self.check(ValueError, 'not be the blank symbol 2.*label_length',
                   blank_symbol=2)

    def test_lengths(self):
        for lengths in [5, 2], [2, -1]:
            self.check(ValueError, 'input_length must be between 0 and 4',
                       input_length=numpy.array(lengths, 'i'))
        for lengths in [3, 2], [2, -1]:
            self.check(ValueError, 'label_length must be between 0 and 2',
                       label_length=numpy.array(lengths, 'i'))

    def test_types(self):
        def check(text, **kwargs):
            self.check(type_check.InvalidType, text, **kwargs)

        check(r't is int64, expected int32: cast it with ',
              t=self.args['t'].astype(numpy.int64))
        check(r'in_types\[2\]\.ndim == 2', t=numpy.zeros(2, 'i'))
        check(r'input_length is int64, expected int32',
              input_length=numpy.array([2, 2]))
        check(r'label_length is int64, expected int32',
              label_length=numpy.array([2, 2]))
        check(r'in_types\[3\]\.shape\[0\] == in_types\[0\]\.shape\[0\]',
              input_length=numpy.array([2], 'i'))
        check(r'in_types\[3\]\.shape\[0\] == in_types\[1\]\.shape\[0\]',
              label_length=numpy.array([2], 'i'))
        check(r'in_types\[3\]\.shape\[0\] == in_types\[2\]\.shape\[0\]',
              t=numpy.zeros((3, 2), 'i'))
        check(r'in_types\[3\]\.dtype\.kind == f',
              x=[numpy.zeros((2, 3), 'i')] * 4)
        check(r'in_types\[3\]\.ndim == 2', x=[numpy.zeros((2, 3, 1), 'f')])
        x = self.args['x']
        check(r'in_types\[6\]\.shape == in_types\[3\]\.shape(.|\n)*'
              r'in_types\[6\] is x\[3\]',
              x=[*x[:3], numpy.zeros((2, 4), 'f')])
        check(r'in_types\[4\]\.dtype == in_types\[3\]\.dtype',
              x=[x[0], x[1].astype('d')])

    def test_blank_symbol_that_is_no_integer(self):
        for blank in 1.5, False, None, '0':
            self.check(TypeError, '^blank_symbol must be an integer, but is ',
                       blank_symbol=blank)

    def test_lists_of_numbers(self):
        for name, wrong in ('x', [[[1., 2.]]]), ('t', [[1, 2]]):
            self.check(TypeError, '^a Variable holds a numpy', **{name: wrong})
