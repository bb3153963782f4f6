"""Finds oneDNN, which the host device's cuDNN is made of."""
import collections

from install import utils, versions, wheels

#: Where its headers are, the path of its library, and its version.
OneDNN = collections.namedtuple('OneDNN', 'include library version')


def find():
    """Returns the :class:`OneDNN` that wheels have installed.

    Raises:
        install.utils.Missing: Its headers or its library are not there, or
            they are not of version 3.
    """
    include = wheels.folder_of('onednn-devel-cpu-gomp', 'dnnl.h')
    lib = wheels.folder_of('onednn-cpu-gomp', 'libdnnl.so.3')
    found = versions.onednn([include]) if include else None
    if not (lib and found and found[0] == 3):
        raise utils.Missing(
            'oneDNN 3 is not installed, so that cupy.cuda.cudnn is left out '
            'and convolutions are slower: '
            'pip install onednn-devel-cpu-gomp==2023.2.0')
    return OneDNN(include, f'{lib}/libdnnl.so.3', versions.text(found))
