"""Decides what CuPy is built for.

``cuda``
    for the GPU, if a toolkit is there that can be used,
``host``
    for the host device, which is the CPU, if a C++ compiler works,
``none``
    not at all: Chainer runs on NumPy alone.

The environment variable ``CUPY_BACKEND`` forces one of them.
"""
import collections
import importlib.util
import os
import sys

from setuptools import errors

from install import compiler, cuda, onednn, utils

#: What is built, with which tools, and one line for each thing left out.
#: ``toolkit`` is a :class:`install.cuda.Toolkit` for the backend ``cuda``,
#: ``onednn`` a :class:`install.onednn.OneDNN` for ``host`` where it is there.
Plan = collections.namedtuple('Plan', 'backend compiler toolkit onednn notes',
                              defaults=(None, None, None, ()))


def decide():
    """Returns the :class:`Plan` for this machine.

    Raises:
        setuptools.errors.SetupError: ``CUPY_BACKEND`` has a value that is
            none of the three, or asks for what cannot be built here.
    """
    wanted = os.environ.get('CUPY_BACKEND')
    if wanted and wanted not in ('cuda', 'host', 'none'):
        raise errors.SetupError(
            f'CUPY_BACKEND must be cuda, host or none, or not be set; it is '
            f'{wanted!r}')
    if wanted == 'none':
        return Plan('none', notes=('CUPY_BACKEND=none left it out',))
    try:
        found = _tools()
        return {'cuda': _cuda, 'host': _host, None: _best}[wanted or None](
            found)
    except utils.Missing as missing:
        if wanted:
            raise errors.SetupError(
                f'CUPY_BACKEND={wanted} cannot be built: {missing}'
            ) from missing
        return Plan('none', notes=(str(missing),))


def _tools():
    if sys.platform != 'linux':
        raise utils.Missing(
            f'CuPy is built on Linux only, and this is {sys.platform}')
    if importlib.util.find_spec('Cython') is None:
        raise utils.Missing('Cython is not installed: pip install cython')
    return compiler.find()


def _best(found):
    try:
        return _cuda(found)
    except utils.Missing as missing:
        plan = _host(found)
        return plan._replace(notes=(str(missing), *plan.notes))


def _cuda(found):
    toolkit = cuda.find(found)
    notes = [line for line in [cuda.disagreement()] if line]
    if toolkit.findings['cudnn'].problem:
        notes.append(f"{cuda.problem(toolkit, 'cudnn')}: cupy.cuda.cudnn is "
                     f"left out, and convolutions are slower")
    return Plan('cuda', found, toolkit=toolkit, notes=tuple(notes))


def _host(found):
    compiler.check_host(found)
    try:
        return Plan('host', found, onednn=onednn.find())
    except utils.Missing as missing:
        return Plan('host', found, notes=(str(missing),))
