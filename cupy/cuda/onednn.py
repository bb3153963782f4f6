"""Loads oneDNN, which does the work of the host device's cuDNN.

Where packages were installed in the ordinary way, the loader finds oneDNN by
itself. It does not where CuPy runs from its source tree; so the library that
the package ``onednn-cpu-gomp`` brought is loaded by its path, and the loader
takes that one when ``cupy.cuda.cudnn`` asks for it.
"""
import ctypes
import glob
import os
import sys

_PACKAGE = 'onednn-cpu-gomp'
_LIBRARY = 'libdnnl.so.3'
_FOLDER = os.path.dirname(os.path.abspath(__file__))


def load():
    """Loads what ``cupy.cuda.cudnn`` is linked to.

    Raises:
        ImportError: If cuDNN is not available: the build had none, or its
            oneDNN is gone. The text says what to install.

    """
    if not glob.glob(os.path.join(_FOLDER, 'cudnn.*.so')):
        raise ImportError(
            'cuDNN is not available: CuPy was built without it. For the host '
            f'device, install {_PACKAGE} and onednn-devel-cpu-gomp, both of '
            'version 2023.2.0, and build again; for CUDA, install cuDNN and '
            'build again.', name='cupy.cuda.cudnn')
    if not os.path.exists(os.path.join(_FOLDER, 'libcupy_host_dnn.so')):
        return  # CUDA's cuDNN
    path = _find() or _LIBRARY
    try:
        ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f'cuDNN is not available: oneDNN could not be loaded ({error}). '
            f'Install {_PACKAGE} of version 2023.2.0.',
            name='cupy.cuda.cudnn', path=path) from error


def _find():
    # importlib.metadata would find it, too, but takes longer to import than
    # the library takes to load.
    for folder in sys.path:
        for record in glob.glob(os.path.join(
                glob.escape(folder), 'onednn_cpu_gomp-*.dist-info', 'RECORD')):
            with open(record, encoding='utf-8') as lines:
                for line in lines:
                    file = line.split(',')[0]
                    if os.path.basename(file) == _LIBRARY:
                        return os.path.realpath(os.path.join(folder, file))
    return None
