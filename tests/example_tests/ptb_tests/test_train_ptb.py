import collections
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

import chainer
import chainer.links as L
from chainer import datasets
from chainer.testing import attr

SCRIPT = (pathlib.Path(__file__).resolve().parents[3] /
          'examples' / 'ptb' / 'train_ptb.py')
EPOCHS = 3

# Runs the script, and kills its process with SIGKILL right before the update
# of the given number: nothing can be cleaned up or written any more.
KILLED = '''
import os, runpy, signal, sys
from chainer import training
update = training.StandardUpdater.update
def update_or_die(self):
    if self.iteration == {iteration}:
        os.kill(os.getpid(), signal.SIGKILL)
    update(self)
training.StandardUpdater.update = update_or_die
sys.argv = {argv}
runpy.run_path(sys.argv[0], run_name='__main__')
'''


def load_script():
    spec = importlib.util.spec_from_file_location('train_ptb', SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_script(arguments, code=0, cwd=None):
    result = subprocess.run(
        [sys.executable, '-W', 'error', *arguments], cwd=cwd,
        capture_output=True, text=True, timeout=300)
    assert result.returncode == code, result.stderr
    return result


def write_sentences(path, n):
    """Writes generated sentences into a file."""
    grammar = datasets.get_sentences_grammar()
    words = list(grammar.vocabulary)
    text = grammar.generate(n, np.random.RandomState(0)).tolist()
    text = ' '.join([words[i] for i in text]).replace(' <eos>', '\n')
    with open(path, 'w') as f:
        f.write(text)


class TestTraining(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.tmp.cleanup)
        cls.text = os.path.join(cls.tmp.name, 'text.txt')
        write_sentences(cls.text, 200)
        cls.whole = cls.path('whole')
        cls.stdout = run_script(cls.arguments(cls.whole)).stdout
        with open(os.path.join(cls.whole, 'log')) as f:
            cls.log = json.load(f)
        cls.iterations = cls.log[0]['iteration']

    @classmethod
    def path(cls, name):
        return os.path.join(cls.tmp.name, name)

    @classmethod
    def arguments(cls, out, *more):
        return [str(SCRIPT), '--text', cls.text, '--unit', '20', '--epoch',
                str(EPOCHS), '--batchsize', '4', '--bproplen', '5', '--seed',
                '0', '--out', out, '--model', f'{out}.npz', *more]

    def test_learns(self):
        self.assertEqual(len(self.log), EPOCHS)
        for entry in self.log:
            self.assertNotIn('main/accuracy', entry)  # which costs time
            for name, loss in (('perplexity', 'main/loss'),
                               ('val_perplexity', 'validation/main/loss')):
                self.assertAlmostEqual(entry[name], np.exp(entry[loss]))
            self.assertLess(entry['perplexity'], 200)
        # The frequencies of the words alone give about 100.
        self.assertLess(self.log[-1]['perplexity'], 95)
        self.assertLess(self.log[-1]['val_perplexity'], 95)

    def test_output(self):
        for heading in 'perplexity', 'val_perplexity':
            self.assertIn(heading, self.stdout)
        test = float(self.stdout.split('test perplexity: ')[1])
        self.assertLess(test, 95)
        self.assertNotIn('best possible', self.stdout)
        with open(os.path.join(self.whole, 'loss.png'), 'rb') as f:
            self.assertEqual(f.read(4), b'\x89PNG')

    def test_model(self):
        with np.load(f'{self.whole}.npz') as arrays:
            self.assertEqual(arrays['predictor/l1/upward/W'].shape, (80, 20))
            words = arrays['predictor/words'].item().split(' ')
            self.assertEqual(
                arrays['predictor/embed/W'].shape, (len(words), 20))
        self.assertEqual(words[:2], ['<eos>', '<unk>'])
        self.assertIn('the', words)

    def test_perplexities_are_those_of_the_model(self):
        script = load_script()
        (_, val, test), words, _ = script.read_dataset(self.text, 1)
        model = L.Classifier(script.RNNForLM(words, 20, train=False))
        chainer.serializers.load_npz(f'{self.whole}.npz', model)

        def perplexity(text):
            model.predictor.reset_state()
            losses = [
                float(model(text[i:i + 1], following[None]).data)
                for i, following in enumerate(np.roll(text, -1))]
            return np.exp(np.mean(losses))

        self.assertAlmostEqual(
            self.log[-1]['val_perplexity'], perplexity(val), places=3)
        printed = float(self.stdout.split('test perplexity: ')[1])
        self.assertAlmostEqual(printed, perplexity(test), places=2)

    def test_killed_and_resumed_is_as_never_stopped(self):
        out = self.path('killed')
        killed_at = self.iterations * 3 // 2  # the middle of epoch 2
        code = KILLED.format(iteration=killed_at, argv=self.arguments(out))
        run_script(['-c', code], code=-signal.SIGKILL)
        snapshot = os.path.join(out, f'snapshot_iter_{self.iterations}')
        self.assertEqual(
            [name for name in os.listdir(out) if 'snapshot' in name],
            [os.path.basename(snapshot)])
        self.assertFalse(os.path.exists(f'{out}.npz'))

        run_script(self.arguments(out, '--resume', snapshot))
        last = self.log[-1]['iteration']
        for name in '.npz', '/log', f'/snapshot_iter_{last}':
            with open(self.whole + name, 'rb') as f:
                expected = f.read()
            with open(out + name, 'rb') as f:
                self.assertEqual(f.read(), expected, name)

    def test_state_is_in_the_snapshot(self):
        snapshot = os.path.join(self.whole, f'snapshot_iter_{self.iterations}')
        with np.load(snapshot) as arrays:
            for layer in 'l1', 'l2':
                for name in 'c', 'h':
                    state = arrays[f'updater/state:{layer}/{name}']
                    self.assertEqual(state.shape, (4, 20))
                    self.assertTrue(state.any())

    def test_resume_with_other_settings(self):
        snapshot = os.path.join(self.whole, f'snapshot_iter_{self.iterations}')
        result = run_script(self.arguments(
            self.path('other'), '--resume', snapshot, '--batchsize', '5'),
            code=1)
        self.assertIn('(4, 20)', result.stderr)
        self.assertIn('--batchsize must be those', result.stderr)
        self.assertNotIn('Traceback', result.stderr)
        result = run_script(self.arguments(
            self.path('other'), '--resume', self.path('nowhere')), code=1)
        self.assertIn('cannot resume', result.stderr)

        other = self.path('other.txt')
        with open(self.text) as source, open(other, 'w') as target:
            target.write(source.read().replace('man', 'dwarf'))
        result = run_script(self.arguments(
            self.path('other'), '--resume', snapshot, '--text', other), code=1)
        self.assertIn('other words', result.stderr)

    def test_learning_rate_decays(self):
        out = self.path('decay')
        run_script(self.arguments(out, '--lrdecay', '0'))
        with open(os.path.join(out, 'log')) as f:
            log = json.load(f)
        losses = [entry['validation/main/loss'] for entry in log]
        self.assertEqual(losses[0], self.log[0]['validation/main/loss'])
        self.assertEqual(losses[1:], losses[:1] * 2)

    def test_gradient_is_clipped(self):
        out = self.path('clip')
        run_script(self.arguments(out, '--gradclip', '0', '--test'))
        with open(os.path.join(out, 'log')) as f:
            log = json.load(f)
        losses = [entry['validation/main/loss'] for entry in log]
        self.assertEqual(losses, losses[:1] * 2)

    @attr.gpu
    def test_on_a_device(self):
        out = self.path('device')
        run_script(['-W', 'ignore:the device is the CPU',
                    *self.arguments(out, '--gpu', '0')])
        with open(os.path.join(out, 'log')) as f:
            log = json.load(f)
        # Dropout draws other numbers there.
        for entry, expected in zip(log, self.log, strict=True):
            self.assertAlmostEqual(
                entry['main/loss'], expected['main/loss'], delta=0.1)
        with np.load(f'{self.whole}.npz') as expected, \
                np.load(f'{out}.npz') as arrays:
            self.assertEqual(arrays.files, expected.files)

    def test_seed_decides(self):
        out = self.path('seed')
        run_script(self.arguments(out, '--seed', '1', '--test'))
        with np.load(f'{out}.npz') as arrays, \
                np.load(f'{self.whole}.npz') as others:
            for name in others.files:
                if 'words' not in name:
                    self.assertFalse(
                        np.array_equal(arrays[name], others[name]), name)


class CountCalls(chainer.function.FunctionHook):
    """Counts how often each kind of function is called."""

    name = 'CountCalls'

    def __init__(self):
        self.counts = collections.Counter()

    def forward_preprocess(self, function, in_data):
        self.counts[function.label] += 1


class TestNetwork(unittest.TestCase):

    def test_functions(self):
        rnn = load_script().RNNForLM(list('abcdefg'), 3)
        for rnn.train in True, False:
            hook = CountCalls()
            with hook:
                y = rnn(chainer.Variable(np.array([0, 6], np.int32)))
            self.assertEqual(y.data.shape, (2, 7))
            self.assertEqual(hook.counts['LSTM'], 2)
            self.assertEqual(hook.counts['Dropout'], 3 * rnn.train)

    def test_initial_parameters(self):
        rnn = load_script().RNNForLM(list('abcdefg'), 30)
        for param in rnn.params():
            self.assertLessEqual(abs(param.data).max(), .1)
            self.assertGreater(abs(param.data).max(), .06)


class TestUpdater(unittest.TestCase):

    def setUp(self):
        script = load_script()
        self.text = np.random.RandomState(0).randint(
            0, 7, 40).astype(np.int32)
        self.model = L.Classifier(
            script.RNNForLM(list('abcdefg'), 3, train=False))
        self.optimizer = chainer.optimizers.SGD(lr=0)
        self.optimizer.setup(self.model)
        self.reader = self.model.copy()
        self.updater = script.BPTTUpdater(
            script.ParallelSequentialIterator(self.text, 2),
            self.optimizer, 5, -1)

    def update(self):
        """Updates once, and returns the loss that is reported."""
        reporter = chainer.Reporter()
        reporter.add_observer('main', self.model)
        observation = {}
        with reporter.scope(observation):
            self.updater.update()
        return float(observation['main/loss'])

    def losses(self, n):
        """Losses of the words in turn, without any truncation."""
        self.reader.predictor.reset_state()
        return [self.reader(self.text[[i % 40, (i + 20) % 40]],
                            self.text[[(i + 1) % 40, (i + 21) % 40]])
                for i in range(n)]

    def test_reports_the_mean_over_all_words(self):
        losses = [float(loss.data) for loss in self.losses(45)]
        for i in range(9):
            self.assertAlmostEqual(
                self.update(), np.mean(losses[5 * i:5 * i + 5]), places=5)

    def test_gradient_is_that_of_the_words_of_an_update(self):
        self.update()
        self.reader.cleargrads()
        sum(self.losses(5)).backward()
        for (name, param), (_, expected) in zip(
                sorted(self.model.namedparams()),
                sorted(self.reader.namedparams())):
            np.testing.assert_allclose(
                param.grad, expected.grad, rtol=1e-4, atol=1e-6, err_msg=name)
        for layer in self.updater.layers.values():
            self.assertIsNone(layer.c.creator)
            self.assertIsNone(layer.h.creator)

    def test_epochs(self):
        epochs = []
        for _ in range(9):
            self.update()
            epochs.append((self.updater.epoch, self.updater.is_new_epoch))
        self.assertEqual(epochs, [
            (0, False), (0, False), (0, False), (1, True), (1, False),
            (1, False), (1, False), (2, True), (2, False)])

    def test_snapshot_before_the_first_update(self):
        arrays = {}
        chainer.serializers.DictionarySerializer(arrays).save(self.updater)
        expected = self.update()
        chainer.serializers.NpzDeserializer(arrays).load(self.updater)
        self.assertEqual(self.update(), expected)


class TestGeneratedSentences(unittest.TestCase):

    def test_short_run(self):
        with tempfile.TemporaryDirectory() as directory:
            stdout = run_script(
                [str(SCRIPT), '--test', '--dataset', 'sentences', '--unit',
                 '10'], cwd=directory).stdout
            self.assertTrue(os.path.exists(
                os.path.join(directory, 'model.npz')))
            with open(os.path.join(directory, 'result', 'log')) as f:
                self.assertEqual(json.load(f)[-1]['iteration'], 2)
        reached = float(stdout.split('test perplexity:')[1].split()[0])
        best = float(stdout.split('best possible:')[1])
        self.assertTrue(5 < best < 20)
        self.assertTrue(50 < reached < 300)
        self.assertIn('# vocabulary: 272 words', stdout)

    def test_best_perplexity_is_that_of_whole_sentences(self):
        script = load_script()
        grammar = datasets.get_sentences_grammar()
        text = grammar.generate(3, np.random.RandomState(0))
        expected = grammar.perplexity(text)
        self.assertEqual(script.best_perplexity(grammar, text), expected)
        self.assertEqual(script.best_perplexity(
            grammar, np.append(text, text[:2])), expected)

    def test_penn_treebank_if_it_can_be_had(self):
        script = load_script()
        error = OSError('no network. Do this or that.')
        with mock.patch.object(
                datasets, 'get_ptb_words_vocabulary', side_effect=error), \
                contextlib.redirect_stdout(io.StringIO()) as out:
            texts, words, grammar = script.get_dataset('auto')
            with self.assertRaises(OSError):
                script.get_dataset('ptb')
        self.assertEqual(len(words), 272)
        np.testing.assert_array_equal(texts[2], datasets.get_sentences()[2])
        self.assertIs(grammar, datasets.get_sentences_grammar())
        self.assertEqual(len(out.getvalue().splitlines()), 1)
        self.assertIn('(no network; --dataset ptb tells', out.getvalue())

        vocabulary = {'a': 0, '<eos>': 1}
        with mock.patch.object(datasets, 'get_ptb_words_vocabulary',
                               return_value=vocabulary), \
                mock.patch.object(datasets, 'get_ptb_words',
                                  return_value=(1, 2, 3)):
            for name in 'auto', 'ptb':
                self.assertEqual(script.get_dataset(name),
                                 ((1, 2, 3), ['a', '<eos>'], None))


class TestTextFile(unittest.TestCase):

    def setUp(self):
        self.script = load_script()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, 'text')

    def read(self, data, n_least=1):
        with open(self.path, 'wb') as f:
            f.write(data)
        return self.script.read_dataset(self.path, n_least)

    def test_words_and_ids(self):
        texts, words, grammar = self.read(
            b'a  b\tb\r\n \n\nb c a\nonce d d\nnew a')
        self.assertEqual(words, ['<eos>', '<unk>', 'b', 'a', 'd'])
        self.assertIsNone(grammar)
        for text, expected in zip(texts, [
                [3, 2, 2, 0, 2, 1, 3, 0, 1, 4, 4, 0], [1], [3, 0]]):
            self.assertEqual(text.dtype, np.int32)
            np.testing.assert_array_equal(text, expected)

    def test_special_words_in_the_text(self):
        _, words, _ = self.read(b'<unk> <unk> x x <eos>\n' * 5)
        self.assertEqual(words, ['<eos>', '<unk>', 'x'])

    def test_largest_vocabulary(self):
        self.script.N_VOCABULARY = 4
        _, words, _ = self.read(b'a b b b c c c c d d\n' * 5)
        self.assertEqual(words, ['<eos>', '<unk>', 'c', 'b'])

    def test_utf_8(self):
        text = '\ufeff' + 'd\xe9j\xe0 vu\u3000d\xe9j\xe0\n' * 5
        texts, words, _ = self.read(text.encode('utf-8'))
        self.assertEqual(words, ['<eos>', '<unk>', 'd\xe9j\xe0', 'vu'])
        self.assertEqual(texts[0][:4].tolist(), [2, 3, 2, 0])

    def test_not_utf_8(self):
        for text, message in (
                (b'caf\xe9 noir\n' * 9, 'UTF-8.*byte 0xe9 in position 3'),
                ('ab\n'.encode('utf-16') * 9, 'UTF-8'),
                ('ab\n'.encode('utf-16-le') * 9, 'UTF-8.*null bytes')):
            with self.assertRaisesRegex(ValueError, message) as context:
                self.read(text)
            self.assertIn(self.path, str(context.exception))

    def test_too_short(self):
        self.read(b'a b c d\n' * 7, n_least=28)
        for data, n_least in ((b'a b c d\n' * 7, 29), (b'', 1),
                              (b'\n\n', 1), (b'a\n' * 4, 1)):
            with self.assertRaisesRegex(ValueError, 'too short.*batchsize'):
                self.read(data, n_least)


class TestBadArguments(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def run_main(self, *arguments):
        """Returns the message with which the script exits."""
        argv = [str(SCRIPT), '--out', self.directory, *arguments]
        with mock.patch.object(sys, 'argv', argv), \
                contextlib.redirect_stderr(io.StringIO()) as stderr, \
                self.assertRaises(SystemExit) as context:
            load_script().main()
        if context.exception.code == 2:
            return stderr.getvalue().splitlines()[-1]
        return context.exception.code

    def test_numbers(self):
        for name in 'batchsize', 'bproplen', 'epoch', 'unit':
            self.assertIn(f'--{name} must be at least 1',
                          self.run_main(f'--{name}', '0'))

        for name in 'gradclip', 'lrdecay':
            for value in '-1', 'nan':
                self.assertIn(f'--{name} must not be negative',
                              self.run_main(f'--{name}', value))

    def test_directory_as_model(self):
        self.assertIn('is a directory', self.run_main('-m', self.directory))

    def test_directory_of_the_model(self):
        self.assertIn('no directory for no/where.npz',
                      self.run_main('-m', 'no/where.npz'))

    def test_two_texts(self):
        self.assertIn('not allowed with', self.run_main(
            '--dataset', 'ptb', '--text', 'text.txt'))

    def test_bad_text_file(self):
        for name, data, message in (
                ('missing', None, 'No such file .*missing'),
                ('empty', b'', 'empty is too short'),
                ('latin', b'\xe9', 'latin is not a text in UTF-8')):
            path = os.path.join(self.directory, name)
            if data is not None:
                with open(path, 'wb') as f:
                    f.write(data)
            self.assertRegex(self.run_main('--text', path), message)

    def test_message_is_all_that_is_printed(self):
        result = run_script([str(SCRIPT), '--text', 'missing'], code=1,
                            cwd=self.directory)
        self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_no_gpu(self):
        if not chainer.cuda.available:
            result = run_script(
                [str(SCRIPT), '--dataset', 'sentences', '--test', '--unit',
                 '2', '--gpu', '0'], code=1, cwd=self.directory)
            self.assertIn('CuPy', result.stderr.splitlines()[-1])
