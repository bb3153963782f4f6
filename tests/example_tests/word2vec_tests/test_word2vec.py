import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

import chainer
from chainer import datasets
from chainer.testing import attr

EXAMPLE = (pathlib.Path(__file__).resolve().parents[3] /
           'examples' / 'word2vec')


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLE / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ScriptsTestCase(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def run_script(self, name, *arguments, code=0, text=None):
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W',
             'ignore:the device is the CPU', str(EXAMPLE / name), *arguments],
            cwd=self.directory, input=text, capture_output=True, text=True,
            timeout=300)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def train(self, *arguments, **kwargs):
        return self.run_script(
            'train_word2vec.py', '--dataset', 'sentences', '--seed', '0',
            *arguments, **kwargs)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def read(self, *names):
        with open(self.path(*names), 'rb') as f:
            return f.read()


class TestNeighbours(ScriptsTestCase):
    """The nearest word can stand in the place of a word.

    Whether a sentence stays grammatical when one of its words is replaced by
    another, the grammar of the text tells. 6 of 100 words that are replaced by
    any word leave it so.
    """

    @classmethod
    def setUpClass(cls):
        cls.search = load_script('search')
        cls.grammar = datasets.get_sentences_grammar()
        text = datasets.get_sentences()[1]
        ends = np.flatnonzero(text == 0) + 1
        cls.sentences = [
            sentence.tolist() for sentence in np.split(text, ends)[:-1]]

    def sentence_with(self, i):
        return next(s for s in self.sentences if i in s)

    def can_replace(self, word, other):
        ids = self.grammar.vocabulary
        sentence = [ids[other] if i == ids[word] else i
                    for i in self.sentence_with(ids[word])]
        return self.grammar.log_probability(sentence) > -np.inf

    def count(self, choose):
        """How many of 100 words the chosen ones can replace."""
        words = list(self.grammar.vocabulary)
        known = {i for sentence in self.sentences for i in sentence}
        words = [words[i] for i in sorted(known - {0})]
        fit = [self.can_replace(word, choose(word)) for word in words]
        self.assertGreater(len(fit), 250)
        return 100 * np.mean(fit)

    def check(self, *arguments):
        self.train('--epoch', '1', '--window', '2', *arguments)
        words, vectors = self.search.load_vectors(
            self.path('result', 'word2vec.model'))
        self.assertEqual(words, list(self.grammar.vocabulary))

        def nearest(word):
            (found, _), = self.search.search(words, vectors, word, 1)
            return found

        self.assertGreater(self.count(nearest), 80)

    def test_any_word(self):
        words = list(self.grammar.vocabulary)
        random = np.random.RandomState(0)
        self.assertLess(
            self.count(lambda word: words[random.randint(1, len(words))]), 15)

    def test_softmax(self):
        self.check('--out-type', 'original')

    def test_hierarchical_softmax(self):
        self.check('--model', 'cbow', '--out-type', 'hsm')

    def test_negative_sampling(self):
        self.check(
            '--model', 'cbow', '--out-type', 'ns', '--batchsize', '100')


class TestTraining(ScriptsTestCase):

    SMALL = ('--test', '--batchsize', '20', '--unit', '10', '--epoch', '8',
             '--window', '1')

    def check(self, model, out_type, *arguments):
        result = self.train('--model', model, '--out-type', out_type,
                            *self.SMALL, *arguments)
        self.assertIn(f'# model: {model}, output: {out_type}', result.stdout)
        log = json.loads(self.read('result', 'log'))
        self.assertEqual(len(log), 8)
        for key in 'main/loss', 'validation/main/loss':
            self.assertLess(log[-1][key], log[0][key])
        self.assertEqual(self.read('result', 'loss.png')[:4], b'\x89PNG')
        header, *lines = self.read('result', 'word2vec.model').splitlines()
        self.assertEqual(header, b'272 10')
        self.assertEqual(len(lines), 272)

    def test_all_kinds(self):
        for model in 'skipgram', 'cbow':
            for out_type in 'hsm', 'ns', 'original':
                self.check(model, out_type)

    @attr.gpu
    def test_on_a_device(self):
        self.check('skipgram', 'ns', '--gpu', '0')
        self.check('cbow', 'hsm', '--gpu', '0')
        self.check('skipgram', 'original', '--gpu', '0')

    def test_resumed_is_as_never_stopped(self):
        arguments = ('--out-type', 'ns', *self.SMALL)
        self.train(*arguments, '--out', 'whole')
        self.train(*arguments, '--out', 'half', '--epoch', '4')
        last, = [name for name in os.listdir(self.path('half'))
                 if name == 'snapshot_iter_20']
        self.train(*arguments, '--out', 'half', '--resume',
                   self.path('half', last))
        for name in 'word2vec.model', 'log', 'loss.png', 'snapshot_iter_40':
            self.assertEqual(self.read('half', name),
                             self.read('whole', name), name)

    def test_bad_arguments(self):
        for option in 'unit', 'window', 'negative-size':
            result = self.train(f'--{option}', '0', code=2)
            self.assertIn(f'--{option} must be at least 1', result.stderr)


class TestNetworks(unittest.TestCase):

    def setUp(self):
        self.script = load_script('train_word2vec')
        self.center = np.array([1, 4], 'i')
        self.context = np.array([[0, 2], [3, 3]], 'i')

    def make(self, network):
        loss_func = self.script.SoftmaxCrossEntropyLoss(3, 5)
        loss_func.out.W.data[...] = np.random.randn(5, 3)
        model = network(5, 3, loss_func)
        model.embed.W.data[...] = np.random.randn(5, 3)
        return model

    def loss(self, model, vector, word):
        """Cross entropy of a word, straight from its definition."""
        scores = model.loss_func.out.W.data.dot(vector)
        return np.log(np.exp(scores).sum()) - scores[word]

    def test_skip_gram(self):
        model = self.make(self.script.SkipGram)
        expected = np.mean([
            self.loss(model, model.embed.W.data[center], word)
            for center, context in zip(self.center, self.context)
            for word in context])
        loss = model(chainer.Variable(self.center),
                     chainer.Variable(self.context))
        self.assertAlmostEqual(float(loss.data), expected, places=5)

    def test_continuous_bag_of_words(self):
        model = self.make(self.script.ContinuousBoW)
        expected = np.mean([
            self.loss(model, model.embed.W.data[context].mean(axis=0), center)
            for center, context in zip(self.center, self.context)])
        loss = model(chainer.Variable(self.center),
                     chainer.Variable(self.context))
        self.assertAlmostEqual(float(loss.data), expected, places=5)

    def test_losses_at_the_beginning(self):
        x = np.random.randn(6, 3).astype('f')
        t = np.array([0, 1, 2, 3, 0, 1], 'i')
        for out_type, expected in (('original', 6 * np.log(4)),
                                   ('hsm', 6 * 2 * np.log(2)),
                                   ('ns', 6 * 3 * np.log(2))):
            # In the tree of equal counts each word is at a depth of 2.
            loss_func = self.script.make_loss(out_type, [5, 5, 5, 5], 3, 2)
            loss = loss_func(chainer.Variable(x), chainer.Variable(t))
            self.assertAlmostEqual(float(loss.data), expected, places=4)

    def test_windows(self):
        text = np.arange(100, 120, dtype='i')
        convert = self.script.WindowConverter(text, 3)
        positions = convert.get_positions()
        self.assertEqual(positions.tolist(), list(range(3, 17)))
        widths = set()
        for _ in range(50):
            center, context = convert([3, 16, 8], -1)
            self.assertEqual(center.tolist(), [103, 116, 108])
            w = context.shape[1] // 2
            widths.add(w)
            offsets = [*range(-w, 0), *range(1, w + 1)]
            self.assertEqual(
                context.tolist(),
                [[i + k for k in offsets] for i in center.tolist()])
        self.assertEqual(widths, {1, 2, 3})

    def test_penn_treebank_if_it_can_be_had(self):
        with mock.patch.object(
                datasets, 'get_ptb_words_vocabulary',
                return_value={'a': 0, '<eos>': 1}), \
                mock.patch.object(datasets, 'get_ptb_words',
                                  return_value=(1, 2, 3)):
            for name in 'auto', 'ptb':
                self.assertEqual(self.script.get_dataset(name),
                                 ((1, 2), ['a', '<eos>']))
        with mock.patch.object(
                datasets, 'get_ptb_words_vocabulary',
                side_effect=OSError('no network. Do this.')), \
                mock.patch('builtins.print') as printed:
            (train, _), words = self.script.get_dataset('auto')
            with self.assertRaises(OSError):
                self.script.get_dataset('ptb')
        self.assertEqual(len(words), 272)
        np.testing.assert_array_equal(train, datasets.get_sentences()[0])
        self.assertIn('(no network; ', printed.call_args[0][0])

    def test_gradients_reach_the_vectors(self):
        for out_type in 'original', 'hsm', 'ns':
            for network in self.script.SkipGram, self.script.ContinuousBoW:
                loss_func = self.script.make_loss(out_type, [5] * 5, 3, 2)
                for param in loss_func.params():
                    param.data[...] = np.random.randn(*param.data.shape)
                model = network(5, 3, loss_func)
                model.cleargrads()
                model(chainer.Variable(self.center),
                      chainer.Variable(self.context)).backward()
                read = (self.center if network is self.script.SkipGram
                        else self.context)
                self.assertEqual(
                    np.flatnonzero(
                        model.embed.W.grad.any(axis=1)).tolist(),
                    sorted(set(read.ravel().tolist())))


class TestSearch(ScriptsTestCase):

    MODEL = ('5 2\nking 2 2\nqueen 2.1 -2\nman 1 1\nwoman 1 -0.9\n'
             'zero 0 0\n')

    def setUp(self):
        super().setUp()
        os.mkdir(self.path('result'))
        self.write(self.MODEL)

    def write(self, text, *names):
        with open(self.path(*names or ('result', 'word2vec.model')), 'w') as f:
            f.write(text)

    def test_nearest(self):
        out = self.run_script('search.py', 'man', '-n', '1').stdout
        self.assertEqual(out, 'query: man\nking: 1.0000\n')

    def test_order_and_values(self):
        lines = self.run_script('search.py', 'king').stdout.splitlines()
        self.assertEqual([line.split(':')[0] for line in lines[1:]],
                         ['man', 'woman', 'queen', 'zero'])
        cosine = (2 * 1 - 2 * .9) / 8 ** .5 / 1.81 ** .5
        self.assertAlmostEqual(
            float(lines[2].split()[1]), cosine, delta=1e-4)

    def test_sum(self):
        out = self.run_script(
            'search.py', 'king - man + woman', '-n', '1').stdout
        self.assertTrue(out.splitlines()[1].startswith('queen: '), out)

    def test_typed_queries(self):
        out = self.run_script(
            'search.py', text='king\nprince\nman\n\nqueen\n').stdout
        self.assertIn('query: king', out)
        self.assertIn("'prince' is not in the vocabulary", out)
        self.assertIn('query: man', out)
        self.assertNotIn('query: queen', out)
        # Without an empty line at the end
        self.assertIn('query: king', self.run_script(
            'search.py', text='king').stdout)

    def test_several_queries(self):
        self.write('1 1\na 1\n', 'other')
        out = self.run_script('search.py', 'a', 'b', '-m', 'other').stdout
        self.assertEqual(
            out, "query: a\n'b' is not in the vocabulary\n")

    def test_bad_files(self):
        for text in ('', 'a b\n', '2 2\na 1 2\n', '1 2\na 1\n', '1 1\na b\n',
                     '2 2\na 1 2\nb 1\n'):
            self.write(text)
            result = self.run_script('search.py', 'a', code=1)
            self.assertIn('word2vec.model is not a model of', result.stderr)
            self.assertNotIn('Traceback', result.stderr)
        result = self.run_script('search.py', '-m', 'nowhere', code=1)
        self.assertIn('nowhere', result.stderr)
