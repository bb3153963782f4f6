"""Finds the CUDA toolkit: for each library its headers and its file.

A folder that is called CUDA need not hold all of it. What is missing is told
library by library, and a toolkit counts only when everything that CuPy calls
is there; cuDNN alone may be absent.
"""
import collections
import glob
import os

from install import utils, versions, wheels

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
CUDA12 = ('cuda_runtime', 'cuda_nvrtc', 'cuda_nvcc', 'cuda_cccl', 'cublas',
          'curand')
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
    lacking = []
    for place in places():
        toolkit = examine(place, compiler)
        problems = [problem(toolkit, key) for key in REQUIRED
                    if toolkit.findings[key].problem]
        if not problems:
            return toolkit
        if len(problems) < len(REQUIRED) or os.environ.get('CUDA_PATH'):
            lacking.append((len(problems), f'{place.name} cannot be used: '
                                           f'{", ".join(problems)}'))
    if lacking:
        raise utils.Missing(f'CUDA in {min(lacking)[1]}')
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
    nvcc = utils.search_on_path(['nvcc'])
    roots = [os.path.dirname(os.path.dirname(os.path.realpath(nvcc)))
             ] if nvcc else []
    return [*map(_root, [*roots, DEFAULT]), *_wheels()]


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
    if not any(os.path.isfile(os.path.join(folder, library.header))
               for folder in include_dirs):
        absent.insert(0, library.header)
    if absent:
        return Finding(path, None, f'no {" and no ".join(absent)}')
    version = library.read and library.read(include_dirs)
    return Finding(path, version,
                   _too_old(library, version) or
                   _rejected(library, include_dirs, compiler))


def _file(library_dirs, name):
    # Wheels have only names with a version; the shortest is the one that
    # the loader knows.
    for folder in library_dirs:
        found = glob.glob(os.path.join(glob.escape(folder), f'{name}*'))
        if found:
            return min(found, key=lambda path: (len(path), path))
    return None


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
    includes = ['include', 'include/cccl', 'targets/x86_64-linux/include',
                'targets/x86_64-linux/include/cccl']
    libs = ['lib64', 'lib', 'targets/x86_64-linux/lib',
            'lib/x86_64-linux-gnu']
    return Place(root, _folders(root, includes), _folders(root, libs))


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
    paths = [os.path.join(root, name) for name in reversed(names)]
    different = {os.path.realpath(path): path
                 for path in paths if os.path.isdir(path)}
    return list(reversed(different.values()))
