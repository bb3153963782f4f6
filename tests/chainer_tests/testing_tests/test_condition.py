import unittest

from chainer.testing import condition


class Sample(unittest.TestCase):
    """Test case whose trials end as told, one after another."""

    outcomes = []
    events = []

    def setUp(self):
        self.events.append(('setUp', id(self)))
        self.state = 'fresh'

    def tearDown(self):
        self.events.append(('tearDown', id(self)))

    def trial(self, *args, **kwargs):
        self.events.append(('trial', id(self), args, kwargs))
        self.addCleanup(self.events.append, ('cleanup', id(self)))
        self.assertEqual(self.state, 'fresh')
        self.state = 'used'
        outcome = self.outcomes.pop(0)
        if outcome is not None:
            raise outcome


class ConditionTestCase(unittest.TestCase):

    def setUp(self):
        self.events = Sample.events = []

    def run_trials(self, decorator, outcomes, *args, **kwargs):
        """Returns how many trials were made."""
        Sample.outcomes = outcomes
        decorator(Sample.trial)(Sample(), *args, **kwargs)
        return self.count('trial')

    def count(self, name):
        return sum(event[0] == name for event in self.events)


class TestRepeatWithSuccessAtLeast(ConditionTestCase):

    decorator = staticmethod(condition.repeat_with_success_at_least(5, 3))

    def test_stops_after_enough_successes(self):
        outcomes = [None, AssertionError(), None, None, AssertionError()]
        self.assertEqual(self.run_trials(self.decorator, outcomes), 4)

    def test_last_trial_decides(self):
        outcomes = [AssertionError(), ValueError(), None, None, None]
        self.assertEqual(self.run_trials(self.decorator, outcomes), 5)

    def test_fails_as_soon_as_successes_are_out_of_reach(self):
        outcomes = [AssertionError('first'), None, ValueError('second'),
                    AssertionError('third'), None]
        with self.assertRaises(AssertionError) as raised:
            self.run_trials(self.decorator, outcomes)
        self.assertEqual(self.count('trial'), 4)
        self.assertIn('1 of 4 trials succeeded, but 3 of 5 must',
                      str(raised.exception))
        self.assertIn('AssertionError: first', str(raised.exception))
        self.assertNotIn('second', str(raised.exception))

    def test_errors_count_as_failures(self):
        with self.assertRaisesRegex(AssertionError, 'KeyError'):
            self.run_trials(self.decorator, [KeyError('a')] * 5)

    def test_each_trial_is_a_test_of_its_own(self):
        self.run_trials(self.decorator, [None] * 5)
        names = [event[0] for event in self.events]
        self.assertEqual(
            names, ['setUp', 'trial', 'tearDown', 'cleanup'] * 3)
        for i in range(0, len(names), 4):
            self.assertEqual(len({event[1] for event in self.events[i:i + 4]}),
                             1)

    def test_failed_trial_is_torn_down(self):
        with self.assertRaises(AssertionError):
            self.run_trials(self.decorator, [AssertionError()] * 5)
        self.assertEqual(self.count('setUp'), 3)
        self.assertEqual(self.count('tearDown'), 3)
        self.assertEqual(self.count('cleanup'), 3)

    def test_failure_and_error_of_one_trial_count_once(self):
        class BadTearDown(Sample):
            def tearDown(self):
                super().tearDown()
                if self.count_down.pop():
                    raise OSError('in tearDown')
        BadTearDown.count_down = [False, False, False, True, True]
        Sample.outcomes = [ValueError(), ValueError(), None, None, None]
        self.decorator(Sample.trial)(BadTearDown())
        self.assertEqual(self.count('trial'), 5)

    def test_arguments_are_passed_on(self):
        self.run_trials(self.decorator, [None] * 3, 1, key=2)
        calls = [event[2:] for event in self.events if event[0] == 'trial']
        self.assertEqual(calls, [((1,), {'key': 2})] * 3)

    def test_skipped_trial_skips_the_test(self):
        with self.assertRaisesRegex(unittest.SkipTest, 'no device'):
            self.run_trials(self.decorator,
                            [None, unittest.SkipTest('no device')])

    def test_name_and_attributes_are_kept(self):
        def test_something(self):
            """Docstring."""
        test_something.gpu = 1
        decorated = self.decorator(test_something)
        self.assertEqual(decorated.__name__, 'test_something')
        self.assertEqual(decorated.__doc__, 'Docstring.')
        self.assertEqual(decorated.gpu, 1)

    def test_impossible_numbers(self):
        for times, min_success in [(3, 4), (3, 0), (0, 0), (3, -1)]:
            with self.assertRaisesRegex(ValueError, 'min_success'):
                condition.repeat_with_success_at_least(times, min_success)


class TestRepeat(ConditionTestCase):

    def test_all_trials_run(self):
        self.assertEqual(
            self.run_trials(condition.repeat(4), [None] * 4), 4)

    def test_one_failure_is_too_many(self):
        with self.assertRaises(AssertionError):
            self.run_trials(condition.repeat(4),
                            [None, None, AssertionError(), None])
        self.assertEqual(self.count('trial'), 3)


class TestRetry(ConditionTestCase):

    def test_stops_at_the_first_success(self):
        self.assertEqual(self.run_trials(
            condition.retry(4), [AssertionError(), None, None, None]), 2)

    def test_fails_after_all_trials(self):
        with self.assertRaises(AssertionError):
            self.run_trials(condition.retry(4), [AssertionError()] * 4)
        self.assertEqual(self.count('trial'), 4)


class TestInsideTestCase(unittest.TestCase):
    """The decorators where they are used."""

    trials = 0

    @condition.retry(3)
    def test_retry(self):
        type(self).trials += 1
        self.assertEqual(self.trials, 3)
