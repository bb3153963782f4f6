import collections
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
from chainer import gradient_check
from chainer.testing import attr
from chainer.training import extensions

SCRIPTS = (pathlib.Path(__file__).resolve().parents[3] /
           'examples' / 'sentiment')
HOST_DEVICE = 'the device is the CPU'


def load_scripts():
    """Returns train_sentiment and the data that it has imported."""
    modules = {}
    with mock.patch.dict(sys.modules):
        for name in 'data', 'train_sentiment':
            spec = importlib.util.spec_from_file_location(
                name, SCRIPTS / f'{name}.py')
            modules[name] = importlib.util.module_from_spec(spec)
            sys.modules[name] = modules[name]
            spec.loader.exec_module(modules[name])
    return modules['train_sentiment'], modules['data']


script, data = load_scripts()


class ScriptTestCase(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def run_script(self, out, *arguments, code=0):
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W', f'ignore:{HOST_DEVICE}',
             str(SCRIPTS / 'train_sentiment.py'), '--seed', '0', '--out',
             self.path(out), *arguments],
            capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def log(self, out):
        with open(self.path(out, 'log')) as f:
            return json.load(f)

    def write_trees(self, name, *texts):
        with open(self.path(name), 'w') as f:
            f.write('\n'.join(texts))


class TestTraining(ScriptTestCase):

    def test_learns(self):
        stdout = self.run_script(
            'result', '--epoch', '2', '--epocheval', '1').stdout
        log = self.log('result')
        self.assertEqual([entry['epoch'] for entry in log], [1, 2])
        self.assertLess(log[1]['main/loss'], log[0]['main/loss'])

        _, test = script.get_dataset('')
        roots = collections.Counter(tree.label for tree in test)
        majority = max(roots.values()) / len(test)
        self.assertLess(majority, .3)
        # A linear classifier of the counts of words reaches .61.
        reached = log[-1]['validation/main/root_accuracy']
        self.assertGreater(reached, .7)
        self.assertGreater(log[-1]['validation/main/accuracy'], .9)

        self.assertIn('# test trees: 400', stdout)
        self.assertIn('validation/main/root_accuracy', stdout)
        self.assertEqual(
            float(stdout.split('of sentences:')[1]), round(reached, 3))
        if extensions.PlotReport.available():
            with open(self.path('result', 'accuracy.png'), 'rb') as f:
                self.assertEqual(f.read(4), b'\x89PNG')

    def test_resumed_is_as_never_stopped(self):
        options = '--test', '--epocheval', '1'
        self.run_script('whole', *options, '--epoch', '2')
        self.run_script('half', *options, '--epoch', '1')
        self.run_script('resumed', *options, '--epoch', '2',
                        '--resume', self.path('half', 'snapshot_iter_2'))
        self.assertEqual(self.log('resumed'), self.log('whole'))
        arrays = []
        for out in 'resumed', 'whole':
            with np.load(self.path(out, 'snapshot_iter_4')) as npz:
                arrays.append({key: npz[key] for key in npz.files})
        self.assertEqual(sorted(arrays[0]), sorted(arrays[1]))
        for key, array in arrays[0].items():
            np.testing.assert_array_equal(array, arrays[1][key], err_msg=key)

    def test_trees_of_files(self):
        self.write_trees(
            'train.txt', *['(1 (0 bad) (2 (1 not) (1 great)))',
                           '(0 (1 this) (0 bad))'] * 10)
        self.write_trees('test.txt', '(0 (0 bad) (1 news))', '(1 (1 fine))')
        self.assertIn('line 2: ', self.run_script(
            'result', '--trees', self.directory, code=1).stderr)
        self.write_trees('test.txt', '(0 (0 bad) (1 news))', '(0 bad)')
        stdout = self.run_script(
            'result', '--trees', self.directory, '--label', '3', '--epoch',
            '5', '--batchsize', '4', '--unit', '5').stdout
        self.assertIn('# vocabulary: 5 words', stdout)
        self.assertIn('of sentences:   1.000', stdout)
        result = self.run_script(
            'result', '--trees', self.directory, '--label', '2', code=1)
        self.assertEqual(
            result.stderr, 'there is a label 2: --label must be at least 3\n')

    def test_bad_arguments(self):
        result = self.run_script(
            'bad', '--trees', self.path('nowhere'), code=1)
        self.assertRegex(result.stderr, r'^\[Errno 2\].*train\.txt')
        for name in 'batchsize', 'epoch', 'epocheval', 'label', 'unit':
            argv = ['script', f'--{name}', '0']
            with mock.patch.object(sys, 'argv', argv), \
                    contextlib.redirect_stderr(io.StringIO()) as stderr, \
                    self.assertRaises(SystemExit):
                script.main()
            self.assertIn(f'--{name} must be at least 1', stderr.getvalue())


@attr.gpu
class TestDevice(ScriptTestCase):

    def test_same_as_on_the_cpu(self):
        for gpu in '-1', '0':
            stdout = self.run_script(
                f'result{gpu}', '--test', '--gpu', gpu, '--epoch', '8',
                '--epocheval', '4', '--batchsize', '10').stdout
            self.assertIn('test accuracy of sentences:', stdout)
        log, expected = self.log('result0'), self.log('result-1')
        self.assertLess(log[1]['main/loss'], log[0]['main/loss'] / 2)
        self.assertGreater(log[1]['validation/main/accuracy'], .7)
        for entry, other in zip(log, expected):
            for key in 'main/loss', 'validation/main/loss':
                self.assertAlmostEqual(entry[key], other[key], delta=.02)


class TestRecursiveNet(unittest.TestCase):

    def setUp(self):
        self.net = script.RecursiveNet(4, 3, 5)
        self.trees = [
            data.Node(3, data.Leaf(2, 0), data.Node(
                4, data.Leaf(1, 3), data.Leaf(0, 0))),
            data.Leaf(1, 2)]

    def observe(self, trees, **options):
        reporter = chainer.Reporter()
        reporter.add_observer('main', self.net)
        observation = {}
        with reporter.scope(observation):
            loss = self.net(trees, **options)
        return loss, observation

    def scores(self, tree):
        """Yields scores and label of each node, computed by NumPy."""
        def walk(tree):
            if isinstance(tree, data.Leaf):
                v = self.net.embed.W.data[tree.word]
            else:
                pair = np.concatenate([walk(tree.left), walk(tree.right)])
                v = np.tanh(self.net.l.W.data.dot(pair) + self.net.l.b.data)
            result.append((self.net.w.W.data.dot(v) + self.net.w.b.data,
                           tree.label))
            return v
        result = []
        walk(tree)
        return result

    def test_loss_and_accuracy(self):
        nodes = [node for tree in self.trees for node in self.scores(tree)]
        losses = [np.log(np.exp(y).sum()) - y[t] for y, t in nodes]
        correct = [y.argmax() == t for y, t in nodes]
        loss, observation = self.observe(self.trees)
        self.assertAlmostEqual(float(loss.data), np.mean(losses), places=5)
        self.assertIs(observation['main/loss'], loss)
        self.assertAlmostEqual(observation['main/accuracy'], np.mean(correct))
        self.assertAlmostEqual(observation['main/root_accuracy'],
                               np.mean([correct[4], correct[5]]))

    def test_gradient(self):
        self.net.cleargrads()
        loss, _ = self.observe(self.trees)
        loss.backward()
        params = [self.net.embed.W, self.net.l.W, self.net.w.b]
        numerical = gradient_check.numerical_grad(
            lambda: (self.observe(self.trees)[0].data,),
            [param.data for param in params], [np.ones((), 'f')], eps=1e-2)
        for param, expected in zip(params, numerical):
            np.testing.assert_allclose(
                param.grad, expected, rtol=1e-2, atol=1e-3)

    def test_no_graph_if_volatile(self):
        loss, _ = self.observe(self.trees, volatile='on')
        self.assertIsNone(loss.creator)

    def test_evaluator_averages_over_nodes(self):
        iterator = chainer.iterators.SerialIterator(
            self.trees, 1, repeat=False, shuffle=False)
        result = script.TreeEvaluator(iterator, self.net)()
        loss, observation = self.observe(self.trees)
        self.assertAlmostEqual(
            result['main/loss'], float(loss.data), places=6)
        for name in 'accuracy', 'root_accuracy':
            self.assertAlmostEqual(
                result[f'main/{name}'], observation[f'main/{name}'])
