import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakes

from install import compiler, utils

# Works: says a version, and writes what it is asked for.
GOOD = 'echo "fake c++ 1.2"; echo "made by a fake"'
BAD = 'echo "probe.cpp:1:1: warning: x"; echo "$1: error: %s"; exit 1'


class TestFind(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def program(self, name, script):
        return fakes.program(self.machine.bin, name, script)

    def check_missing(self, pattern):
        with self.assertRaisesRegex(utils.Missing, pattern):
            compiler.find()

    def test_order(self):
        for name in ['clang++', 'g++', 'c++']:
            path = self.program(name, GOOD)
            found = compiler.find()
            self.assertEqual(found.command, [path])
        self.assertEqual(found.version, 'fake c++ 1.2')

    def test_one_that_does_not_work_is_passed_over(self):
        self.program('c++', BAD % 'no')
        path = self.program('g++', GOOD)
        self.assertEqual(compiler.find().command, [path])

    def test_environment(self):
        self.program('c++', GOOD)
        self.machine.environment['CXX'] = 'launcher "my c++"'
        self.program('launcher', GOOD)
        self.assertEqual(compiler.find().command, ['launcher', 'my c++'])

    def test_environment_alone_counts(self):
        self.program('c++', GOOD)
        self.machine.environment['CXX'] = 'absent-c++ -x'
        self.check_missing("the C.. compiler absent-c.. -x does not work "
                           ".*No such file.*'absent-c..'.*: install g")

    def test_none(self):
        self.check_missing(r'no C.. compiler is on PATH \(c\+\+, g\+\+, '
                           r'clang\+\+\): install g\+\+, or name one in CXX')

    def test_error(self):
        path = self.program('c++', BAD % 'too old for C++17')
        self.program('g++', BAD % 'something else')
        with self.assertRaises(utils.Missing) as raised:
            compiler.find()
        self.assertIn(f'{path} does not work (too old for C++17)',
                      str(raised.exception))

    def test_errors_are_in_english(self):
        self.machine.environment['LC_ALL'] = 'de_DE.UTF-8'
        self.program('c++', 'echo "error: in $LC_ALL"; exit 1')
        self.check_missing('does not work .in C.')

    def test_silent_failure(self):
        self.program('c++', 'exit 3')
        self.check_missing('does not work .it says nothing.')

    def test_compiles_but_does_not_link(self):
        self.program('c++', f'''
            for arg in "$@"; do if [ "$arg" = -shared ]; then
              {BAD % "cannot find -lstdc++"}
            fi; done''')
        self.check_missing(r'does not work \(cannot find -lstdc\+\+\)')

    def test_warning_of_the_linker(self):
        self.program('c++', 'echo "ld: warning: old"; echo "ld: no -lx"; '
                            'exit 1')
        self.check_missing('does not work .no -lx.')

    def test_no_python_headers(self):
        self.program('c++', BAD % 'Python.h: No such file or directory')
        self.check_missing("Python's headers are missing .no Python.h in /.*"
                           "install python3-dev")


class TestCheckHost(unittest.TestCase):

    def setUp(self):
        self.machine = fakes.Machine(self)

    def find(self, script):
        fakes.program(self.machine.bin, 'c++', script)
        return compiler.find()

    def test_good(self):
        compiler.check_host(self.find(GOOD))

    def test_no_openmp(self):
        found = self.find(
            'for arg in "$@"; do if [ "$arg" = -fopenmp ]; then '
            f'{BAD % "unsupported option -fopenmp"}; fi; done')
        with self.assertRaisesRegex(
                utils.Missing, r'c\+\+ cannot use OpenMP \(unsupported option '
                r'-fopenmp\): install g\+\+'):
            compiler.check_host(found)


class TestCompiler(unittest.TestCase):

    def setUp(self):
        real = shutil.which('c++') or shutil.which('g++')
        self.machine = fakes.Machine(self)
        os.symlink(real, f'{self.machine.bin}/c++')
        # The compiler calls an assembler and a linker.
        self.machine.environment['PATH'] += f':{os.path.dirname(real)}:/bin'

    def test_real_one_works(self):
        found = compiler.find()
        self.assertEqual(found.command, [f'{self.machine.bin}/c++'])
        compiler.check_host(found)

    def test_complaint(self):
        found = compiler.find()
        self.assertIsNone(found.complaint('int f() { return 0; }\n'))
        self.assertIn('expected', found.complaint('int f() { return }\n'))
        self.assertEqual(found.complaint('#include <no/such.h>\n'),
                         'no/such.h: No such file or directory')

    def test_complaint_of_the_linker(self):
        found = compiler.find()
        self.assertIn('no_such_library', found.complaint(
            'int f() { return 0; }\n', '-lno_such_library'))

    def test_complaint_with_a_folder_of_headers(self):
        fakes.write(self.machine.root, {'a b/x.h': 'int f();\n'})
        self.assertIsNone(compiler.find().complaint(
            '#include <x.h>\n', f'-I{self.machine.root}/a b'))

    def test_flags_from_the_environment(self):
        found = compiler.find()
        self.machine.environment.update(
            CPPFLAGS='-DA="x y"', CXXFLAGS='-g -O1', LDFLAGS='-L/z')
        self.assertEqual(
            found.compile('x.cpp', '-O2', '-o', 'x.o')[1:],
            ['-DA=x y', '-std=c++17', '-fPIC', '-O2', '-o', 'x.o', '-g',
             '-O1', '-c', 'x.cpp'])
        self.assertEqual(
            found.link(['x.o'], '-o', 'x.so')[1:],
            ['-shared', 'x.o', '-o', 'x.so', '-g', '-O1', '-L/z'])

    def test_flags_that_break_are_noticed_early(self):
        self.machine.environment['CXXFLAGS'] = '-no-such-flag'
        with self.assertRaisesRegex(utils.Missing, '-no-such-flag'):
            compiler.find()
