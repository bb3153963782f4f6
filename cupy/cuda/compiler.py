"""Compiles CUDA C++ for the current device."""
import os

from cupy.cuda import device
from cupy.cuda import function
from cupy.cuda import nvrtc

_HEADERS = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'core', 'include')
_modules = {}


class CompileException(Exception):
    pass


def compile_with_cache(source, options=(), arch=None, cache_dir=None):
    key = (device.get_device_id(), source, options, arch)
    module = _modules.get(key)
    if module is None:
        prog = nvrtc.createProgram(source, 'kernel.cu')
        try:
            nvrtc.compileProgram(prog, tuple(options) + ('-I' + _HEADERS,))
            image = nvrtc.getCUBIN(prog)
        except nvrtc.NVRTCError as e:
            raise CompileException(nvrtc.getProgramLog(prog) or str(e))
        finally:
            nvrtc.destroyProgram(prog)
        module = function.Module()
        module.load(image)
        _modules[key] = module
    return module
