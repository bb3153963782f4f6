"""The code of the tutorial's chapter "Recurrent Nets"."""
import collections
import json
import os
import tempfile
import unittest

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import Chain, Variable, optimizers, training
from chainer.training import extensions

N_WORDS = 1000


class RNN(Chain):
    def __init__(self):
        super(RNN, self).__init__(
            embed=L.EmbedID(1000, 100),  # word embedding
            mid=L.LSTM(100, 50),  # the first LSTM layer
            out=L.Linear(50, 1000),  # the feed-forward output layer
        )

    def reset_state(self):
        self.mid.reset_state()

    def __call__(self, cur_word):
        # Given the current word ID, predict the next word.
        x = self.embed(cur_word)
        h = self.mid(x)
        y = self.out(h)
        return y


class CountBackward(chainer.function.FunctionHook):
    """Counts how often each kind of function is backpropagated."""

    name = 'CountBackward'

    def __init__(self):
        self.counts = collections.Counter()

    def backward_preprocess(self, function, in_data, out_grad):
        self.counts[function.label] += 1


def lstm_step(c, h, x, upward, b, lateral):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    gates = x.dot(upward.T) + b + h.dot(lateral.T)
    a, i, f, o = [gates[:, gate::4] for gate in range(4)]
    c = np.tanh(a) * sigmoid(i) + c * sigmoid(f)
    return c, np.tanh(c) * sigmoid(o)


class RecurrentNetTestCase(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)
        self.rnn = rnn = RNN()
        self.model = model = L.Classifier(rnn)
        self.optimizer = optimizers.SGD()
        self.optimizer.setup(model)

        def compute_loss(x_list):
            loss = 0
            for cur_word, next_word in zip(x_list, x_list[1:]):
                loss += model(cur_word, next_word)
            return loss
        self.compute_loss = compute_loss

    def make_words(self, length, volatile='off'):
        random = np.random.RandomState(1)
        return [Variable(random.randint(0, N_WORDS, 3).astype(np.int32),
                         volatile=volatile) for _ in range(length)]

    def params(self):
        return {name: param.data.copy()
                for name, param in self.model.namedparams()}

    def compute_loss_with_numpy(self, x_list):
        p = self.params()
        c = h = np.zeros((3, 50))
        loss = 0
        for x, t in zip(x_list, x_list[1:]):
            c, h = lstm_step(
                c, h, p['/predictor/embed/W'][x.data],
                p['/predictor/mid/upward/W'], p['/predictor/mid/upward/b'],
                p['/predictor/mid/lateral/W'])
            y = (h.dot(p['/predictor/out/W'].T) + p['/predictor/out/b'])
            y -= np.log(np.exp(y).sum(axis=1, keepdims=True))
            loss -= y[[0, 1, 2], t.data].mean()
        return loss


class TestRecurrentNets(RecurrentNetTestCase):

    def test_one_step(self):
        l = L.LSTM(100, 50)  # noqa: E741 - as the tutorial has it
        l.reset_state()
        x = Variable(np.random.randn(10, 100).astype(np.float32))
        y = l(x)
        x2 = Variable(np.random.randn(10, 100).astype(np.float32))
        y2 = l(x2)
        c = h = np.zeros((10, 50))
        for signal, output in (x, y), (x2, y2):
            c, h = lstm_step(c, h, signal.data, l.upward.W.data,
                             l.upward.b.data, l.lateral.W.data)
            self.assertEqual(output.data.shape, (10, 50))
            np.testing.assert_allclose(output.data, h, atol=1e-5)

    def test_loss_of_a_sequence(self):
        x_list = self.make_words(8)
        self.rnn.reset_state()
        loss = self.compute_loss(x_list)
        self.assertEqual(loss.data.shape, ())
        np.testing.assert_allclose(
            loss.data, self.compute_loss_with_numpy(x_list), rtol=1e-5)

    def test_update(self):
        rnn, model, optimizer = self.rnn, self.model, self.optimizer
        compute_loss = self.compute_loss
        x_list = self.make_words(8)
        before = self.params()

        # Suppose we have a list of word variables x_list.
        rnn.reset_state()
        model.zerograds()
        loss = compute_loss(x_list)
        loss.backward()
        optimizer.update()
        first = self.params()

        for name, param in model.namedparams():
            self.assertFalse((first[name] == before[name]).all(), name)
            param.data[...] = before[name]
        rnn.reset_state()
        optimizer.update(compute_loss, x_list)
        second = self.params()
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])

    def test_gradient_reaches_the_first_word(self):
        x_list = self.make_words(8)
        self.rnn.reset_state()
        self.model.zerograds()
        hook = CountBackward()
        with hook:
            self.compute_loss(x_list).backward()
        self.assertEqual(hook.counts['EmbedIDFunction'], 7)
        self.assertEqual(hook.counts['SoftmaxCrossEntropy'], 7)


class TestTruncation(RecurrentNetTestCase):

    def test_unchaining(self):
        rnn, model, optimizer = self.rnn, self.model, self.optimizer
        x_list = self.make_words(71)
        hook = CountBackward()
        counts = []

        with hook:
            loss = 0
            count = 0
            seqlen = len(x_list[1:])

            rnn.reset_state()
            for cur_word, next_word in zip(x_list, x_list[1:]):
                loss += model(cur_word, next_word)
                count += 1
                if count % 30 == 0 or count == seqlen:
                    model.zerograds()
                    loss.backward()
                    loss.unchain_backward()
                    optimizer.update()
                    counts.append(hook.counts['EmbedIDFunction'])
                    self.assertIsNone(loss.creator)
                    # The last state of the model is not lost.
                    self.assertIsNotNone(rnn.mid.h)
                    self.assertIsNone(rnn.mid.h.creator)

        # Each step is backpropagated once, at the end of its window.
        self.assertEqual(counts, [30, 60, 70])
        self.assertEqual(optimizer.t, 3)

    def test_gradients_are_those_of_the_window(self):
        x_list = self.make_words(5)
        self.rnn.reset_state()
        loss = self.compute_loss(x_list[:3])
        loss.unchain_backward()
        state = [Variable(v.data.copy())
                 for v in (self.rnn.mid.c, self.rnn.mid.h)]
        self.model.zerograds()
        loss += self.compute_loss(x_list[2:])
        loss.backward()
        truncated = {name: param.grad.copy()
                     for name, param in self.model.namedparams()}

        self.rnn.mid.set_state(*state)
        self.model.zerograds()
        self.compute_loss(x_list[2:]).backward()
        for name, param in self.model.namedparams():
            np.testing.assert_array_equal(param.grad, truncated[name])


class TestVolatile(RecurrentNetTestCase):

    def test_evaluation(self):
        x_list = self.make_words(100, volatile='on')
        self.rnn.reset_state()
        loss = self.compute_loss(x_list)
        self.assertIs(loss.volatile, chainer.ON)
        self.assertIsNone(loss.creator)
        self.assertIsNone(self.rnn.mid.h.creator)
        np.testing.assert_allclose(
            loss.data, self.compute_loss_with_numpy(x_list), rtol=1e-4)

    def test_no_gradients(self):
        self.rnn.reset_state()
        self.model.zerograds()
        self.compute_loss(self.make_words(10, volatile='on')).backward()
        for param in self.model.params():
            self.assertFalse(param.grad.any())

    def test_fixed_feature_extractor(self):
        fixed_func = L.Linear(4, 3)
        predictor = L.Linear(3, 2)

        def predictor_func(feat):
            return F.sum(predictor(feat) ** 2)
        fixed_func.zerograds()
        predictor.zerograds()
        x_data = np.random.randn(5, 4).astype(np.float32)

        x = Variable(x_data, volatile='on')
        feat = fixed_func(x)
        feat.volatile = 'off'
        y = predictor_func(feat)
        y.backward()

        self.assertIsNone(x.grad)
        self.assertFalse(fixed_func.W.grad.any())
        output = feat.data.dot(predictor.W.data.T) + predictor.b.data
        np.testing.assert_allclose(
            feat.grad, 2 * output.dot(predictor.W.data), rtol=1e-4)
        np.testing.assert_allclose(
            predictor.W.grad, 2 * output.T.dot(feat.data), rtol=1e-4)

    def test_volatile_and_non_volatile_variables_cannot_be_mixed(self):
        on, off, auto = [
            Variable(np.ones(3, np.float32), volatile=volatile)
            for volatile in ('on', 'off', 'auto')]
        with self.assertRaises(ValueError):
            on + off
        self.assertIs((on + auto).volatile, chainer.ON)
        self.assertIs((off + auto).volatile, chainer.OFF)


class ParallelSequentialIterator(chainer.dataset.Iterator):
    def __init__(self, dataset, batch_size, repeat=True):
        self.dataset = dataset
        self.batch_size = batch_size
        self.epoch = 0
        self.is_new_epoch = False
        self.repeat = repeat
        self.offsets = [i * len(dataset) // batch_size
                        for i in range(batch_size)]
        self.iteration = 0

    def __next__(self):
        length = len(self.dataset)
        if not self.repeat and self.iteration * self.batch_size >= length:
            raise StopIteration
        cur_words = self.get_words()
        self.iteration += 1
        next_words = self.get_words()

        epoch = self.iteration * self.batch_size // length
        self.is_new_epoch = self.epoch < epoch
        if self.is_new_epoch:
            self.epoch = epoch

        return list(zip(cur_words, next_words))

    @property
    def epoch_detail(self):
        return self.iteration * self.batch_size / len(self.dataset)

    def get_words(self):
        return [self.dataset[(offset + self.iteration) % len(self.dataset)]
                for offset in self.offsets]

    def serialize(self, serializer):
        self.iteration = serializer('iteration', self.iteration)
        self.epoch = serializer('epoch', self.epoch)


class TestParallelSequentialIterator(unittest.TestCase):

    def test_batches(self):
        iterator = ParallelSequentialIterator(np.arange(6), 2)
        self.assertEqual(next(iterator), [(0, 1), (3, 4)])
        self.assertEqual(iterator.epoch_detail, 2 / 6)
        self.assertEqual(next(iterator), [(1, 2), (4, 5)])
        self.assertFalse(iterator.is_new_epoch)
        self.assertEqual(next(iterator), [(2, 3), (5, 0)])
        self.assertTrue(iterator.is_new_epoch)
        self.assertEqual(next(iterator), [(3, 4), (0, 1)])

    def test_one_sweep(self):
        iterator = ParallelSequentialIterator(np.arange(6), 2, repeat=False)
        self.assertEqual(len(list(iterator)), 3)


class TestTrainer(RecurrentNetTestCase):

    def setUp(self):
        super(TestTrainer, self).setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.out = directory.name

    def test_truncated_backprop_through_time(self):
        model, optimizer = self.model, self.optimizer
        # The next word is determined by the current one.
        train = np.arange(1400, dtype=np.int32) * 3 % 20
        val = train[:100]
        train_iter = ParallelSequentialIterator(train, 20)
        val_iter = ParallelSequentialIterator(val, 1, repeat=False)

        def update_bptt(updater):
            loss = 0
            for _ in range(35):
                batch = train_iter.__next__()
                x, t = chainer.dataset.concat_examples(batch)
                loss += model(chainer.Variable(x), chainer.Variable(t))

            model.zerograds()
            loss.backward()
            loss.unchain_backward()  # truncate
            optimizer.update()

        class BPTTUpdater(training.StandardUpdater):
            def update_core(self):
                update_bptt(self)

        updater = BPTTUpdater(train_iter, optimizer)
        trainer = training.Trainer(updater, (30, 'epoch'), out=self.out)

        eval_model = model.copy()
        eval_rnn = eval_model.predictor
        trainer.extend(extensions.Evaluator(
            val_iter, eval_model,
            eval_hook=lambda _: eval_rnn.reset_state()))
        trainer.extend(extensions.LogReport())
        trainer.run()

        # 1400 words in 20 columns are 70 words each: two updates an epoch.
        self.assertEqual(updater.iteration, 60)
        self.assertEqual(optimizer.t, 60)
        self.assertIsNone(self.rnn.mid.h.creator)
        with open(os.path.join(self.out, 'log')) as f:
            log = json.load(f)
        self.assertEqual(len(log), 30)
        self.assertGreater(log[0]['main/loss'], 2)
        self.assertLess(log[-1]['main/loss'], 0.5)
        self.assertLess(log[-1]['validation/main/loss'], 0.5)
        self.assertGreater(log[-1]['validation/main/accuracy'], 0.95)
