"""NVRTC from a wheel, with the functions of cupy.cuda.nvrtc, by ctypes.

CuPy that is built for the host device has a compiler of its own under these
names. With this one in its place, cupy.cuda.compiler compiles for GPUs.
"""
import ctypes
import glob
import os


def find(folder):
    """Returns the path of NVRTC below a folder that wheels put it into."""
    paths = [path for path in glob.glob(
        os.path.join(folder, '**', 'libnvrtc.so.*'), recursive=True)
        if '.alt.' not in path]
    if len(paths) != 1:
        raise FileNotFoundError(
            f'{len(paths)} files libnvrtc.so.* in {folder}, expected one: '
            f'pip install --target {folder} nvidia-cuda-nvrtc')
    return paths[0]


class NVRTCError(RuntimeError):

    """A function of NVRTC failed."""

    def __init__(self, status, message):
        super().__init__(status, message)
        self.status = status


class Library:

    """What cupy.cuda.compiler calls.

    Args:
        path (str): Path of the library.

    Attributes:
        headers (dict): Texts of headers, by name, for programs to come.
        log (str): Messages about the last program.
    """

    NVRTC_ERROR_INVALID_OPTION = 5
    NVRTC_ERROR_COMPILATION = 6
    NVRTCError = NVRTCError

    def __init__(self, path):
        self._library = ctypes.CDLL(path)
        self._library.nvrtcGetErrorString.restype = ctypes.c_char_p
        self.headers = {}
        self.log = ''

    def getVersion(self):
        major, minor = ctypes.c_int(), ctypes.c_int()
        self._call('nvrtcVersion', ctypes.byref(major), ctypes.byref(minor))
        return major.value, minor.value

    def getSupportedArchs(self):
        count = ctypes.c_int()
        self._call('nvrtcGetNumSupportedArchs', ctypes.byref(count))
        archs = (ctypes.c_int * count.value)()
        self._call('nvrtcGetSupportedArchs', archs)
        return list(archs)

    def createProgram(self, src, name):
        program = ctypes.c_void_p()
        self._call('nvrtcCreateProgram', ctypes.byref(program), src.encode(),
                   name.encode(), len(self.headers),
                   _strings(self.headers.values()), _strings(self.headers))
        return program

    def destroyProgram(self, prog):
        self.log = self.getProgramLog(prog)
        self._call('nvrtcDestroyProgram', ctypes.byref(prog))

    def compileProgram(self, prog, options):
        self._call('nvrtcCompileProgram', prog, len(options),
                   _strings(options))

    def getCUBIN(self, prog):
        return self._get('CUBIN', prog)

    def getPTX(self, prog):
        return self._get('PTX', prog)

    def getProgramLog(self, prog):
        return self._get('ProgramLog', prog).rstrip(b'\0').decode()

    def _get(self, what, prog):
        size = ctypes.c_size_t()
        self._call(f'nvrtcGet{what}Size', prog, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self._call(f'nvrtcGet{what}', prog, buffer)
        return buffer.raw

    def _call(self, name, *args):
        status = getattr(self._library, name)(*args)
        if status:
            message = self._library.nvrtcGetErrorString(status).decode()
            raise NVRTCError(status, f'{message} ({status}), in {name}')


def _strings(texts):
    texts = [text.encode() for text in texts]
    return (ctypes.c_char_p * len(texts))(*texts)
