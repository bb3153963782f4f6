"""Compiles sources of kernels with NVRTC for several GPUs; no GPU is needed.

  pip install --target build/nvrtc nvidia-cuda-nvrtc
  CUPY_KEEP_SOURCES=build/sources python -m pytest
  python tests/nvrtc/compile.py build/sources build/nvrtc

The sources are what CuPy, built for the host device, kept during any run.
They are compiled by the function that compiles them where CuPy is built for
CUDA, with the headers as they are now, on all cores. The exit status is 1 if
NVRTC rejects one of them; what it warns of is printed.
"""
import argparse
import collections
import glob
import multiprocessing
import os
import re
import sys
import time

import library

from cupy.cuda import compiler, source_files

ARCHITECTURES = (75, 90, 120)

Result = collections.namedtuple(
    'Result', 'name architecture options error warnings')


def main():
    options = parse()
    nvrtc = library.Library(library.find(options.nvrtc))
    version = '.'.join(map(str, nvrtc.getVersion()))
    known = nvrtc.getSupportedArchs()
    if not set(options.arch) <= set(known):
        sys.exit(f'NVRTC {version} compiles for {known}, not for all of '
                 f'{options.arch}')
    paths = choose(options.sources, options.every)
    if not paths:
        sys.exit(f'no sources in {options.sources}')
    for path in [path for path in paths if source_files.load(path).unknown]:
        unknown = ', '.join(source_files.load(path).unknown)
        print(f'{os.path.basename(path)} is left out: it depends on '
              f'{unknown}, which is not known to CuPy')
        paths.remove(path)
    print(f'NVRTC {version}: {len(paths)} sources for '
          f'{", ".join(f"sm_{arch}" for arch in options.arch)}', flush=True)
    start = time.perf_counter()
    results = compile_all(options.nvrtc, paths, options.arch)
    seconds = time.perf_counter() - start
    good = report(results)
    print(f'{len(results)} compilations took {seconds:.0f} s')
    sys.exit(not good)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n', 1)[0])
    parser.add_argument('sources', help='folder of CUPY_KEEP_SOURCES')
    parser.add_argument('nvrtc', help='folder that NVRTC is in or below')
    parser.add_argument(
        '--arch', type=int, nargs='+', default=ARCHITECTURES,
        help='compute capabilities, as 75')
    parser.add_argument(
        '--every', type=int, default=1, metavar='N',
        help='compile one source of N, always the same')
    return parser.parse_args()


def choose(folder, every):
    """Returns paths of sources, by the hashes in their names."""
    paths = sorted(glob.glob(os.path.join(glob.escape(folder), '*.cu')))
    return [path for path in paths
            if int(path[-len('0123456789abcdef.cu'):-3], 16) % every == 0]


def compile_all(folder, paths, architectures):
    tasks = [(path, arch) for path in paths for arch in architectures]
    context = multiprocessing.get_context('spawn')
    with context.Pool(initializer=use_nvrtc, initargs=(folder,)) as pool:
        return sorted(pool.imap_unordered(compile_one, tasks, chunksize=8))


def use_nvrtc(folder):
    """Puts NVRTC in the place of the host device's compiler."""
    compiler.nvrtc = library.Library(library.find(folder))


def compile_one(task):
    path, arch = task
    source = source_files.load(path)
    nvrtc = compiler.nvrtc
    # Under the names by which they are included: the folders that they were
    # in may be gone.
    nvrtc.headers = source.headers
    try:
        image = compiler.compile_for(
            f'sm_{arch}', source.text, source.options)
        error = None if image.startswith(b'\x7fELF') else 'no code was made'
    except compiler.CompileException as exception:
        error = exception.msg
    return Result(os.path.basename(path), arch, source.options, error,
                  [] if error else re.findall('warning[ :].*', nvrtc.log))


def report(results):
    """Prints what is wrong; returns whether nothing is."""
    failures = [result for result in results if result.error]
    for result in failures:
        print(f'\n{result.name}, sm_{result.architecture}, '
              f'options {" ".join(result.options) or "none"}:\n'
              f'{result.error}')
    warnings = collections.defaultdict(list)
    for result in results:
        for warning in result.warnings:
            warnings[warning].append(result.name)
    for warning, names in sorted(warnings.items(), key=lambda x: -len(x[1])):
        print(f'{len(names)} times: {warning}\n    as in {names[0]}')
    print(f'{len(failures)} failures, {len(warnings)} kinds of warnings')
    return not failures


if __name__ == '__main__':
    main()
