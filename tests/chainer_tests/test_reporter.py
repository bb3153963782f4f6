import gc
import math
import threading
import unittest
import weakref

import numpy

import chainer
from chainer import serializers, testing


class TestReporter(unittest.TestCase):

    def setUp(self):
        self.reporter = chainer.Reporter()
        self.observer = object()
        self.reporter.add_observer('o', self.observer)

    def test_report_without_observer(self):
        self.reporter.report({'x': 1, 'y': 2})
        self.assertEqual(self.reporter.observation, {'x': 1, 'y': 2})

    def test_report_with_observer(self):
        self.reporter.report({'x': 1, 'y': 2}, self.observer)
        self.assertEqual(self.reporter.observation, {'o/x': 1, 'o/y': 2})

    def test_later_report_replaces_earlier(self):
        self.reporter.report({'x': 1})
        self.reporter.report({'x': 2})
        self.assertEqual(self.reporter.observation, {'x': 2})

    def test_name_that_ends_in_separator(self):
        for name in 'my_observer:', 'my_observer/':
            self.reporter.add_observer(name, self.observer)
            self.reporter.observation = {}
            self.reporter.report({'x': 1}, self.observer)
            self.assertEqual(self.reporter.observation, {name + 'x': 1})

    def test_add_observers(self):
        a, b = object(), object()
        self.reporter.add_observers('main', [('/a', a), ('/b', b)])
        self.reporter.report({'x': 1}, a)
        self.reporter.report({'x': 2}, b)
        self.assertEqual(
            self.reporter.observation, {'main/a/x': 1, 'main/b/x': 2})

    def test_observers_are_told_apart_by_identity(self):
        first, second = [], []
        self.reporter.add_observer('first', first)
        self.reporter.add_observer('second', second)
        self.reporter.report({'x': 1}, first)
        self.assertEqual(self.reporter.observation, {'first/x': 1})

    def test_unknown_observer(self):
        with self.assertRaisesRegex(KeyError, "list object.*knows.*'o'"):
            self.reporter.report({'x': 1}, [])
        self.assertEqual(self.reporter.observation, {})

    def test_freed_observer_does_not_lend_its_name(self):
        ids = set()
        for _ in range(100):
            observer = Observer()
            ids.add(id(observer))
            self.reporter.add_observer('freed', observer)
            del observer
        strangers = [Observer() for _ in range(100)]
        for stranger in strangers:
            self.assertNotIn(id(stranger), ids)
            with self.assertRaises(KeyError):
                self.reporter.report({'x': 1}, stranger)

    def test_scope(self):
        outer = self.reporter.observation
        observation = {}
        with self.reporter.scope(observation):
            self.assertIs(chainer.get_current_reporter(), self.reporter)
            chainer.report({'x': 1}, self.observer)
        self.assertEqual(observation, {'o/x': 1})
        self.assertIs(self.reporter.observation, outer)
        self.assertEqual(outer, {})

    def test_scope_is_left_by_exception(self):
        outer = self.reporter.observation
        with self.assertRaises(ZeroDivisionError):
            with self.reporter.scope({}):
                raise ZeroDivisionError
        self.assertIs(self.reporter.observation, outer)
        with self.assertRaises(IndexError):
            chainer.get_current_reporter()

    def test_nested_scopes(self):
        first, second = {}, {}
        with self.reporter.scope(first):
            with self.reporter.scope(second):
                chainer.report({'x': 2})
            chainer.report({'x': 1})
        self.assertEqual((first, second), ({'x': 1}, {'x': 2}))


class Observer:
    pass


class TestCurrentReporter(unittest.TestCase):

    def test_none(self):
        with self.assertRaisesRegex(IndexError, 'no reporter is current'):
            chainer.get_current_reporter()

    def test_nested(self):
        first, second = chainer.Reporter(), chainer.Reporter()
        with first:
            with second as entered:
                self.assertIs(entered, second)
                self.assertIs(chainer.get_current_reporter(), second)
            self.assertIs(chainer.get_current_reporter(), first)

    def test_belongs_to_thread(self):
        found = []

        def look():
            try:
                found.append(chainer.get_current_reporter())
            except IndexError as error:
                found.append(error)

        with chainer.Reporter():
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        self.assertIsInstance(found[0], IndexError)

    def test_report_without_reporter(self):
        values = {'x': 1}
        chainer.report(values, object())
        self.assertEqual(values, {'x': 1})

    def test_report_scope(self):
        observation = {}
        with chainer.Reporter() as reporter:
            with chainer.report_scope(observation):
                chainer.report({'x': 1})
                self.assertIs(reporter.observation, observation)
            chainer.report({'x': 2})
        self.assertEqual(observation, {'x': 1})
        self.assertEqual(reporter.observation, {'x': 2})

    def test_report_scope_is_left_by_exception(self):
        with chainer.Reporter() as reporter:
            outer = reporter.observation
            with self.assertRaises(ZeroDivisionError):
                with chainer.report_scope({}):
                    raise ZeroDivisionError
            self.assertIs(reporter.observation, outer)

    def test_report_scope_without_reporter(self):
        with self.assertRaisesRegex(IndexError, 'no reporter is current'):
            chainer.report_scope({})


class TestSummary(unittest.TestCase):

    def check(self, values):
        summary = chainer.Summary()
        for value in values:
            summary.add(value)
        doubles = numpy.array(values, 'd')
        mean, std = summary.make_statistics()
        self.assertIs(type(mean), float)
        self.assertIs(type(std), float)
        self.assertEqual(mean, summary.compute_mean())
        testing.assert_allclose(mean, doubles.mean(), atol=0, rtol=1e-14)
        testing.assert_allclose(std, doubles.std(), atol=1e-15, rtol=1e-12)

    def test_python_numbers(self):
        self.check([1, 2.5, -3, True])

    def test_one_number(self):
        self.check([3.5])

    def test_numpy_scalars(self):
        self.check([numpy.float32(0.1), numpy.int64(5), numpy.float16(0.2)])

    def test_arrays(self):
        self.check([numpy.array(x, 'f') for x in (1.25, -0.3, 7, 2)])

    def test_large_mean_and_small_deviation(self):
        self.check([1e9 + 1, 1e9 + 2, 1e9 + 3])

    def test_equal_numbers_have_no_deviation(self):
        summary = chainer.Summary()
        for _ in range(10):
            summary.add(numpy.float32(0.1))
        _, std = summary.make_statistics()
        self.assertLess(std, 1e-15)

    def test_added_array_may_change(self):
        summary = chainer.Summary()
        x = numpy.array(1.0)
        summary.add(x)
        x[()] = 100
        self.assertEqual(summary.compute_mean(), 1)

    def test_nan(self):
        summary = chainer.Summary()
        for value in 1, math.nan, 2:
            summary.add(value)
        mean, std = summary.make_statistics()
        self.assertTrue(math.isnan(mean))
        self.assertTrue(math.isnan(std))

    def test_huge_numbers(self):
        summary = chainer.Summary()
        summary.add(-1e300)
        summary.add(1e300)
        self.assertEqual(summary.make_statistics(), (0, math.inf))

    def test_empty(self):
        with self.assertRaisesRegex(ZeroDivisionError, 'nothing was added'):
            chainer.Summary().compute_mean()
        with self.assertRaisesRegex(ZeroDivisionError, 'nothing was added'):
            chainer.Summary().make_statistics()

    def test_serialize(self):
        values = numpy.random.RandomState(0).randn(7).astype('f')
        straight, first = chainer.Summary(), chainer.Summary()
        for value in values[:4]:
            straight.add(value)
            first.add(value)
        second = copy_by_serializing(first, chainer.Summary())
        for value in values[4:]:
            straight.add(value)
            second.add(value)
        self.assertEqual(second.make_statistics(), straight.make_statistics())


class TestDictSummary(unittest.TestCase):

    def setUp(self):
        self.summary = chainer.DictSummary()

    def test_kinds_of_numbers(self):
        numbers = {
            'int': 2, 'float': 2.0, 'bool': True,
            'numpy': numpy.float32(2), 'numpy_bool': numpy.bool_(True),
            'array': numpy.array(2, 'f'),
            'int_array': numpy.array(2, 'i'),
            'variable': chainer.Variable(numpy.array(2, 'f'))}
        self.summary.add(numbers)
        self.assertEqual(self.summary.compute_mean(), {
            'int': 2, 'float': 2, 'bool': 1, 'numpy': 2, 'numpy_bool': 1,
            'array': 2, 'int_array': 2, 'variable': 2})

    def test_other_things_are_ignored(self):
        self.summary.add({
            'none': None, 'str': 'a', 'numpy_str': numpy.str_('a'),
            'list': [1], 'vector': numpy.zeros(1, 'f'), 'complex': 1j,
            'variable': chainer.Variable(numpy.zeros(1, 'f')),
            'str_array': numpy.array('a'), 'object': object(), 'x': 1})
        self.assertEqual(self.summary.compute_mean(), {'x': 1})

    def test_empty(self):
        self.assertEqual(self.summary.compute_mean(), {})
        self.assertEqual(self.summary.make_statistics(), {})

    def test_statistics(self):
        for x, y in (1, 10), (2, 30), (6, 50):
            self.summary.add({'x': x, 'y': y})
        statistics = self.summary.make_statistics()
        self.assertEqual(set(statistics), {'x', 'x.std', 'y', 'y.std'})
        testing.assert_allclose(statistics['x'], 3)
        testing.assert_allclose(statistics['x.std'], (14 / 3) ** 0.5)
        testing.assert_allclose(statistics['y'], 30)
        testing.assert_allclose(statistics['y.std'], (800 / 3) ** 0.5)

    def test_keys_that_differ(self):
        self.summary.add({'x': 1, 'y': 10})
        self.summary.add({'y': 20, 'z': 5})
        self.summary.add({})
        self.summary.add({'x': 2})
        self.assertEqual(
            self.summary.compute_mean(), {'x': 1.5, 'y': 15, 'z': 5})

    def test_nan_stays_with_its_key(self):
        self.summary.add({'x': math.nan, 'y': 1})
        self.summary.add({'x': 1, 'y': 2})
        mean = self.summary.compute_mean()
        self.assertTrue(math.isnan(mean['x']))
        self.assertEqual(mean['y'], 1.5)

    def test_variables_are_not_kept_alive(self):
        x = chainer.Variable(numpy.ones(3, 'f'))
        y = chainer.functions.sum(x)
        alive = weakref.ref(y)
        gc.disable()
        try:
            self.summary.add({'y': y})
            del y
            self.assertIsNone(alive())
        finally:
            gc.enable()

    def test_serialize(self):
        random = numpy.random.RandomState(0)
        dictionaries = [
            dict(zip('ab' if i % 2 else 'bc', random.randn(2), strict=True))
            for i in range(9)]
        straight, first = chainer.DictSummary(), chainer.DictSummary()
        for d in dictionaries[:4]:
            straight.add(d)
            first.add(d)
        second = chainer.DictSummary()
        second.add({'lost': 1})
        copy_by_serializing(first, second)
        self.assertEqual(first.make_statistics(), straight.make_statistics())
        for d in dictionaries[4:]:
            straight.add(d)
            second.add(d)
        self.assertEqual(list(second.make_statistics().items()),
                         list(straight.make_statistics().items()))

    def test_serialize_names_with_slashes(self):
        self.summary.add({'main/l1/x': 1, 'main/l1': 2, '/': 3, '\u00e4': 4})
        loaded = copy_by_serializing(self.summary, chainer.DictSummary())
        self.assertEqual(loaded.compute_mean(), self.summary.compute_mean())

    def test_serialize_empty(self):
        self.summary.add({'x': 1})
        copy_by_serializing(chainer.DictSummary(), self.summary)
        self.assertEqual(self.summary.compute_mean(), {})

    def test_rehearsal_changes_nothing(self):
        self.summary.add({'x': 1})
        target = {}
        serializers.DictionarySerializer(target).save(self.summary)
        del target['0/_n']
        other = chainer.DictSummary()
        other.add({'y': 5})
        with self.assertRaises(KeyError):
            serializers.NpzDeserializer(target).load(other)
        self.assertEqual(other.compute_mean(), {'y': 5})


def copy_by_serializing(source, destination):
    target = {}
    serializers.DictionarySerializer(target).save(source)
    serializers.NpzDeserializer(target).load(destination)
    return destination
