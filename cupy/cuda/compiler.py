"""Compiles CUDA C++ for the current device, each text once.

A module is looked for in the process, then on disk, and only then compiled:
by NVRTC for a GPU, by the system's C++ compiler for the host device. What was
compiled is found again by a hash of all that it depends on: the text, with
the headers that it includes; the options; the compiler; the device.

:mod:`cupy.cuda.source_files` tells how to keep the texts for inspection.

Environment variables of the host device, which look into kernels:

``CUPY_HOST_BLOCKS=1``
    Kernels run as on a GPU, thread by thread and block by block, with the
    loops that GPUs are given: slow, but what goes wrong there goes wrong here.
``CUPY_HOST_CHECK=1``
    An index that is out of an array's range raises
    :class:`~cupy.cuda.driver.CUDADriverError`, which names the kernel, the
    argument, the index and the size.
``CUPY_HOST_DEBUG=1``
    Kernels are compiled for a debugger: ``gdb --args python script.py``, then
    ``break`` with a kernel's name. Their sources are kept in the folder
    ``debug`` of the cache.
``CUPY_HOST_CC``
    The C++ compiler: ``gcc`` by default, or else ``clang``.
"""
import hashlib
import os
import re
import sys
import time

from cupy.cuda import (
    device,
    disk_cache,
    function,
    nvrtc,
    runtime,
    source_files,
)

_HEADERS = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'core', 'include')

# What stands before every source.
_FIRST_HEADER = 'nvcc.h'

_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>).*$', re.MULTILINE)

# What nvcc, by which kernels were compiled in former times, finds in these,
# is built into NVRTC and the host device; the files are not there.
_BUILT_IN = frozenset([
    'assert.h', 'cassert', 'cmath', 'cstdint', 'cstdio', 'cstdlib', 'cstring',
    'cuda.h', 'cuda_runtime.h', 'cuda_runtime_api.h', 'device_functions.h',
    'device_launch_parameters.h', 'math.h', 'math_functions.h', 'stdint.h',
    'stdio.h', 'stdlib.h', 'string.h'])

_SWITCHES = ('CUPY_HOST_BLOCKS', 'CUPY_HOST_CHECK', 'CUPY_HOST_DEBUG')

# Seconds of compiling after which a word is due.
_PATIENCE = 5.

_modules = {}
_seconds = 0.
_compiled = []  # keys of what this process had to compile


class CompileException(Exception):

    """A kernel could not be compiled.

    Its text is the compiler's messages and the source with line numbers.

    Args:
        msg (str): Messages of the compiler.
        source (str): The source.
        name (str): How the messages name the source.
        options (tuple of str): Options of the compiler.
    """

    def __init__(self, msg, source, name, options):
        super(CompileException, self).__init__(msg, source, name, options)
        self.msg = msg
        self.source = source
        self.name = name
        self.options = options

    def __str__(self):
        lines = self.source.split('\n')
        width = len(str(len(lines)))
        numbered = ''.join([
            f'{number:{width}} {line}\n'
            for number, line in enumerate(lines, 1)])
        return (f'{self.msg.rstrip()}\n\n'
                f'options: {" ".join(self.options)}\n'
                f'{self.name}:\n{numbered}')

    def get_message(self):
        """Returns the text of the exception."""
        return str(self)

    def dump(self, f):
        """Writes the text of the exception to a file.

        Args:
            f (file): Where to write.
        """
        f.write(str(self))
        f.flush()


def compile_with_cache(source, options=(), arch=None, cache_dir=None):
    """Compiles CUDA C++ and loads it onto the current device.

    Args:
        source (str): The source. It may include ``carray.h``, which CuPy's
            own kernels use, and headers in folders given by ``-I``.
        options (tuple of str): Options of NVRTC, as ``-DN=3`` or
            ``--use_fast_math``. The host device takes them, too; those that
            make no difference on a CPU are ignored.
        arch (str): Architecture to compile for, as ``sm_75``. It is that of
            the current device by default, and of no concern to the host
            device.
        cache_dir (str): Folder of kernels that have been compiled. By
            default it is named by the environment variable
            ``CUPY_CACHE_DIR``, or else is ``~/.cupy/kernel_cache``.

    Returns:
        cupy.cuda.Module: The module, whose kernels
        :meth:`~cupy.cuda.Module.get_function` returns.

    Raises:
        CompileException: The source or the options are wrong.
        NVRTCError: There is no compiler.

    """
    if isinstance(options, str):
        raise TypeError(
            f'options are a tuple of strings, not the string {options!r}')
    options = tuple(options)
    # The host device compiles something else where these are set.
    switches = tuple(map(os.environ.get, _SWITCHES))
    key = device.get_device_id(), source, options, arch, switches
    module = _modules.get(key)
    if module is None:
        image = _find_or_compile(
            source, options, arch or _architecture(key[0]),
            cache_dir or disk_cache.default_folder())
        module = function.Module()
        module.load(image)
        module = _modules.setdefault(key, module)
    return module


def preprocess(source, options=()):
    """Puts headers in place of the lines that include them.

    Those that the options lead to (``-I``) are put in, each once; macros and
    conditions remain as they are. Two texts that are equal afterwards are
    compiled to the same.

    Args:
        source (str): The source.
        options (tuple of str): Options of NVRTC.

    Returns:
        str: The text.

    """
    return _Headers(tuple(options)).expand(source)


def compile_for(arch, source, options, name='kernel.cu'):
    """Compiles a source as it is: nothing is looked up, loaded or kept.

    Args:
        arch (str): Architecture, ``sm_75`` for a GPU's code, ``compute_75``
            for PTX, which drivers translate to that of later GPUs.
        source (str): The source.
        options (tuple of str): Further options of NVRTC.
        name (str): How messages and debuggers name the source.

    Returns:
        bytes: What a module is loaded from.

    Raises:
        CompileException: The source or the options are wrong.
        NVRTCError: There is no compiler.

    """
    options += '-I' + _HEADERS, '-include=' + _FIRST_HEADER, '-arch=' + arch
    program = nvrtc.createProgram(source, name)
    try:
        nvrtc.compileProgram(program, options)
        if arch.startswith('compute_'):
            return nvrtc.getPTX(program)
        return nvrtc.getCUBIN(program)
    except nvrtc.NVRTCError as error:
        if error.status not in (nvrtc.NVRTC_ERROR_COMPILATION,
                                nvrtc.NVRTC_ERROR_INVALID_OPTION):
            raise
        raise CompileException(nvrtc.getProgramLog(program), source, name,
                               options) from None
    finally:
        nvrtc.destroyProgram(program)


def compilations():
    """Returns how many texts this process had to compile.

    Returns:
        int: Their number; what was found in a cache does not count.
    """
    return len(_compiled)


class _Headers:

    """Finds what a source includes.

    Attributes:
        foreign (dict): Texts of headers other than CuPy's, by the names under
            which they are included.
        missing (list of str): Headers that are in no folder of the options.
    """

    def __init__(self, options):
        self.folders = list(_include_folders(options)) + [_HEADERS]
        self.foreign = {}
        self.missing = []
        self._seen = set()

    def expand(self, source, folder=None):
        """Puts headers into a text that was found in a folder."""
        return _INCLUDE.sub(
            lambda match: self._text(match, folder), source)

    def _text(self, match, folder):
        quoted, angled = match.groups()
        name = quoted or angled
        folders = [folder] if quoted and folder else []
        for parent in folders + self.folders:
            path = os.path.join(parent, name)
            if os.path.isfile(path):
                break
        else:
            self.missing.append(name)
            return match.group()
        if path in self._seen:
            return ''
        self._seen.add(path)
        with open(path) as f:
            text = f.read()
        if parent != _HEADERS:
            self.foreign[name] = text
        return self.expand(text, os.path.dirname(path))


def _include_folders(options):
    words = iter(options)
    for word in words:
        for prefix in ('-I', '--include-path=', '-include-path='):
            if word.startswith(prefix):
                yield word[len(prefix):] or next(words, '')


def _without_built_in(source):
    # Lines keep their numbers.
    return _INCLUDE.sub(
        lambda match: '' if (match.group(1) or match.group(2)) in _BUILT_IN
        else match.group(), source)


def _architecture(device_id):
    # As an option of NVRTC: of the device, or the latest before it that NVRTC
    # knows, from which the driver compiles on.
    capability = 10 * runtime.deviceGetAttribute(
        runtime.devAttrComputeCapabilityMajor, device_id)
    capability += runtime.deviceGetAttribute(
        runtime.devAttrComputeCapabilityMinor, device_id)
    known = nvrtc.getSupportedArchs()
    if capability in known:
        return f'sm_{capability}'
    older = [arch for arch in known if arch < capability]
    if not older:
        version = '.'.join(str(number) for number in nvrtc.getVersion())
        raise RuntimeError(
            f'device {device_id} has compute capability {capability / 10}, '
            f'and NVRTC {version} compiles for {min(known) / 10} and later: '
            'an older CUDA is needed')
    return f'compute_{max(older)}'


def _find_or_compile(source, options, arch, folder):
    source = _without_built_in(source)
    headers = _Headers(options)
    text = headers.expand(f'#include "{_FIRST_HEADER}"\n{source}')
    identity = (*options, arch, *map(str, nvrtc.getVersion()),
                nvrtc.compilerIdentity(), text)
    key = hashlib.sha256('\0'.join(identity).encode()).hexdigest()
    # What depends on files that are not known is compiled by each process.
    unknown = headers.missing + [
        option for option in options
        if 'include' in option and 'include-path' not in option]
    image = None if unknown else disk_cache.load(folder, key)
    if image is None:
        start = time.perf_counter()
        image = compile_for(arch, source, options,
                            _name(source, key, folder))
        _compiled.append(key)
        _tell_if_it_takes_long(time.perf_counter() - start, folder)
        if not unknown:
            disk_cache.save(folder, key, image)
    if source_files.folder():
        source_files.save(source_files.folder(), source_files.Source(
            source, options, headers.foreign, unknown))
    return image


def _tell_if_it_takes_long(seconds, folder):
    # Once, and only to somebody who sits there and wonders.
    global _seconds
    before, _seconds = _seconds, _seconds + seconds
    if before < _PATIENCE <= _seconds and sys.stderr.isatty():
        print(f'cupy: kernels are compiled when they are first used, '
              f'{len(_compiled)} so far. They are kept in {folder} for the '
              f'next time.', file=sys.stderr)


def _name(source, key, folder):
    # A debugger looks for the source under the name that it was compiled by.
    if os.environ.get('CUPY_HOST_DEBUG') != '1':
        return 'kernel.cu'
    folder = os.path.join(os.path.abspath(folder), 'debug')
    os.makedirs(folder, mode=0o700, exist_ok=True)
    name = os.path.join(folder, key[:16] + '.cu')
    with open(name, 'w') as f:
        f.write(source)
    return name
