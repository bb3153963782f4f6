"""Machines that are not there: toolkits, compilers, wheels."""
import os
import platform
import stat
import tempfile
from unittest import mock

from install import cuda, wheels

# What each library of CUDA consists of, by the keys of cuda.LIBRARIES.
HEADERS = {
    'cudart': {'cuda_runtime_api.h': '#include "crt/host_defines.h"\n',
               'crt/host_defines.h': '',
               'cuda.h': '#define CUDA_VERSION 13000\n'},
    'nvrtc': {'nvrtc.h': ''},
    'cublas': {'cublas_v2.h': '#include <nv/target>\n', 'nv/target': ''},
    'curand': {'curand.h': ''},
    'cudnn': {'cudnn.h': '#include "cudnn_version.h"\n',
              'cudnn_version.h': '#define CUDNN_MAJOR 9\n'
                                 '#define CUDNN_MINOR 28\n'},
}
FILES = {'cudart': 'libcudart.so.13', 'nvrtc': 'libnvrtc.so.13',
         'cublas': 'libcublas.so.13', 'curand': 'libcurand.so.10',
         'cudnn': 'libcudnn.so.9'}


class AnyCompiler:
    """Accepts what it is given."""

    command = ['c++']
    version = 'c++ 12'

    def complaint(self, text, *args):
        return None


def write(root, files):
    """Writes files, given as a dictionary of texts, below a folder."""
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(text)


def toolkit(root, keys=tuple(FILES), include='include', lib='lib64'):
    """Writes the headers and files of some libraries of CUDA."""
    for key in keys:
        write(os.path.join(root, include), HEADERS[key])
        write(os.path.join(root, lib), {FILES[key]: ''})


def processors():
    """Returns ELF's numbers of this machine's processor and of another."""
    numbers = {'x86_64': 62, 'aarch64': 183}
    native = numbers.get(platform.machine(), 243)
    return native, 62 if native == 183 else 183


def library(path, processor):
    """Writes the beginning of a library for a processor, a number of ELF."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(b'\x7fELF\x02\x01\x01' + bytes(9) + b'\x03\x00' +
                   processor.to_bytes(2, 'little') + bytes(44))


def distribution(site, name, files=(), version='1.0'):
    """Writes what says that a wheel is installed, and its files.

    ``files`` is a dictionary of texts; the names are relative to ``site``.
    """
    write(site, dict(files))
    info = f'{name.replace("-", "_")}-{version}.dist-info'
    write(site, {
        f'{info}/METADATA': f'Metadata-Version: 2.1\nName: {name}\n'
                            f'Version: {version}\n',
        f'{info}/RECORD': ''.join(f'{file},,\n' for file in files)})


def program(folder, name, script):
    """Writes an executable shell script, and returns its path."""
    write(folder, {name: f'#!/bin/sh\n{script}\n'})
    path = os.path.join(folder, name)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


class Machine:
    """A machine without CUDA, wheels and programs, as a test case's fixture.

    Attributes:
        root (str): A temporary folder.
        bin (str): The one folder on ``PATH``.
        site (str): The one folder of wheels.
        default (str): What stands for ``/usr/local/cuda``.
        system (str): What stands for ``/usr``, where cuDNN may be.
        environment (dict): ``os.environ``.
    """

    def __init__(self, case):
        folder = tempfile.TemporaryDirectory()
        case.addCleanup(folder.cleanup)
        self.root = os.path.realpath(folder.name)
        self.bin = os.path.join(self.root, 'bin')
        self.site = os.path.join(self.root, 'lib/python3/site-packages')
        self.default = os.path.join(self.root, 'usr/local/cuda')
        self.system = os.path.join(self.root, 'usr')
        os.makedirs(self.bin)
        os.makedirs(self.site)
        self.environment = {'PATH': self.bin}
        for patch in (
                mock.patch.dict(os.environ, self.environment, clear=True),
                mock.patch.object(cuda, 'DEFAULT', self.default),
                mock.patch.object(cuda, 'SYSTEM', cuda.Place(
                    'the system', [f'{self.system}/include'],
                    [f'{self.system}/lib'])),
                mock.patch.object(wheels, 'site_folders',
                                  lambda: [self.site])):
            patch.start()
            case.addCleanup(patch.stop)
        self.environment = os.environ
