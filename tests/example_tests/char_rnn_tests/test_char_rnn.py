import contextlib
import importlib.util
import io
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
import chainer.functions as F
from chainer import datasets
from chainer.testing import attr

EXAMPLE = (pathlib.Path(__file__).resolve().parents[3] /
           'examples' / 'char-rnn')


def load_script(name):
    with mock.patch.object(sys, 'path', [str(EXAMPLE), *sys.path]):
        spec = importlib.util.spec_from_file_location(
            name, EXAMPLE / f'{name}.py')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def run_script(name, *arguments, code=0, cwd=None):
    result = subprocess.run(
        [sys.executable, '-W', 'error', '-W', 'ignore:the device is the CPU',
         str(EXAMPLE / name), *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=300)
    assert result.returncode == code, result.stderr
    return result


class ScriptsTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tmp.cleanup)
        cls.directory = tmp.name
        # Only the last word of a line is uncertain.
        last = np.random.RandomState(0).choice(['goes', 'was'], 150)
        with open(cls.path('input.txt'), 'w') as f:
            f.writelines(f'so it {word}\n' for word in last)

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.directory, *names)

    @classmethod
    def train(cls, out, *arguments, **kwargs):
        return run_script(
            'train_charrnn.py', '--input', 'input.txt', '--unit', '24',
            '--batchsize', '8', '--bproplen', '7', '--lr', '0.02', '--seed',
            '0', '--epoch', '4', '--out', out, *arguments,
            cwd=cls.directory, **kwargs)

    def read(self, *names):
        with open(self.path(*names), 'rb') as f:
            return f.read()

    def check_learns(self, out):
        log = json.loads(self.read(out, 'log'))
        self.assertEqual(len(log), 4)
        # The frequencies of the characters alone give 2.1.
        for key in 'main/loss', 'validation/main/loss':
            self.assertLess(log[-1][key], 0.5)


class TestTraining(ScriptsTestCase):

    def test_resumed_is_as_never_stopped(self):
        result = self.train('whole')
        self.assertIn('# text: 1', result.stdout)
        self.assertNotIn('best possible', result.stdout)
        self.check_learns('whole')
        self.assertEqual(self.read('whole', 'loss.png')[:4], b'\x89PNG')

        self.train('half', '--epoch', '2')
        _, middle, _, end = [
            f'snapshot_iter_{entry["iteration"]}'
            for entry in json.loads(self.read('whole', 'log'))]
        self.train('half', '--resume', self.path('half', middle))
        for name in ('model.npz', 'model_epoch_4.npz', 'log', 'loss.png',
                     end):
            self.assertEqual(self.read('half', name),
                             self.read('whole', name), name)
        self.check_sample('whole')

    @attr.gpu
    def test_on_a_device(self):
        self.train('device', '--gpu', '0', '--dropout', '0.1')
        self.check_learns('device')
        self.check_sample('device', '--gpu', '0')

    def sample(self, *arguments, **kwargs):
        return run_script(
            'sample.py', *arguments, cwd=self.directory, **kwargs).stdout

    def check_sample(self, out, *arguments):
        arguments = '--model', self.path(out, 'model.npz'), *arguments
        # The most probable text, whatever the seed
        texts = [self.sample(*arguments, '--temperature', '0', '--primetext',
                             'so', '--length', '60', '--seed', seed)
                 for seed in '12']
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(len(texts[0]), 63)
        lines = texts[0].splitlines()
        self.assertTrue(
            set(lines[:4]) <= {'so it goes', 'so it was'}, lines)

        texts = [self.sample(*arguments, '--seed', seed)
                 for seed in ('1', '1', '2')]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])
        self.assertEqual(len(texts[0]), 501)
        for line in 'so it goes\n', 'so it was\n':
            self.assertIn(line, texts[0])
        wild = self.sample(*arguments, '--temperature', '1000')
        self.assertLess(wild.count('so it'), 5)


class TestBadArguments(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def write(self, name, data):
        path = os.path.join(self.directory, name)
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def run_main(self, script, *arguments):
        """Returns the message with which the script exits."""
        argv = [f'{script}.py', *arguments]
        with mock.patch.object(sys, 'argv', argv), \
                contextlib.redirect_stderr(io.StringIO()) as stderr, \
                contextlib.redirect_stdout(io.StringIO()), \
                self.assertRaises(SystemExit) as context:
            load_script(script).main()
        if context.exception.code == 2:
            return stderr.getvalue().splitlines()[-1]
        return context.exception.code

    def test_bad_texts(self):
        for path, message in (
                (self.write('latin', b'caf\xe9' * 200), 'not a text in UTF-8'),
                (self.write('short', b'a' * 509), 'too short'),
                (os.path.join(self.directory, 'nowhere'), 'nowhere'),
                (self.directory, 'input.txt')):
            self.assertRegex(
                self.run_main('train_charrnn', '--data_dir', path), message)

    def test_bad_snapshot(self):
        text = self.write('text', b'ab' * 300)
        self.assertIn('cannot resume', self.run_main(
            'train_charrnn', '--input', text, '--resume', 'nowhere'))

    def test_bad_numbers(self):
        for name in 'batchsize', 'bproplen', 'epoch', 'unit':
            self.assertIn(f'--{name} must be at least 1', self.run_main(
                'train_charrnn', f'--{name}', '0'))
        self.assertIn('--dropout must be', self.run_main(
            'train_charrnn', '--dropout', '1'))
        for option in '--length', '--temperature':
            self.assertIn(f'{option} must not be negative', self.run_main(
                'sample', option, '-1'))

    def test_bad_models(self):
        other = os.path.join(self.directory, 'other.npz')
        np.savez(other, W=np.zeros(3))
        self.assertRegex(self.run_main('sample', '-m', other),
                         'other.npz is not a model of train_charrnn')
        self.assertIn(
            'nowhere.npz', self.run_main('sample', '-m', 'nowhere.npz'))


class TestGeneratedSentences(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.script = load_script('train_charrnn')

    def test_text(self):
        grammar = datasets.get_sentences_grammar()
        words = list(grammar.vocabulary)
        ids = [grammar.vocabulary[word] for word in (
            'the man that mary knows sleeps <eos> is max tall ? <eos>'
        ).split()]
        self.assertEqual(
            self.script.make_text(np.array(ids), words),
            'The man that Mary knows sleeps.\nIs Max tall?\n')

    def test_names(self):
        # A capital inside a sentence is at a name, and at every name.
        grammar = datasets.get_sentences_grammar()
        self.assertTrue(self.script.NAMES <= set(grammar.vocabulary))
        for name in grammar.vocabulary:
            sentence = [grammar.vocabulary[word]
                        for word in ('the', 'man', 'that', name, 'sees',
                                     'sleeps', '<eos>')]
            alone = [grammar.vocabulary[name],
                     *[grammar.vocabulary[word]
                       for word in ('and', 'mary', 'sleep', '<eos>')]]
            is_name = (grammar.log_probability(sentence) > -np.inf and
                       grammar.log_probability(alone) > -np.inf)
            self.assertEqual(is_name, name in self.script.NAMES, name)

    def test_best_loss(self):
        train, val, best = self.script.get_sentences()
        self.assertEqual(train.count('\n'), 30000)
        self.assertEqual(val.count('\n'), 1000)
        # The sum over the characters is that over the words.
        grammar = datasets.get_sentences_grammar()
        ids = datasets.get_sentences()[1]
        self.assertAlmostEqual(
            best * len(val), len(ids) * np.log(grammar.perplexity(ids)),
            places=6)
        self.assertTrue(0.3 < best < 0.6)

    def test_directory_of_a_text(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'input.txt')
            with open(path, 'w', encoding='utf-8') as f:
                f.write('d\xe9j\xe0 vu ' * 10)
            for name in directory, path:
                train, val, best = self.script.read_text(name, 8)
                self.assertEqual(train + val, 'd\xe9j\xe0 vu ' * 10)
                self.assertEqual(len(val), 8)
                self.assertIsNone(best)


class TestTruncation(unittest.TestCase):

    def setUp(self):
        self.script = load_script('train_charrnn')
        self.model = self.script.CharRNN('abcdefg', 3)
        self.text = np.random.randint(0, 7, 41).astype('i')

    def test_pieces(self):
        iterator = self.script.PieceIterator(self.text, 2, 8)
        xs, ts = [], []
        for _ in range(6):
            x, t = chainer.dataset.concat_examples(iterator.next())
            xs.append(x)
            ts.append(t)
        self.assertEqual([x.shape for x in xs], [(2, 8), (2, 8), (2, 4)] * 2)
        for part, expected in ((xs, self.text[:40]), (ts, self.text[1:])):
            for i in 0, 3:
                np.testing.assert_array_equal(
                    np.concatenate(part[i:i + 3], axis=1),
                    expected.reshape(2, 20))
        self.assertEqual(iterator.epoch, 2)

    def test_epochs(self):
        iterator = self.script.PieceIterator(self.text, 2, 8)
        seen = []
        for _ in range(4):
            iterator.next()
            seen.append((iterator.epoch, iterator.is_new_epoch,
                         iterator.epoch_detail))
        self.assertEqual(seen, [
            (0, False, .4), (0, False, .8), (1, True, 1.), (1, False, 1.4)])
        once = self.script.PieceIterator(self.text, 2, 8, repeat=False)
        self.assertEqual(len(list(once)), 3)

    def test_loss(self):
        # Character by character, from the scores of each step
        x, t = self.text[:8].reshape(2, 4), self.text[8:16].reshape(2, 4)
        loss = self.model(chainer.Variable(x), chainer.Variable(t))
        self.model.reset_state()
        losses = []
        for i in range(4):
            y = F.softmax(self.model.step(chainer.Variable(x[:, i].copy())))
            losses.extend(-np.log(y.data[[0, 1], t[:, i]]))
        self.assertAlmostEqual(float(loss.data), np.mean(losses), places=5)

    def make_updater(self):
        optimizer = chainer.optimizers.SGD(lr=0)
        optimizer.setup(self.model)
        iterator = self.script.PieceIterator(self.text, 2, 5)
        return self.script.BPTTUpdater(iterator, optimizer, -1)

    def test_state_goes_on_but_the_gradient_does_not(self):
        updater = self.make_updater()
        updater.update()
        updater.update()
        gradients = {name: param.grad.copy()
                     for name, param in self.model.namedparams()}
        for layer in updater.layers.values():
            self.assertIsNone(layer.c.creator)
            self.assertIsNone(layer.h.creator)

        x = self.text[:40].reshape(2, 20)
        t = self.text[1:].reshape(2, 20)
        self.model.reset_state()
        self.model(chainer.Variable(x[:, :5]), chainer.Variable(t[:, :5]))
        for layer in self.model.l1, self.model.l2:
            # What was read counts, how it was read does not.
            layer.set_state(chainer.Variable(layer.c.data),
                            chainer.Variable(layer.h.data))
        self.model.cleargrads()
        self.model(chainer.Variable(x[:, 5:10]),
                   chainer.Variable(t[:, 5:10])).backward()
        for name, param in self.model.namedparams():
            np.testing.assert_allclose(
                gradients[name], param.grad, rtol=1e-4, atol=1e-6,
                err_msg=name)


class Counting:
    """A network that is sure that each character is followed by the next."""

    characters = '\nabc'
    xp = np

    def reset_state(self):
        self.read = ''

    def step(self, x):
        self.read += self.characters[x.data[0]]
        return chainer.Variable(100 * np.eye(4, dtype='f')[(x.data + 1) % 4])


class TestGenerate(unittest.TestCase):

    def setUp(self):
        self.sample = load_script('sample')

    def test_what_the_network_reads(self):
        for temperature in 0, 1:
            network = Counting()
            text = self.sample.generate(network, 'b', 3, temperature)
            self.assertEqual(''.join(text), 'bc\na')
            self.assertEqual(network.read, '\nbc\na')
            text = self.sample.generate(network, '', 2, temperature)
            self.assertEqual(''.join(text), 'ab')

    def test_temperature(self):
        scores = np.log([.1, .2, .7])
        for temperature in .5, 1, 2:
            np.random.seed(0)
            counts = np.bincount([
                self.sample.choose(scores, temperature)
                for _ in range(3000)], minlength=3)
            expected = np.array([.1, .2, .7]) ** (1 / temperature)
            np.testing.assert_allclose(
                counts / 3000, expected / expected.sum(), atol=.03)
        self.assertEqual(self.sample.choose(scores, 0), 2)
        # No overflow
        self.assertEqual(self.sample.choose(scores * 1e5, 1e-9), 2)

    def test_unknown_character(self):
        with self.assertRaisesRegex(ValueError, "does not know.*'x'"):
            list(self.sample.generate(Counting(), 'ax', 1, 1))
