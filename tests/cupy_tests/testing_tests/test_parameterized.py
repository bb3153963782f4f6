import types
import unittest
from unittest import mock

from cupy import testing


def double(x):
    return 2 * x


@testing.parameterize({'x': 1, 'function': double},
                      {'x': 2, 'function': abs})
class TestInPlace(unittest.TestCase):

    def setUp(self):
        super(TestInPlace, self).setUp()
        self.prepared = True

    def test_parameters(self):
        self.assertTrue(self.prepared)
        self.assertEqual(self.function(self.x), 2)
        self.assertIn(type(self).__name__, [
            'TestInPlace_param_0_{x=1, function=double}',
            'TestInPlace_param_1_{x=2, function=abs}'])


def run(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


class TestParameterize(unittest.TestCase):

    def make_case(self, test):
        case = type('Case', (unittest.TestCase,),
                    {'test': test, '__module__': __name__})
        return case

    def generated(self, *params):
        module = types.ModuleType('generated')
        case = self.make_case(lambda self: self.assertEqual(self.x, 1))
        with mock.patch.dict('sys.modules', generated=module):
            case.__module__ = 'generated'
            testing.parameterize(*params)(case)
        return case, [value for name, value in vars(module).items()
                      if name.startswith('Case')]

    def test_runs_once_for_each_set(self):
        case, generated = self.generated({'x': 1}, {'x': 2}, {'x': 1})
        self.assertEqual(run(case).testsRun, 0)
        failures = [len(run(one).failures) for one in generated]
        self.assertEqual(failures, [0, 1, 0])

    def test_note(self):
        _, (case,) = self.generated({'x': 2, 'y': 'long' * 20})
        try:
            case('test').test()
        except AssertionError as error:
            note, = error.__notes__
        self.assertRegex(note, r"Failed with x=2, y='long.*\.\.\.$")

    def test_no_parameters(self):
        with self.assertRaisesRegex(ValueError, 'at least one'):
            testing.parameterize()

    def test_no_tests(self):
        with self.assertRaisesRegex(ValueError, 'has no tests'):
            testing.parameterize({'x': 1})(
                type('Case', (unittest.TestCase,), {}))

    def test_reserved_name(self):
        with self.assertRaisesRegex(ValueError, "'run' would replace"):
            self.generated({'run': 1})


class TestProduct(unittest.TestCase):

    def test_product(self):
        self.assertEqual(
            testing.product({'x': [1, 2], 'y': 'ab'}),
            [{'x': 1, 'y': 'a'}, {'x': 1, 'y': 'b'},
             {'x': 2, 'y': 'a'}, {'x': 2, 'y': 'b'}])
        self.assertEqual(testing.product({'x': [1], 'y': []}), [])
