import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings
from unittest import mock

import numpy

import chainer
from chainer import serializers
from chainer.training import extensions

NO_MATPLOTLIB = {'matplotlib': None, 'matplotlib.figure': None,
                 'matplotlib.backends.backend_agg': None}


class Trigger:
    """A trigger with a state: it fires at every n-th call."""

    def __init__(self, n):
        self.n, self.calls = n, 0

    def __call__(self, trainer):
        self.calls += 1
        return self.calls % self.n == 0

    def serialize(self, serializer):
        self.calls = serializer('calls', self.calls)


class PlotReportTestCase(unittest.TestCase):

    def setUp(self):
        self.out = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.out)
        self.trainer = mock.Mock(out=self.out)
        self.trainer.updater.iteration = 0
        self.curves = []

    def make(self, y_keys, *args, **kwargs):
        """Makes an extension whose curves are recorded when it draws."""
        kwargs.setdefault('postprocess', self.record)
        return extensions.PlotReport(y_keys, *args, **kwargs)

    def record(self, figure, axes, summary):
        self.axes, self.summary = axes, summary
        self.curves.append({
            line.get_label(): line.get_xydata().tolist()
            for line in axes.get_lines()})

    def call(self, report, observations):
        updater = self.trainer.updater
        for observation in observations:
            updater.iteration += 1
            updater.epoch = updater.iteration // 2
            updater.is_new_epoch = updater.iteration % 2 == 0
            self.trainer.observation = observation
            report(self.trainer)

    def save(self, report):
        target = {}
        serializers.DictionarySerializer(target).save(report)
        return target


class TestPlotReport(PlotReportTestCase):

    def read(self, name='plot.png'):
        with open(os.path.join(self.out, name), 'rb') as f:
            return f.read()

    def test_means_of_epochs(self):
        report = self.make(['x', 'y'])
        self.call(report, [{'x': 1, 'y': 5, 'z': 0}, {'x': 2}, {'x': 4}])
        self.assertEqual(self.curves, [{'x': [[2, 1.5]], 'y': [[2, 5]]}])
        self.call(report, [{'x': 6}])
        self.assertEqual(
            self.curves[1], {'x': [[2, 1.5], [4, 5]], 'y': [[2, 5]]})

    def test_keys_of_the_axis(self):
        for x_key, expected in (('epoch', [[1, 2], [2, 3]]),
                                ('lr', [[.5, 2], [.25, 3]])):
            self.trainer.updater.iteration = 0
            report = self.make('x', x_key)
            self.call(report, [{'x': 2, 'lr': .5}] * 2 +
                      [{'x': 3, 'lr': .25}] * 2)
            self.assertEqual(self.curves[-1], {'x': expected})
            self.assertEqual(self.axes.get_xlabel(), x_key)

    def test_whole_numbers_of_epochs(self):
        self.call(self.make('x', 'epoch'), [{'x': 1}] * 4)
        for tick in self.axes.get_xticks():
            self.assertEqual(tick, round(tick))

    def test_trigger(self):
        report = self.make('x', trigger=(3, 'iteration'))
        self.call(report, [{'x': i} for i in range(7)])
        self.assertEqual(self.curves[-1], {'x': [[3, 1], [6, 4]]})
        self.assertEqual(len(self.curves), 2)

    def test_postprocess(self):
        def postprocess(figure, axes, summary):
            self.assertIs(axes.figure, figure)
            self.means = summary.compute_mean()
            axes.set_yscale('log')

        report = self.make('x', postprocess=postprocess)
        self.call(report, [{'x': 1}, {'x': 3}])
        self.assertEqual(self.means, {'x': 2})
        logarithmic = self.read()
        self.trainer.updater.iteration = 0
        self.call(self.make('x'), [{'x': 1}, {'x': 3}])
        self.assertNotEqual(self.read(), logarithmic)

    def test_marker_and_grid(self):
        report = self.make('x')
        self.call(report, [{'x': 1}] * 2)
        line, = self.axes.get_lines()
        self.assertEqual(line.get_marker(), 'x')
        self.assertTrue(self.axes.get_xgridlines()[0].get_visible())
        report = self.make('x', marker=None, grid=False)
        self.call(report, [{'x': 1}] * 2)
        line, = self.axes.get_lines()
        self.assertIn(line.get_marker(), (None, 'None'))
        self.assertFalse(self.axes.get_xgridlines()[0].get_visible())

    def test_legend(self):
        self.call(self.make(['x', 'y']), [{'x': 1, 'y': 2}] * 2)
        self.assertEqual(
            [text.get_text() for text in self.axes.get_legend().get_texts()],
            ['x', 'y'])

    def test_files(self):
        for name, start in (('plot.png', b'\x89PNG'), ('a.pdf', b'%PDF'),
                            ('b.svg', b'<?xml'), ('noend', b'\x89PNG')):
            self.call(self.make('x', file_name=name), [{'x': 1}] * 2)
            self.assertTrue(self.read(name).startswith(start), name)
        self.assertEqual(sorted(os.listdir(self.out)),
                         ['a.pdf', 'b.svg', 'noend', 'plot.png'])

    def test_failed_write_leaves_the_old_file(self):
        report = self.make('x')
        self.call(report, [{'x': 1}] * 2)
        old = self.read()
        with mock.patch('matplotlib.figure.Figure.savefig',
                        side_effect=OSError), self.assertRaises(OSError):
            self.call(report, [{'x': 1}] * 2)
        self.assertEqual(self.read(), old)
        self.assertEqual(os.listdir(self.out), ['plot.png'])

    def test_nothing_to_draw(self):
        self.call(self.make('x'), [{'y': 1}] * 4)
        self.assertEqual(os.listdir(self.out), [])

    def test_values_that_are_not_finite(self):
        self.call(self.make('x', trigger=(1, 'iteration')), [
            {'x': value} for value in (1, math.nan, math.inf, 2)])
        self.assertEqual(self.curves[-1]['x'][3], [4, 2])
        self.assertTrue(self.read())

    def test_kinds_of_values(self):
        for value in (chainer.Variable(numpy.array(.5, 'f')),
                      numpy.array(.5, 'f'), numpy.float32(.5)):
            self.trainer.updater.iteration = 0
            self.call(self.make('x'), [{'x': value}] * 2)
            self.assertEqual(self.curves[-1], {'x': [[2, .5]]})

    def test_resume(self):
        random = numpy.random.RandomState(0)
        observations = [dict(zip('xy' if i % 3 else 'zx', random.randn(2)))
                        for i in range(10)]
        self.call(self.make(list('xy'), trigger=Trigger(4)), observations)
        expected = self.curves[-1]
        for stop in range(10):
            self.trainer.updater.iteration = 0
            first = self.make(list('xy'), trigger=Trigger(4))
            self.call(first, observations[:stop])
            second = self.make(list('xy'), trigger=Trigger(4))
            serializers.NpzDeserializer(self.save(first)).load(second)
            self.call(second, observations[stop:])
            if stop < 8:  # else it has nothing more to draw
                self.assertEqual(self.curves[-1], expected)
            self.assertEqual(second._points, {
                key: expected[key] for key in 'xy'})

    def test_pyplot_is_left_alone(self):
        code = '''
import sys
from unittest import mock
from chainer.training import extensions
assert not any('matplotlib' in name for name in sys.modules)
report = extensions.PlotReport('x', trigger=(1, 'iteration'))
trainer = mock.Mock(out=sys.argv[1], observation={'x': 1})
trainer.updater.iteration = 1
report(trainer)
assert 'matplotlib.figure' in sys.modules
assert 'matplotlib.pyplot' not in sys.modules
'''
        # There is no such display: nothing may try to open a window.
        subprocess.run(
            [sys.executable, '-W', 'error', '-c', code, self.out], check=True,
            env=dict(os.environ, DISPLAY=':99', MPLBACKEND='TkAgg'))
        self.assertEqual(os.listdir(self.out), ['plot.png'])


class TestWithoutMatplotlib(PlotReportTestCase):

    def test_one_warning_and_no_failure(self):
        with mock.patch.dict(sys.modules, NO_MATPLOTLIB), \
                warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            self.assertFalse(extensions.PlotReport.available())
            report = extensions.PlotReport('x', file_name='curve.png')
            self.call(report, [{'x': 1}] * 4)
        self.assertEqual(os.listdir(self.out), [])
        warning, = caught
        self.assertRegex(
            str(warning.message), 'no curve.png.*pip install matplotlib')
        self.assertEqual(warning.filename, __file__)

    def test_points_are_kept(self):
        # The training may be resumed where there is matplotlib.
        with mock.patch.dict(sys.modules, NO_MATPLOTLIB), \
                warnings.catch_warnings():
            warnings.simplefilter('ignore')
            report = extensions.PlotReport('x')
            self.call(report, [{'x': 1}] * 4)
            self.assertEqual(
                json.loads(self.save(report)['_points'].item()),
                {'x': [[2, 1], [4, 1]]})


class TestSnapshots(PlotReportTestCase):

    def test_snapshot_without_this_extension(self):
        report = self.make('x')
        self.call(report, [{'x': 1}] * 3)
        expected = self.save(report)
        serializers.NpzDeserializer({}).load(report)
        self.assertEqual(self.save(report), expected)

    def test_other_curves(self):
        first, second = self.make(list('xy')), self.make(list('yz'))
        self.call(first, [{'x': 1, 'y': 2}] * 2)
        serializers.NpzDeserializer(self.save(first)).load(second)
        self.assertEqual(
            json.loads(self.save(second)['_points'].item()),
            {'y': [[2, 2]], 'z': []})

    def test_saving_changes_nothing(self):
        report = self.make('x')
        self.call(report, [{'x': 1}] * 3)
        target = self.save(report)
        self.assertEqual(self.save(report), target)
