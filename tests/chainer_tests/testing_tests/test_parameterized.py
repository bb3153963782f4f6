import os
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import numpy

import chainer
from chainer import testing


class TestProduct(unittest.TestCase):

    def test_combinations(self):
        self.assertEqual(
            testing.product({'x': [1, 2], 'y': 'ab'}),
            [{'x': 1, 'y': 'a'}, {'x': 1, 'y': 'b'},
             {'x': 2, 'y': 'a'}, {'x': 2, 'y': 'b'}])

    def test_no_values(self):
        self.assertEqual(testing.product({'x': [1, 2], 'y': []}), [])

    def test_no_names(self):
        self.assertEqual(testing.product({}), [{}])


class TestProductDict(unittest.TestCase):

    def test_combinations(self):
        self.assertEqual(
            testing.product_dict([{'x': 1, 'y': 2}, {'x': 3, 'y': 4}],
                                 [{'z': 5}, {'z': 6}]),
            [{'x': 1, 'y': 2, 'z': 5}, {'x': 1, 'y': 2, 'z': 6},
             {'x': 3, 'y': 4, 'z': 5}, {'x': 3, 'y': 4, 'z': 6}])

    def test_of_products(self):
        params = testing.product_dict(
            testing.product({'x': [1, 2], 'y': [3, 4]}), [{'z': 5}])
        self.assertEqual(len(params), 4)
        self.assertEqual(params[3], {'x': 2, 'y': 4, 'z': 5})


def double(x):
    return 2 * x


class InheritedTests:
    """Tests of a base class that is no test case by itself."""

    def test_inherited(self):
        self.log.append(('inherited', self.x))


@testing.parameterize({'x': 1, 'function': double},
                      {'x': 2, 'function': numpy.square})
class TestInPlace(InheritedTests, unittest.TestCase):
    """A parameterized class as it is written in practice."""

    log = []

    @classmethod
    def setUpClass(cls):
        cls.x_of_class = cls.x

    def setUp(self):
        super().setUp()
        self.prepared = True

    def test_parameters(self):
        super().setUp()
        self.assertTrue(self.prepared)
        self.assertEqual(self.x_of_class, self.x)
        self.assertIn((type(self).__name__, self.x), [
            ('TestInPlace_param_0_{x=1, function=double}', 1),
            ('TestInPlace_param_1_{x=2, function=square}', 2)])

    def test_function_is_not_bound(self):
        self.assertEqual(self.function(self.x), 2 * self.x)

    @mock.patch('os.getcwd', return_value='patched')
    def test_mock(self, getcwd):
        self.assertEqual(os.getcwd(), 'patched')
        getcwd.assert_called_once_with()


class ParameterizeTestCase(unittest.TestCase):
    """Makes parameterized classes in a module of their own."""

    def setUp(self):
        self.module = types.ModuleType('parameterized_sample')
        sys.modules[self.module.__name__] = self.module
        self.addCleanup(sys.modules.pop, self.module.__name__)

    def define(self, members, *params, bases=(unittest.TestCase,),
               decorators=()):
        members = dict(members, __module__=self.module.__name__)
        case = type('TestSample', bases, members)
        for decorator in decorators:
            case = decorator(case)
        self.module.TestSample = testing.parameterize(*params)(case)

    def generated(self):
        return [value for name, value in vars(self.module).items()
                if '_param_' in name]

    def run_module(self):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromModule(self.module).run(result)
        return result


class TestParameterize(ParameterizeTestCase):

    def test_each_test_runs_once_for_each_set(self):
        log = []
        self.define({'test_a': lambda self: log.append(('a', self.x)),
                     'test_b': lambda self: log.append(('b', self.x))},
                    {'x': 1}, {'x': 2})
        result = self.run_module()
        self.assertEqual(result.testsRun, 4)
        self.assertTrue(result.wasSuccessful())
        self.assertEqual(sorted(log),
                         [('a', 1), ('a', 2), ('b', 1), ('b', 2)])

    def test_inherited_tests(self):
        self.define({'log': []}, {'x': 1}, {'x': 2},
                    bases=(InheritedTests, unittest.TestCase))
        self.assertEqual(self.run_module().testsRun, 2)
        self.assertEqual(self.module.TestSample.log,
                         [('inherited', 1), ('inherited', 2)])

    def test_class_itself_stays_without_tests(self):
        self.define({'test_a': lambda self: None, 'helper': 5}, {'x': 1})
        case = self.module.TestSample
        self.assertEqual(case.helper, 5)
        self.assertEqual(
            unittest.defaultTestLoader.getTestCaseNames(case), [])
        generated, = self.generated()
        self.assertTrue(issubclass(generated, case))

    def test_parameters_override_members(self):
        log = []
        self.define({'x': 0, 'test_a': lambda self: log.append(self.x)},
                    {}, {'x': 1})
        self.run_module()
        self.assertEqual(log, [0, 1])

    def test_set_up_sees_parameters(self):
        log = []
        self.define({'setUp': lambda self: log.append(self.x),
                     'test_a': lambda self: None}, {'x': 1}, {'x': 2})
        self.run_module()
        self.assertEqual(log, [1, 2])

    def test_patched_class(self):
        log = []

        def test_a(self, getcwd):
            log.append(os.getcwd())
        self.define({'test_a': test_a}, {'x': 1}, {'x': 2},
                    decorators=[mock.patch('os.getcwd', return_value='here')])
        self.assertTrue(self.run_module().wasSuccessful())
        self.assertEqual(log, ['here', 'here'])

    def test_attributes_of_tests_are_kept(self):
        def test_a(self):
            """Docstring."""
        test_a.gpu = 2
        self.define({'test_a': test_a}, {'x': 1})
        generated, = self.generated()
        self.assertEqual(generated.test_a.gpu, 2)
        self.assertEqual(generated.test_a.__doc__, 'Docstring.')

    def test_skip_and_expected_failure(self):
        def test_skip(self):
            self.skipTest('not today')

        @unittest.expectedFailure
        def test_fail(self):
            self.fail('as expected')
        self.define({'test_skip': test_skip, 'test_fail': test_fail}, {'x': 1})
        result = self.run_module()
        self.assertTrue(result.wasSuccessful())
        self.assertEqual(len(result.skipped), 1)
        self.assertEqual(len(result.expectedFailures), 1)

    def test_name_tells_the_parameters(self):
        self.define({'test_a': lambda self: None}, {
            'shape': (3, 2), 'dtype': numpy.float32, 'mode': 'same',
            'array': numpy.zeros((2, 1), 'd'), 'f': double, 'g': lambda: 0,
            'data': list(range(100)), 'none': None})
        generated, = self.generated()
        self.assertEqual(
            generated.__name__,
            "TestSample_param_0_{shape=(3, 2), dtype=float32, mode='same', "
            "array=array((2, 1), float64), f=double, g=<lambda>, "
            "data=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11..., none=None}")
        self.assertEqual(generated.__module__, 'parameterized_sample')
        self.assertIn(generated.__name__, str(generated('test_a')))

    def test_note_tells_the_parameters_in_full(self):
        data = list(range(100))
        self.define({'test_a': lambda self: {}['missing']}, {'data': data})
        generated, = self.generated()
        with self.assertRaises(KeyError) as raised:
            generated('test_a').test_a()
        self.assertEqual(raised.exception.args, ('missing',))
        self.assertEqual(raised.exception.__notes__,
                         [f'Parameters:\n  data: {data!r}'])

    def test_note_is_added_to_others(self):
        error = ValueError('text')
        error.__notes__ = ['first']

        def test_a(self):
            raise error
        self.define({'test_a': test_a}, {'x': 1})
        self.run_module()
        self.assertEqual(error.__notes__, ['first', 'Parameters:\n  x: 1'])

    def test_no_parameter_sets(self):
        with self.assertRaisesRegex(ValueError, 'no test would run'):
            testing.parameterize(*testing.product({'x': []}))

    def test_no_tests(self):
        with self.assertRaisesRegex(ValueError, 'TestSample has no test'):
            self.define({'check': lambda self: None}, {'x': 1})

    def test_twice(self):
        with self.assertRaisesRegex(ValueError, 'product_dict'):
            self.define({'test_a': lambda self: None}, {'x': 1},
                        decorators=[testing.parameterize({'y': 1})])

    def test_reserved_name(self):
        with self.assertRaisesRegex(ValueError, "'id'"):
            testing.parameterize({'id': 3})

    def test_not_a_test_case(self):
        for case in (object, double):
            with self.assertRaisesRegex(TypeError, 'unittest.TestCase'):
                testing.parameterize({'x': 1})(case)


SAMPLE = '''
import unittest

from chainer import testing


@testing.parameterize(*testing.product({'shape': [(3, 2), ()], 'axis': [0]}))
class TestSample(unittest.TestCase):

    def test_shape(self):
        self.assertEqual(len(self.shape), 2)
'''


class TestRunners(unittest.TestCase):

    def run_sample(self, *arguments):
        root = os.path.dirname(os.path.dirname(chainer.__file__))
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'test_sample.py')
            with open(path, 'w') as f:
                f.write(SAMPLE)
            done = subprocess.run(
                [sys.executable, '-m', *arguments, path], cwd=directory,
                env=dict(os.environ, PYTHONPATH=root), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn('TestSample_param_1_{shape=(), axis=0}', done.stdout)
        return done.stdout

    def test_pytest(self):
        self.assertIn('1 failed, 1 passed', self.run_sample('pytest'))

    def test_nose(self):
        output = self.run_sample('nose')
        self.assertIn('Ran 2 tests', output)
        self.assertIn('failures=1', output)
