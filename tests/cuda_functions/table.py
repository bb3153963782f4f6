"""The table of CUDA's functions in docs/source/cuda_functions.rst.

    table.py trace > trace.h     a header that counts calls, see run.sh
    table.py write --counts FOLDER --cuda12 FOLDER... --cuda13 FOLDER...

What CuPy uses is read from its bindings. Whether CUDA declares it is the C++
compiler's word, given the folders with CUDA's headers. Whether a test has
called it, and has seen it fail, was counted while the tests ran.
"""
import argparse
import collections
import glob
import os
import re
import subprocess
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TARGET = os.path.join(ROOT, 'docs', 'source', 'cuda_functions.rst')

HEADERS = ('cuda.h', 'cuda_runtime_api.h', 'cuda_profiler_api.h', 'nvrtc.h',
           'cublas_v2.h', 'curand.h', 'cudnn.h')
NAME = r'\b((?:cuda|cublas|curand|cudnn|nvrtc|cu)[A-Z]\w*)'
LIBRARIES = {
    'cuda': 'Runtime', 'cu': 'Driver', 'nvrtc': 'NVRTC', 'cublas': 'cuBLAS',
    'curand': 'cuRAND', 'cudnn': 'cuDNN'}

# Why no test can call some functions, or see them fail, through the bindings.
NULL = 'fails only for a null pointer in place of the result, which the ' \
    'bindings never pass; test_null_places.py does'
TEXT = 'returns a text for every number, and no status'
NOTES = {
    'cudaGetErrorName': TEXT,
    'cudaGetErrorString': TEXT,
    'nvrtcGetErrorString': TEXT,
    'cudnnGetErrorString': TEXT,
    'cudnnGetVersion': 'returns a number, and no status',
    'cudaDriverGetVersion': NULL,
    'cudaRuntimeGetVersion': NULL,
    'cudaGetDriverEntryPoint':
        NULL + '. Without a driver CUDA\'s own fails, which '
        'tests/cuda_build/check_build.py sees',
    'cudaGetDriverEntryPointByVersion':
        'takes the place of cudaGetDriverEntryPoint in CUDA 12.6 and later; '
        'the host device has the other',
    'nvrtcVersion': NULL,
    'nvrtcGetNumSupportedArchs': NULL,
    'nvrtcGetSupportedArchs': NULL,
    'nvrtcCreateProgram': NULL,
    'nvrtcGetCUBIN': NULL + '. Of a wrong program the size is asked first',
    'nvrtcGetPTX': NULL + '. Of a wrong program the size is asked first',
    'nvrtcGetProgramLog':
        NULL + '. Of a wrong program the size is asked first',
    'curandGetVersion': NULL,
    'curandGenerateLongLong':
        'is for quasi-random generators, of which the host device has none',
    'cudnnCreate':
        NULL + '. Without a device, cudaGetDevice fails before it',
    **{f'cudnnCreate{kind}Descriptor': NULL for kind in (
        'Activation', 'Convolution', 'Filter', 'Pooling', 'Tensor')},
}


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def extern_blocks(text):
    """Yields the declarations in each ``cdef extern`` block of Cython."""
    for block in re.findall(
            r'^cdef extern from[^\n]*:\n((?:[ \t]+[^\n]*\n|\n)*)', text, re.M):
        yield re.sub(r'""".*?"""', '', block, flags=re.S)


def bindings():
    """Returns the paths of the sources that call CUDA."""
    return sorted(glob.glob('cupy/cuda/*.p[yx][xd]', root_dir=ROOT) +
                  glob.glob('cupy/cuda/*.h', root_dir=ROOT))


def used():
    """Returns the names of the functions that CuPy's bindings use."""
    names = set()
    for path in bindings():
        for block in extern_blocks(read(path)):
            # A name in front of its parameters; not a pointer's, (*name)(.
            names.update(re.findall(NAME + r'\(', block))
    entry = read('cupy/cuda/driver_entry.h')
    names.update(re.findall(r'decltype\(&(\w+)\)', entry))
    names.update(re.findall(r'\b(cudaGetDriverEntryPoint\w*)\(', entry))
    return sorted(names)


def library_of(name):
    """Returns the prefix of a function, a key of LIBRARIES."""
    return re.match('cuda|cublas|curand|cudnn|nvrtc|cu', name).group()


# ---- What CUDA declares ----------------------------------------------------

def compiler():
    return os.environ.get('CXX', 'c++')


def run_compiler(text, folders, *flags):
    return subprocess.run(
        [compiler(), '-x', 'c++', '-std=c++17', *flags,
         *[f'-I{folder}' for folder in folders], '-'],
        input=text, capture_output=True, text=True)


def includes():
    # Of CUDA's wheels, none has the header of the profiler.
    return ''.join(f'#if __has_include(<{header}>)\n#include <{header}>\n'
                   '#endif\n' for header in HEADERS)


def declared(names, folders):
    """Returns those of the names that the headers declare.

    Names may be macros for others, as those of cuBLAS are.
    """
    # A function may be overloaded in C++, which its address would not tell.
    lines = ''.join(
        f'#line {i + 1} "names"\nnamespace n{i} {{ using ::{name}; }}\n'
        for i, name in enumerate(names))
    done = run_compiler(includes() + lines, folders, '-fsyntax-only',
                        '-fmax-errors=0', '-Wno-deprecated-declarations')
    wrong = set()
    for place, message in re.findall(r'^(\S+?):(\d+:.*error: .*)$',
                                     done.stderr, re.M):
        if place != 'names':
            raise SystemExit(f'{place}:{message}')
        wrong.add(int(message.split(':')[0]) - 1)
    if done.returncode and not wrong:
        raise SystemExit(done.stderr)
    return {name for i, name in enumerate(names) if i not in wrong}


def exported(folders):
    """Returns the names that libraries beside folders of headers have."""
    names = set()
    for folder in folders:
        for path in glob.glob(
                os.path.join(folder, '..', 'lib', 'libcuda*.so*')):
            done = subprocess.run(['nm', '-D', '--defined-only', path],
                                  capture_output=True, text=True)
            names.update(re.findall(r' T (\w+)', done.stdout))
    return names


def presence(names, folders):
    """Returns where each function is, as the table has it."""
    in_headers, in_libraries = declared(names, folders), exported(folders)
    return {name: 'yes' if name in in_headers else
            'library' if name in in_libraries else 'no' for name in names}


def versions(folders):
    """Returns the versions of the headers, as in ('13.0', '9.1')."""
    done = run_compiler(
        includes() + 'versions CUDART_VERSION CUDNN_MAJOR CUDNN_MINOR\n',
        folders, '-E', '-P')
    number, major, minor = done.stdout.split('versions ')[-1].split()
    return f'{int(number) // 1000}.{int(number) % 1000 // 10}', (
        f'{major}.{minor}')


# ---- What was called -------------------------------------------------------

TRACE = '''\
// Counts the calls of CUDA's functions by name, and those that fail. It is
// included before all else into CuPy's modules, whose calls of a function the
// macro of its name counts; see tests/cuda_functions/run.sh.
#pragma once
// Not in the host device itself, which defines the functions, nor where the
// build tries out the compiler.
#if !defined(_OPENMP) && __has_include(<cuda_runtime_api.h>)

@INCLUDES@
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace cupy_trace {

enum Function { @NUMBERS@ };
constexpr const char* names[] = {@NAMES@};

// No lock: a child that is forked would wait for it if it was held.
struct Counts {
  std::atomic<long> calls[sizeof names / sizeof *names][2];

  ~Counts() {
    const char* folder = std::getenv("CUPY_CALL_COUNTS");
    if (!folder) return;
    char path[4096];
    std::snprintf(path, sizeof path, "%s/%d-%p", folder, int(getpid()),
                  static_cast<void*>(this));
    if (FILE* file = std::fopen(path, "w")) {
      for (const char* const& name : names) {
        const std::atomic<long>* count = calls[&name - names];
        if (count[0] || count[1])
          std::fprintf(file, "%s %ld %ld\\n", name, count[0].load(),
                       count[1].load());
      }
      std::fclose(file);
    }
  }
};

static Counts counts;

template <class T>
T record(Function function, T result) {
  bool failed = false;
  if constexpr (std::is_enum_v<T>) failed = result != T();
  ++counts.calls[function][failed];
  return result;
}

template <auto function, Function number>
struct Traced;

template <class R, class... A, R (*function)(A...), Function number>
struct Traced<function, number> {
  static R call(A... arguments) {
    return record(number, function(arguments...));
  }
};

// The driver's functions are called by the addresses that this one gives.
static inline cudaError_t trace_entry(const char* symbol, void** address,
                                      cudaError_t status) {
#define CUPY_TRACE(function)                       \\
  if (*address && !std::strcmp(symbol, #function)) \\
    *address = reinterpret_cast<void*>(            \\
        &Traced<&function, number_##function>::call);
@ENTRIES@
#undef CUPY_TRACE
  return status;
}

}  // namespace cupy_trace

@MACROS@
#define cudaGetDriverEntryPoint(symbol, address, ...)  \\
  cupy_trace::record(                                  \\
      cupy_trace::number_cudaGetDriverEntryPoint,      \\
      cupy_trace::trace_entry(                         \\
          symbol, address,                             \\
          cudaGetDriverEntryPoint(symbol, address, __VA_ARGS__)))

#endif
'''


def trace():
    """Returns the header that counts calls."""
    names = used()
    entries = [name for name in names if library_of(name) == 'cu']
    called = [name for name in names if name not in entries
              and not name.startswith('cudaGetDriverEntryPoint')]
    parts = {
        '@INCLUDES@': includes(),
        '@NUMBERS@': ', '.join(f'number_{name}' for name in names),
        '@NAMES@': ', '.join(f'"{name}"' for name in names),
        '@ENTRIES@': '\n'.join(f'  CUPY_TRACE({name})' for name in entries),
        '@MACROS@': '\n'.join(
            f'#define {name}(...) \\\n  cupy_trace::record('
            f'cupy_trace::number_{name}, {name}(__VA_ARGS__))'
            for name in called)}
    text = TRACE
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def counted(folder):
    """Returns how often each function has succeeded and failed."""
    counts = collections.defaultdict(lambda: [0, 0])
    for path in glob.glob(os.path.join(folder, '*')):
        with open(path) as file:
            for line in file:
                name, good, bad = line.split()
                counts[name][0] += int(good)
                counts[name][1] += int(bad)
    return counts


# ---- The table -------------------------------------------------------------

TITLE = '''\
CUDA functions
==============

.. This file is written by tests/cuda_functions/run.sh.

Every C function of CUDA that CuPy calls. *12* and *13* tell whether the
headers of CUDA {cuda12} (with cuDNN {cudnn12}) and of CUDA {cuda13} (with
cuDNN {cudnn13}) declare it; *library*: the library has it, and the header
comes with a wheel that CuPy does not need. The other columns are about the
host device, on which CuPy's tests run without a GPU: *called* tells whether a
test has called the function there and it succeeded; *failed*, whether a test
has made it fail. The calls that the bindings make were counted while the tests
of ``tests/cupy_tests/cuda_tests`` ran. Why there is a *no* is told at the end.
'''


def rows(names, tables, counts):
    """Yields the cells of each function."""
    for name in names:
        tested = ['yes' if count else 'no' for count in counts[name]]
        yield f'``{name}``', *[table[name] for table in tables], *tested


def notes():
    """Yields a paragraph for each reason."""
    reasons = collections.defaultdict(list)
    for name in sorted(NOTES):
        reasons[NOTES[name]].append(f'``{name}``')
    for reason, names in reasons.items():
        yield textwrap.fill(f'{", ".join(names)}: {reason}.', 79,
                            break_long_words=False, break_on_hyphens=False,
                            initial_indent='* ', subsequent_indent='  ')


def table(head, lines):
    """A table of reStructuredText."""
    widths = [max(map(len, column)) for column in zip(head, *lines)]
    rule = '  '.join('=' * width for width in widths)

    def line(cells):
        return '  '.join(map(str.ljust, cells, widths)).rstrip()

    return '\n'.join([rule, line(head), rule, *map(line, lines), rule])


def page(tables, counts, numbers):
    names = used()
    parts = [TITLE.format(**numbers)]
    for prefix, title in LIBRARIES.items():
        own = [name for name in names if library_of(name) == prefix]
        head = f'{title} ({len(own)} functions)'
        parts += [head + '\n' + '-' * len(head) + '\n',
                  table(('Function', '12', '13', 'called', 'failed'),
                        list(rows(own, tables, counts))) + '\n']
    head = 'What cannot be called, or cannot fail'
    parts += [head + '\n' + '-' * len(head) + '\n', *notes()]
    return '\n'.join(parts) + '\n'


def listed(text):
    """Returns the rows of a written table: cells by name of the function."""
    return {row[0].strip('`'): row[1:] for row in (
        re.split(r'  +', line) for line in text.splitlines()
        if line.startswith('``'))}


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('trace')
    write = commands.add_parser('write')
    write.add_argument('--counts', required=True)
    write.add_argument('--cuda12', required=True, nargs='+')
    write.add_argument('--cuda13', required=True, nargs='+')
    args = parser.parse_args()
    if args.command == 'trace':
        sys.stdout.write(trace())
        return
    numbers = {}
    for number in ('12', '13'):
        folders = getattr(args, f'cuda{number}')
        numbers[f'cuda{number}'], numbers[f'cudnn{number}'] = versions(folders)
    tables = [presence(used(), folders)
              for folders in (args.cuda12, args.cuda13)]
    with open(TARGET, 'w') as file:
        file.write(page(tables, counted(args.counts), numbers))


if __name__ == '__main__':
    main()
