"""Finds oneDNN, which the host device's cuDNN is made of."""
import collections
import importlib.metadata
import os

Found = collections.namedtuple('Found', 'include lib')


def find():
    """Returns where oneDNN's headers and library are, or ``None``."""
    include = _folder('onednn-devel-cpu-gomp', 'dnnl.h')
    lib = _folder('onednn-cpu-gomp', 'libdnnl.so.3')
    return Found(include, lib) if include and lib else None


def _folder(distribution, name):
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == name:
            path = os.path.realpath(file.locate())
            if os.path.exists(path):
                return os.path.dirname(path)
    return None
