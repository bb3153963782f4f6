"""What stands in ``chainer.cuda`` for CuPy where CuPy cannot be imported.

A script of a machine with a GPU names ``cuda.cupy``, ``cuda.Device`` and so
on. Here each of them exists, and the first use of one says what is missing,
instead of failing with an ``AttributeError`` about something else.
"""
import types

HELP = ('CuPy is not available{cause}. Install Chainer where a C++ compiler '
        'or a CUDA toolkit is found, and it is built along; or stay on the '
        'CPU: pass a negative device ID (--gpu -1) and do not call to_gpu.')


def message(error):
    """Returns the text that explains why CuPy is missing."""
    return HELP.format(cause=f' ({error})' if error is not None else '')


class AbsentError(RuntimeError, AttributeError):
    """Raised where CuPy is used and missing.

    It is an ``AttributeError`` too, so that ``hasattr`` gets an answer.
    """


class AbsentModule(types.ModuleType):
    """Module whose every attribute is an error with an explanation.

    Args:
        name (str): Name of the module it stands for.
        error (Exception): Why that module could not be imported.

    """

    def __init__(self, name, error):
        super().__init__(name, message(error))
        self._error = error

    def __getattr__(self, name):
        # Python and its tools look for __path__, _repr_html_ and the like on
        # every module.
        if name.startswith('_'):
            raise AttributeError(name)
        raise AbsentError(
            f'{self.__name__}.{name} is used, but {message(self._error)}')


class _Absent:

    def __init__(self, *args, **kwargs):
        raise AbsentError(f'{type(self).__name__} is used, but '
                           f'{message(None)}')


class Device(_Absent):
    """Stands for ``cupy.cuda.Device``."""

    def __init__(self, device=None):
        super().__init__(device)


class Event(_Absent):
    """Stands for ``cupy.cuda.Event``."""

    def __init__(self, block=False, disable_timing=False, interprocess=False):
        super().__init__(block, disable_timing, interprocess)


class Stream(_Absent):
    """Stands for ``cupy.cuda.Stream``."""

    def __init__(self, null=False, non_blocking=False):
        super().__init__(null, non_blocking)


class ndarray:
    """Stands for ``cupy.ndarray``, so that ``isinstance`` can be asked."""
