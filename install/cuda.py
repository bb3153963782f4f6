"""Finds the CUDA toolkit: for each library its headers and its file.

A folder that is called CUDA need not hold all of it. What is missing is told
library by library, and a toolkit counts only when everything that CuPy calls
is there; cuDNN alone may be absent.
"""
import collections
import glob
import os
import re

from install import elf, utils, versions, wheels

#: A library of CUDA: the header that stands for it, its file, and where it
#: has a version of its own, what reads it and the oldest that will do.
Library = collections.namedtuple('Library', 'title header file read minimum',
                                 defaults=(None, None))

LIBRARIES = {
    'cudart': Library('CUDA runtime', 'cuda_runtime_api.h', 'libcudart.so',
                      versions.cuda, versions.MINIMUM_CUDA),
    'nvrtc': Library('NVRTC', 'nvrtc.h', 'libnvrtc.so'),
    'cublas': Library('cuBLAS', 'cublas_v2.h', 'libcublas.so'),
    'curand': Library('cuRAND', 'curand.h', 'libcurand.so'),
    'cudnn': Library('cuDNN', 'cudnn.h', 'libcudnn.so',
                     versions.cudnn, versions.MINIMUM_CUDNN),
}
REQUIRED = ('cudart', 'nvrtc', 'cublas', 'curand')

#: Where to look: what to call it, and the folders of headers and libraries.
Place = collections.namedtuple('Place', 'name include_dirs library_dirs')

#: What there is of a library: the path of its file, its version if it has
#: one, and why it cannot be used, which is ``None`` if it can.
Finding = collections.namedtuple('Finding', 'path version problem')

#: What a place holds: the folders of headers, and a :class:`Finding` for
#: each key of ``LIBRARIES``.
Toolkit = collections.namedtuple('Toolkit', 'name include_dirs findings')

DEFAULT = '/usr/local/cuda'
# Where the packages of a Linux distribution put cuDNN.
SYSTEM = Place('the system', ['/usr/include'],
               ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu',
                '/usr/lib64', '/usr/lib'])
# The folders that the wheels of CUDA 12 put their parts into.
CUDA12 = ('cuda_runtime', 'cuda_nvrtc', 'cuda_nvcc', 'cuda_cccl',
          'cuda_profiler_api', 'cublas', 'curand')
# What else to install where headers include one that is not there.
HEADER_WHEELS = {
    'crt/': 'nvidia-cuda-crt, or nvidia-cuda-nvcc-cu12 for CUDA 12',
    'nv/': 'nvidia-cuda-cccl, or nvidia-cuda-cccl-cu12 for CUDA 12',
}


def find(compiler):
    """Returns the first :class:`Toolkit` that can be used.

    ``CUDA_PATH`` is the only place looked at if it is set. Otherwise they are
    the folder of ``nvcc``, ``/usr/local/cuda``, and the ``nvidia-*`` wheels.

    Args:
        compiler (install.compiler.Compiler): What has to accept the headers.

    Raises:
        install.utils.Missing: There is none. The text tells what the most
            complete one lacks.
    """
    root = os.environ.get('CUDA_PATH')
    if root and not os.path.isdir(root):
        raise utils.Missing(f'CUDA_PATH is {root}, and there is no such '
                            f'folder')
    lacking = []
    for place in places():
        toolkit = examine(place, compiler)
        problems = [problem(toolkit, key) for key in REQUIRED
                    if toolkit.findings[key].problem]
        if not problems:
            return toolkit
        if root or _has_a_part(place):
            lacking.append((len(problems), f'{place.name} cannot be used: '
                                           f'{", ".join(problems)}'))
    if lacking:
        overruled = disagreement()
        raise utils.Missing(f'CUDA in {min(lacking)[1]}' +
                            (f'; {overruled}' if overruled else ''))
    raise utils.Missing(
        f'CUDA was not found: CUDA_PATH is not set, and there is no toolkit '
        f'around an nvcc on PATH, in {DEFAULT}, or in nvidia-* wheels')


def problem(toolkit, key):
    """Returns why a library cannot be used, with its name."""
    return f'{LIBRARIES[key].title} ({toolkit.findings[key].problem})'


def places():
    """Returns the places to look at, the first choice first."""
    root = os.environ.get('CUDA_PATH')
    if root:
        return [_root(root)]
    roots = [root for root in (_root_of_nvcc(), DEFAULT) if root]
    return [*map(_root, roots), *_wheels()]


def disagreement():
    """Returns one line if ``nvcc`` is of another CUDA than ``CUDA_PATH``.

    Returns ``None`` if it is not, or if one of them is not there.
    """
    named, found = os.environ.get('CUDA_PATH'), _root_of_nvcc()
    if not named or not found or os.path.realpath(named) == found:
        return None
    first, second = [versions.cuda(_root(root).include_dirs)
                     for root in (named, found)]
    if not first or not second:  # nvcc alone may lie anywhere
        return None
    return (f'CUDA_PATH ({named}, CUDA {versions.text(first)}) and the nvcc '
            f'on PATH ({found}, CUDA {versions.text(second)}) disagree: '
            f'CUDA_PATH counts')


def examine(place, compiler):
    """Returns what there is in a place, complete or not."""
    return Toolkit(place.name, place.include_dirs, {
        key: _examine(library, place, compiler)
        for key, library in LIBRARIES.items()})


def _examine(library, place, compiler):
    include_dirs, library_dirs = place.include_dirs, place.library_dirs
    if library.title == 'cuDNN':  # it comes separately
        include_dirs = include_dirs + SYSTEM.include_dirs
        library_dirs = library_dirs + SYSTEM.library_dirs
    path = _file(library_dirs, library.file)
    absent = [] if path else [library.file]
    if not _has_header(include_dirs, library.header):
        absent.insert(0, library.header)
    if absent:
        return Finding(path, None, f'no {" and no ".join(absent)}')
    version = library.read and library.read(include_dirs)
    return Finding(path, version,
                   _foreign(path) or
                   _too_old(library, version) or
                   _mixed(library, version, path) or
                   _rejected(library, include_dirs, compiler))


def _has_a_part(place):
    return any(_has_header(place.include_dirs, LIBRARIES[key].header) or
               _file(place.library_dirs, LIBRARIES[key].file)
               for key in REQUIRED)


def _has_header(include_dirs, name):
    return any(os.path.isfile(os.path.join(folder, name))
               for folder in include_dirs)


def _file(library_dirs, name):
    # Wheels have only names with a version; the shortest is the one that
    # the loader knows. A link may lead nowhere.
    found = []
    for folder in library_dirs:
        paths = glob.glob(os.path.join(glob.escape(folder), f'{name}*'))
        found += sorted(filter(os.path.isfile, paths),
                        key=lambda path: (len(path), path))[:1]
    usable = [path for path in found if not elf.is_foreign(path)]
    return next(iter(usable + found), None)


def _foreign(path):
    if not elf.is_foreign(path):
        return None
    return (f'{os.path.basename(path)} is for {elf.architecture(path)}, and '
            f'this Python is for {elf.ours()}')


def _mixed(library, version, path):
    # The file has its version in its name, or is a link to one that has.
    number = re.search(r'\.so\.(\d+)', os.path.realpath(path))
    if not version or not number or int(number[1]) == version[0]:
        return None
    return (f'{library.header} is of version {versions.text(version)}, but '
            f'{path} is of version {number[1]}')


def _too_old(library, version):
    if library.minimum is None or version and version >= library.minimum:
        return None
    found = versions.text(version) if version else 'unknown'
    return (f'version {found}, but {versions.text(library.minimum)} or later '
            f'is needed')


def _rejected(library, include_dirs, compiler):
    error = compiler.complaint(
        f'#include <{library.header}>\n',
        *[f'-I{folder}' for folder in include_dirs])
    if error is None:
        return None
    advice = [f'; pip install {wheel}'
              for prefix, wheel in HEADER_WHEELS.items() if prefix in error]
    return f'{library.header} does not compile: {error}{"".join(advice)}'


def _root(root):
    # Newer toolkits keep the headers of libcu++ in a folder that nvcc alone
    # knows, and others keep everything below targets.
    roots = ['.', 'targets/x86_64-linux', 'targets/sbsa-linux']
    includes = [f'{folder}/{name}' for folder in roots
                for name in ('include', 'include/cccl')]
    libs = ['lib64', *[f'{folder}/lib' for folder in roots],
            'lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu']
    return Place(root, _folders(root, includes), _folders(root, libs))


def _root_of_nvcc():
    nvcc = utils.search_on_path(['nvcc'])
    return nvcc and os.path.dirname(os.path.dirname(os.path.realpath(nvcc)))


def _wheels():
    found = []
    for nvidia in _folders('', [os.path.join(site, 'nvidia')
                                for site in wheels.site_folders()]):
        newest = sorted(glob.glob(f'{glob.escape(nvidia)}/cu[0-9]*'),
                        reverse=True)
        for parts in [[os.path.basename(path)] for path in newest] + [CUDA12]:
            parts = [*parts, 'cudnn']
            found.append(Place(
                f'the wheels in {nvidia}',
                _folders(nvidia, [f'{part}/include' for part in parts] +
                         [f'{part}/include/cccl' for part in parts]),
                _folders(nvidia, [f'{part}/lib' for part in parts])))
    return found


def _folders(root, names):
    # Many of them are links to each other.
    paths = [os.path.normpath(os.path.join(root, name))
             for name in reversed(names)]
    different = {os.path.realpath(path): path
                 for path in paths if os.path.isdir(path)}
    return list(reversed(different.values()))
