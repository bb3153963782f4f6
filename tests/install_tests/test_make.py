import contextlib
import io
import os
import sys
import tempfile
import time
import unittest

from setuptools import errors

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import make

HOUR = 3600


class MakeTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        fakes.write('.', {'a': '1', 'b': '2'})

    def step(self, script='cat a b > out/c', target='out/c',
             inputs=('a', 'b'), depfile=None, tool='sh 1'):
        return make.Step(f'make {target}', target, ['sh', '-c', script],
                         list(inputs), depfile, tool)

    def run_steps(self, *steps, workers=1, force=False):
        """Returns the titles of the steps that were run."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            make.run([[step] for step in steps], workers, force)
        return output.getvalue().split('\n')[:-1]

    def age(self, *paths, hours=-1):
        """Makes files old, or with a positive number young."""
        stamp = time.time() + hours * HOUR
        for path in paths:
            os.utime(path, (stamp, stamp))


class TestIsCurrent(MakeTest):

    def setUp(self):
        super().setUp()
        self.age('a', 'b')
        self.run_steps(self.step())

    def check(self, expected, **kwargs):
        self.assertIs(make.is_current(self.step(**kwargs)), expected)

    def test_nothing_changed(self):
        self.check(True)
        self.assertEqual(self.run_steps(self.step()), [])

    def test_never_made(self):
        self.check(False, target='out/d')

    def test_changed_input(self):
        for path in 'a', 'b':
            self.age(path, hours=1)
            self.check(False)
            self.age(path, hours=-1)
            self.check(True)

    def test_input_changed_while_the_command_ran(self):
        self.run_steps(self.step('echo 3 > a; cat a b > out/c'), force=True)
        self.check(False, script='echo 3 > a; cat a b > out/c')

    def test_deleted_target(self):
        os.remove('out/c')
        self.check(False)

    def test_deleted_input(self):
        os.remove('a')
        self.check(False)

    def test_other_inputs(self):
        self.check(False, inputs=['a'])
        self.check(False, inputs=['a', 'b', 'b'])

    def test_other_command(self):
        self.check(False, script='cat b a > out/c')

    def test_other_version_of_the_tool(self):
        self.check(False, tool='sh 2')

    def test_other_path_of_the_tool(self):
        step = self.step()
        self.assertTrue(make.is_current(step._replace(
            command=['/bin/sh', *step.command[1:]])))

    def test_text_of_the_target_does_not_matter(self):
        fakes.write('.', {'out/c': 'x'})
        self.check(True)

    def test_force(self):
        self.assertEqual(self.run_steps(self.step(), force=True),
                         ['make out/c'])


class TestDepfile(MakeTest):

    def make(self, names):
        """Lets the tool say that it has read files."""
        fakes.write('.', {'text': f'out/c: {names}\n'})
        self.age('a', 'b', 'text')
        self.step_with = self.step('cp text out/c.d; cat a > out/c',
                                   inputs=['a'], depfile='out/c.d')
        self.run_steps(self.step_with)

    def check(self, expected):
        self.assertIs(make.is_current(self.step_with), expected)

    def test_changed(self):
        for names in ['a b', 'a \\\n b', 'a \\\n  ./b \\\n',
                      f'a {os.path.abspath("b")}']:
            self.make(names)
            self.check(True)
            self.age('b', hours=1)
            self.check(False)

    def test_space_in_a_name(self):
        fakes.write('.', {'an input': ''})
        self.age('an input')
        self.make('a an\\ input')
        self.check(True)
        self.age('an input', hours=1)
        self.check(False)

    def test_deleted(self):
        self.make('a b')
        os.remove('b')
        self.check(False)

    def test_files_outside_are_the_tools(self):
        # Build isolation has them at another place each time.
        self.make('a /no/such/header.h ../no/such/either.h')
        self.check(True)

    def test_deleted_depfile(self):
        self.make('a b')
        os.remove('out/c.d')
        self.check(False)

    def test_nothing_named(self):
        self.make('')
        self.check(True)


class TestRun(MakeTest):

    def test_result_and_output(self):
        self.assertEqual(
            self.run_steps(self.step('echo warning; cat a b > out/c')),
            ['make out/c', 'warning'])
        with open('out/c') as file:
            self.assertEqual(file.read(), '12')

    def test_failure(self):
        with self.assertRaises(errors.CompileError) as raised:
            self.run_steps(self.step('echo no luck >&2; touch out/c; exit 3'))
        self.assertEqual(
            str(raised.exception),
            "make out/c failed with status 3:\n"
            "sh -c 'echo no luck >&2; touch out/c; exit 3'\nno luck\n")

    def test_failure_is_not_taken_for_a_result(self):
        step = self.step('cat a > out/c; exit $(cat b)')
        with self.assertRaises(errors.CompileError):
            self.run_steps(step)
        self.assertFalse(make.is_current(step))

    def test_failure_after_a_success(self):
        step = self.step('cat a > out/c; exit $(cat b)')
        fakes.write('.', {'b': '0'})
        self.age('a', 'b')
        self.run_steps(step)
        self.assertTrue(make.is_current(step))
        fakes.write('.', {'b': '1'})
        with self.assertRaises(errors.CompileError):
            self.run_steps(step, force=True)
        self.age('b')
        self.assertFalse(make.is_current(step))

    def test_chain(self):
        chain = [self.step('cat a > out/1', 'out/1', ['a']),
                 self.step('cat out/1 b > out/2', 'out/2', ['out/1', 'b'])]
        self.age('a', 'b')
        self.run_chain(chain)
        with open('out/2') as file:
            self.assertEqual(file.read(), '12')
        self.age('b', hours=1)
        self.assertEqual(self.run_chain(chain), ['make out/2'])

    def run_chain(self, chain):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            make.run([chain], 1)
        return output.getvalue().split('\n')[:-1]

    def test_chain_ends_where_it_fails(self):
        chain = [self.step('exit 1', 'out/1'), self.step()]
        with self.assertRaises(errors.CompileError):
            self.run_chain(chain)
        self.assertFalse(os.path.exists('out/c'))

    def test_failure_ends_the_others(self):
        steps = [self.step('exit 1', 'out/0')] + [
            self.step(f'touch out/{i}', f'out/{i}') for i in range(1, 50)]
        with self.assertRaises(errors.CompileError):
            self.run_steps(*steps)
        self.assertLess(len(os.listdir('out')), 50)

    def test_several_at_a_time(self):
        # Each waits for what the other writes.
        script = ('touch out/{0}; for i in $(seq 1000); do '
                  '[ -e out/{1} ] && exit 0; sleep 0.01; done; exit 1')
        done = self.run_steps(
            self.step(script.format('x', 'y'), 'out/x'),
            self.step(script.format('y', 'x'), 'out/y'), workers=2)
        self.assertEqual(sorted(done), ['make out/x', 'make out/y'])
