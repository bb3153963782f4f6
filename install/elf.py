"""Reads for which processor a library was made.

A toolkit for another one, unpacked or mounted here, has all the right names.
"""
import sys

_NAMES = {3: 'x86', 21: 'PowerPC', 40: 'ARM', 62: 'x86-64', 183: 'AArch64',
          243: 'RISC-V'}


def architecture(path):
    """Returns the name of a file's processor.

    Returns ``None`` if the file is not one of ELF's: what the linker takes
    for a library may be a script that names others.
    """
    with open(path, 'rb') as file:
        header = file.read(20)
    if len(header) < 20 or not header.startswith(b'\x7fELF'):
        return None
    number = int.from_bytes(header[18:], 'big' if header[5] == 2 else 'little')
    return _NAMES.get(number, f'processor {number}')


def ours():
    """Returns the name of the processor that this Python was made for."""
    return architecture(sys.executable)


def is_foreign(path):
    """Tells whether this Python cannot load a library."""
    return None not in (ours(), architecture(path)) and (
        ours() != architecture(path))
