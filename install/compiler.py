"""Finds a C++ compiler that works."""
import os
import re
import shlex
import subprocess
import sysconfig
import tempfile

from install import utils

NAMES = ('c++', 'g++', 'clang++')

# What every extension module needs: C++17 and Python's headers.
_MODULE = '''
#include <Python.h>
#include <string_view>
extern "C" size_t cupy_probe() {
  if constexpr (sizeof(void*) > 1) return std::string_view("CuPy").size();
}
'''

# What the libraries of the host device need beyond that.
_HOST = '''
#include <omp.h>
extern "C" int cupy_probe() { return omp_get_max_threads(); }
'''


class Compiler:
    """A C++ compiler: the command that calls it, and its version.

    Flags come from the environment variables ``CPPFLAGS``, ``CXXFLAGS`` and
    ``LDFLAGS``, as everywhere.

    Attributes:
        command (list of str): Its path, perhaps behind a launcher.
        version (str): The first line of what it says about itself.
    """

    def __init__(self, command):
        self.command = command
        self.version = _run([*command, '--version'])[1].split('\n')[0]

    def compile(self, source, *args):
        """Returns the command that compiles a source file."""
        return [*self.command, *_flags('CPPFLAGS'), '-std=c++17', '-fPIC',
                *args, *_flags('CXXFLAGS'), '-c', source]

    def link(self, objects, *args):
        """Returns the command that links a shared object."""
        return [*self.command, '-shared', *objects, *args,
                *_flags('CXXFLAGS'), *_flags('LDFLAGS')]

    def complaint(self, text, *args):
        """Returns the first error in compiling and linking a program.

        Returns ``None`` if it finds none.
        """
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, 'probe.cpp')
            binary = os.path.join(folder, 'probe')
            with open(source, 'w') as file:
                file.write(text)
            return (
                _error(self.compile(source, '-o', f'{binary}.o', *args)) or
                _error(self.link([f'{binary}.o'], '-o', binary, *args)))


def python_include():
    """Returns the folder of Python's headers."""
    return sysconfig.get_path('include')


def find():
    """Returns a :class:`Compiler` that can build extension modules.

    It is what the environment variable ``CXX`` says, or else the first of
    ``c++``, ``g++`` and ``clang++`` on ``PATH`` that works.

    Raises:
        install.utils.Missing: There is none, or it does not work.
    """
    if _flags('CXX'):
        commands = [_flags('CXX')]
    else:
        paths = [utils.search_on_path([name]) for name in NAMES]
        commands = [[path] for path in paths if path]
    if not commands:
        raise utils.Missing(
            f'no C++ compiler is on PATH ({", ".join(NAMES)}): install g++, '
            f'or name one in CXX')
    complaints = []
    for command in commands:
        found = Compiler(command)
        error = found.complaint(_MODULE, '-I', python_include())
        if error is None:
            return found
        complaints.append(_advice(command, error))
    raise utils.Missing(complaints[0])


def check_host(found):
    """Raises :class:`install.utils.Missing` if OpenMP cannot be used."""
    error = found.complaint(_HOST, '-fopenmp')
    if error is not None:
        raise utils.Missing(
            f'the C++ compiler {shlex.join(found.command)} cannot use OpenMP '
            f'({error}): install g++, or name another compiler in CXX')


def _advice(command, error):
    if 'Python.h' in error:
        return (f"Python's headers are missing (no Python.h in "
                f'{python_include()}): install python3-dev')
    return (f'the C++ compiler {shlex.join(command)} does not work ({error}): '
            f'install g++ 7 or later, or name another compiler in CXX')


def _flags(name):
    return shlex.split(os.environ.get(name, ''))


def _error(command):
    code, output = _run(command)
    if code == 0:
        return None
    # Of the compiler or of the linker; the first one says it best.
    found = re.search(r'\b(?:error|ld): (?!warning)(.*)', output)
    return found[1] if found else output.split('\n')[-1]


def _run(command):
    english = {**os.environ, 'LC_ALL': 'C'}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              errors='replace', env=english)
    except OSError as error:
        return 1, str(error)
    return done.returncode, done.stdout.strip() or 'it says nothing'
