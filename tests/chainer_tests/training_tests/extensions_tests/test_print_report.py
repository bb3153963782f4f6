import io
import unittest
from unittest import mock

import numpy

from chainer import serializers
from chainer.training import extensions


class Terminal(io.StringIO):

    def isatty(self):
        return True


class TestPrintReport(unittest.TestCase):

    def setUp(self):
        self.out = io.StringIO()
        self.log = []
        self.trainer = mock.Mock()
        self.trainer.get_extension.return_value = mock.Mock(log=self.log)

    def make_report(self, *entries, **kwargs):
        return extensions.PrintReport(entries, out=self.out, **kwargs)

    def rows(self):
        lines = self.out.getvalue().split('\n')
        self.assertEqual(lines.pop(), '')
        return lines

    def test_table(self):
        report = self.make_report('epoch', 'main/accuracy', 'x')
        report(self.trainer)
        self.log.append({'epoch': 1, 'main/accuracy': 0.123456789, 'x': 2.0})
        report(self.trainer)
        report(self.trainer)
        self.log.append({'epoch': 2, 'main/accuracy': 1.0, 'other': 5})
        self.log.append({'main/accuracy': 0.5, 'x': -1e-20})
        report(self.trainer)
        self.assertEqual(self.rows(), [
            'epoch       main/accuracy  x',
            '1           0.123457       2',
            '2           1',
            '            0.5            -1e-20'])
        self.trainer.get_extension.assert_called_with('LogReport')

    def test_columns_are_aligned(self):
        report = self.make_report('a', 'b')
        values = [1234567, 1234567.0, -1.23456789e-5, -1.23456789e-100,
                  float('nan'), float('-inf'), numpy.float32(1 / 3),
                  numpy.int64(5), 'text', True, None, 0.0]
        self.log.extend({'a': value, 'b': 1} for value in values)
        report(self.trainer)
        rows = self.rows()[1:]
        self.assertEqual([row[:12].rstrip() for row in rows], [
            '1234567', '1.2346e+06', '-1.235e-05', '-1.23e-100', 'nan',
            '-inf', '0.333333', '5', 'text', 'True', 'None', '0'])

    def test_values_fit_their_columns(self):
        report = self.make_report('a', 'b')
        values = [s * m * 10. ** e for s in (1, -1) for m in (1.23456789, 5)
                  for e in (-300, -30, -5, 0, 5, 9, 10, 30, 300)]
        self.log.extend({'a': value, 'b': 1} for value in values)
        report(self.trainer)
        for row, value in zip(self.rows()[1:], values, strict=True):
            self.assertEqual(row[10:], '  1')
            self.assertAlmostEqual(float(row[:10]) / value, 1, places=1)

    def test_log_report_of_its_own(self):
        log_report = extensions.LogReport(
            trigger=(2, 'iteration'), log_name=None)
        report = self.make_report('x', log_report=log_report)
        for iteration in range(1, 5):
            self.trainer.updater.iteration = iteration
            self.trainer.observation = {'x': iteration}
            report(self.trainer)
        self.assertEqual(self.rows(), ['x', '1.5', '3.5'])

    def test_name_of_the_log_report(self):
        self.make_report('x', log_report='other')(self.trainer)
        self.trainer.get_extension.assert_called_with('other')

    def test_no_such_log_report(self):
        report = self.make_report('x')
        self.trainer.get_extension.side_effect = ValueError('unknown')
        with self.assertRaisesRegex(ValueError, "'LogReport'.*extend"):
            report(self.trainer)
        self.trainer.get_extension.side_effect = None
        self.trainer.get_extension.return_value = object()
        with self.assertRaisesRegex(ValueError, "'LogReport'.*extend"):
            report(self.trainer)

    def test_log_report_of_wrong_type(self):
        with self.assertRaisesRegex(TypeError, 'LogReport.*5'):
            self.make_report('x', log_report=5)

    def test_no_control_codes_outside_terminals(self):
        self.log.append({'x': 1})
        self.make_report('x')(self.trainer)
        self.assertNotIn('\033', self.out.getvalue())

    def test_terminal_is_cleared_before_each_row(self):
        self.out = Terminal()
        report = self.make_report('x')
        self.log.append({'x': 1})
        report(self.trainer)
        self.assertEqual(
            self.rows(), ['\033[Jx', '\033[J1'])

    def test_stream_that_can_only_write(self):
        self.out = mock.Mock(spec=['write', 'flush'])
        self.make_report('x')(self.trainer)
        self.out.write.assert_called_once_with('x\n')
        self.out.flush.assert_called_once_with()

    def test_resume(self):
        report = self.make_report('x')
        self.log.extend([{'x': 1}, {'x': 2}])
        report(self.trainer)
        target = {}
        serializers.DictionarySerializer(target).save(report)
        self.assertEqual(target, {})
        report(self.trainer)

        self.out = io.StringIO()
        resumed = self.make_report('x')
        serializers.NpzDeserializer(target).load(resumed)
        resumed(self.trainer)
        self.log.append({'x': 3})
        resumed(self.trainer)
        self.assertEqual(self.rows(), ['x', '1', '2', '3'])

    def test_load_in_the_same_process(self):
        report = self.make_report('x')
        self.log.extend([{'x': 1}, {'x': 2}])
        report(self.trainer)
        del self.log[1:]
        serializers.NpzDeserializer({}).load(report)
        self.log.append({'x': 3})
        report(self.trainer)
        self.assertEqual(self.rows(), ['x', '1', '2', 'x', '1', '3'])

    def test_serialize_log_report_of_its_own(self):
        first, second = (
            extensions.LogReport(log_name=None) for _ in range(2))
        first.log.append({'x': 5})
        target = {}
        serializers.DictionarySerializer(target).save(
            self.make_report('x', log_report=first))
        self.assertIn('_log_report/_log', target)
        serializers.NpzDeserializer(target).load(
            self.make_report('x', log_report=second))
        self.assertEqual(second.log, [{'x': 5}])
