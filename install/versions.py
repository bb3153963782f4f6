"""Reads versions from headers, so that no program has to be run for them."""
import os
import re

#: The oldest versions that CuPy can be built with.
MINIMUM_CUDA = (11, 2)
MINIMUM_CUDNN = (8, 0)


def cuda(include_dirs):
    """Returns CUDA's version as a tuple of two, or ``None``."""
    found = _macros(include_dirs, 'cuda.h', 'CUDA_VERSION')
    return found and (found[0] // 1000, found[0] % 1000 // 10)


def cudnn(include_dirs):
    """Returns cuDNN's version as a tuple of two, or ``None``."""
    names = 'CUDNN_MAJOR', 'CUDNN_MINOR'
    return (_macros(include_dirs, 'cudnn_version.h', *names) or
            _macros(include_dirs, 'cudnn.h', *names))  # before cuDNN 8


def onednn(include_dirs):
    """Returns oneDNN's version as a tuple of three, or ``None``."""
    return _macros(include_dirs, 'oneapi/dnnl/dnnl_version.h',
                   'DNNL_VERSION_MAJOR', 'DNNL_VERSION_MINOR',
                   'DNNL_VERSION_PATCH')


def text(version):
    """Returns a version as people write it."""
    return '.'.join(map(str, version))


def _macros(include_dirs, header, *names):
    for folder in include_dirs:
        path = os.path.join(folder, header)
        if os.path.isfile(path):
            with open(path, errors='replace') as file:
                defined = dict(re.findall(
                    r'^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\d+)\b',
                    file.read(), re.MULTILINE))
            if all(name in defined for name in names):
                return tuple(int(defined[name]) for name in names)
    return None
