import io
import unittest
from unittest import mock

from chainer import training
from chainer.training import extensions


class Terminal(io.StringIO):

    def isatty(self):
        return True


class ProgressBarTestCase(unittest.TestCase):

    def setUp(self):
        self.trainer = mock.Mock()
        self.trainer.stop_trigger = training.IntervalTrigger(4, 'epoch')
        patch = mock.patch(
            'chainer.training.extensions.progress_bar.time.monotonic',
            lambda: self.now)
        patch.start()
        self.addCleanup(patch.stop)
        self.now = 1000.0

    def call(self, bar, iterations, seconds=0.5):
        """Calls with 100 iterations an epoch."""
        updater = self.trainer.updater
        for iteration in iterations:
            self.now += seconds
            updater.iteration = iteration
            updater.epoch = iteration // 100
            updater.epoch_detail = iteration / 100
            bar(self.trainer)


class TestOnTerminal(ProgressBarTestCase):

    def setUp(self):
        super().setUp()
        self.out = Terminal()

    def take_output(self):
        text = self.out.getvalue()
        self.out.seek(0)
        self.out.truncate()
        return text

    def take_lines(self):
        """Returns the lines of one drawing of the bar."""
        text = self.take_output()
        self.assertTrue(text.startswith('\033[J'))
        self.assertTrue(text.endswith('\n\033[4A'))
        lines = text[len('\033[J'):-len('\n\033[4A')].split('\n')
        self.assertEqual(len(lines), 4)
        self.assertNotIn('\033', ''.join(lines))
        return lines

    def test_bar(self):
        bar = extensions.ProgressBar(bar_length=20, out=self.out)
        self.call(bar, [100])
        self.assertEqual(self.take_lines(), [
            '     total [#####...............] 25.00%',
            'this epoch [....................]  0.00%',
            '       100 iter, 1 epoch / 4 epochs',
            '         0 iters/sec. Estimated time to finish: unknown.'])

    def test_progress(self):
        bar = extensions.ProgressBar(
            update_interval=1, bar_length=10, out=self.out)
        self.call(bar, [149])
        self.take_lines()
        self.call(bar, [150])
        self.assertEqual(self.take_lines(), [
            '     total [###.......] 37.50%',
            'this epoch [#####.....] 50.00%',
            '       150 iter, 1 epoch / 4 epochs',
            '         2 iters/sec. Estimated time to finish: 0:02:05.'])

    def test_length_in_iterations(self):
        bar = extensions.ProgressBar(
            (200, 'iteration'), 10, 10, self.out)
        self.call(bar, [40])
        self.take_lines()
        self.call(bar, [50], seconds=4)
        self.assertEqual(self.take_lines(), [
            '     total [##........] 25.00%',
            'this epoch [#####.....] 50.00%',
            '        50 iter, 0 epoch / 200 iterations',
            '       2.5 iters/sec. Estimated time to finish: 0:01:00.'])

    def test_update_interval(self):
        bar = extensions.ProgressBar(update_interval=50, out=self.out)
        self.call(bar, range(1, 50))
        self.assertEqual(self.take_output(), '')
        self.call(bar, [50])
        self.take_lines()

    def test_speed_is_that_of_the_last_updates(self):
        bar = extensions.ProgressBar(update_interval=1, out=self.out)
        self.call(bar, range(1, 11), seconds=100)
        self.call(bar, range(11, 111), seconds=0.25)
        speed = self.out.getvalue().rpartition(' iters/sec')[0].split()[-1]
        self.assertEqual(speed, '4')

    def test_time_that_stands_still(self):
        bar = extensions.ProgressBar(update_interval=1, out=self.out)
        self.call(bar, [1, 2], seconds=0)
        self.assertIn('unknown', self.out.getvalue())

    def test_end(self):
        bar = extensions.ProgressBar(bar_length=10, out=self.out)
        self.call(bar, [300])
        self.take_lines()
        self.call(bar, [400])
        lines = self.take_lines()
        self.assertEqual(lines[0], '     total [##########] 100.00%')
        self.assertIn('finish: 0:00:00.', lines[3])

    def test_beyond_the_end(self):
        bar = extensions.ProgressBar(bar_length=10, out=self.out)
        self.call(bar, [700])
        self.take_lines()
        self.call(bar, [800])
        lines = self.take_lines()
        self.assertEqual(lines[0], '     total [##########] 100.00%')
        self.assertIn('finish: 0:00:00.', lines[3])

    def test_finalize(self):
        bar = extensions.ProgressBar(out=self.out)
        self.call(bar, [100])
        self.take_lines()
        bar.finalize()
        self.assertEqual(self.take_output(), '\033[J')
        bar.finalize()
        self.assertEqual(self.take_output(), '')

    def test_finalize_without_bar(self):
        extensions.ProgressBar(out=self.out).finalize()
        self.assertEqual(self.take_output(), '')

    def test_rows_stay_above_the_bar(self):
        bar = extensions.ProgressBar(out=self.out)
        log = [{'x': 1}]
        self.trainer.get_extension.return_value = mock.Mock(log=log)
        report = extensions.PrintReport(['x'], out=self.out)
        self.call(bar, [100])
        report(self.trainer)
        self.call(bar, [200])
        log.append({'x': 2})
        report(self.trainer)
        bar.finalize()
        self.assertEqual(
            render(self.out.getvalue()), ['x', '1', '2', ''])


class TestOutsideTerminal(ProgressBarTestCase):

    def setUp(self):
        super().setUp()
        self.out = io.StringIO()

    def test_lines(self):
        bar = extensions.ProgressBar(update_interval=50, out=self.out)
        self.call(bar, range(1, 151))
        bar.finalize()
        self.assertEqual(self.out.getvalue().split('\n'), [
            ' 12.50%  iteration 50, epoch 0.50, 0 iters/sec, '
            'time left: unknown',
            ' 25.00%  iteration 100, epoch 1.00, 2 iters/sec, '
            'time left: 0:02:30',
            ' 37.50%  iteration 150, epoch 1.50, 2 iters/sec, '
            'time left: 0:02:05',
            ''])

    def test_at_most_one_line_for_each_percent(self):
        bar = extensions.ProgressBar(update_interval=1, out=self.out)
        self.call(bar, range(1, 401))
        lines = self.out.getvalue().splitlines()
        self.assertLessEqual(len(lines), 101)
        percents = [int(float(line.split('%')[0])) for line in lines]
        self.assertEqual(percents, list(range(101)))

    def test_stream_that_can_only_write(self):
        out = mock.Mock(spec=['write', 'flush'])
        self.call(extensions.ProgressBar(out=out), [100])
        self.assertEqual(out.write.call_count, 1)


class TestLength(ProgressBarTestCase):

    def test_unknown_length(self):
        self.trainer.stop_trigger = training.get_trigger(None)
        bar = extensions.ProgressBar(out=io.StringIO())
        with self.assertRaisesRegex(TypeError, 'training_length='):
            self.call(bar, [1])

    def test_bad_length(self):
        with self.assertRaises(ValueError):
            extensions.ProgressBar((20, 'week'))
        with self.assertRaises(TypeError):
            extensions.ProgressBar(('20', 'epoch'))

    def test_bad_interval(self):
        with self.assertRaisesRegex(ValueError, 'at least 1.*0'):
            extensions.ProgressBar(update_interval=0)


def render(text):
    """What a terminal shows, of the few codes that are used."""
    lines, row, column = [''], 0, 0
    while text:
        if text.startswith('\033[J'):
            lines = lines[:row + 1]
            lines[row] = lines[row][:column]
            text = text[3:]
        elif text.startswith('\033['):
            number, _, text = text[2:].partition('A')
            row -= int(number)
            assert row >= 0
        elif text[0] == '\n':
            row, column, text = row + 1, 0, text[1:]
            if row == len(lines):
                lines.append('')
        else:
            lines[row] = (
                lines[row][:column] + text[0] + lines[row][column + 1:])
            column, text = column + 1, text[1:]
    return lines
