"""Finds the files that a Cython module is made from.

Cython looks for them as well, but what it writes down misses the modules of
``from package cimport module``. A module that is not made again when the
layout of a class that it cimports has changed reads wrong memory.
"""
import os
import re

_STATEMENT = re.compile(
    r'^[ \t]*(?:'
    r'from[ \t]+(?P<package>\w[\w.]*)[ \t]+cimport[ \t]+'
    r'(?P<names>\([^)]*\)|[^#\n]*)|'
    r'cimport[ \t]+(?P<modules>[^#\n]*)|'
    r'include[ \t]+[\'"](?P<text>[^\'"\n]+)[\'"])', re.MULTILINE)


def sources(path):
    """Returns the path and those that it is made from, in order.

    They are the declarations beside it, the declarations of the modules that
    it cimports, the texts that it includes, and what these are made from, as
    far as they are in the current directory.
    """
    found = []
    _add(path, found)
    return sorted(found)


def _add(path, found):
    if path in found or not os.path.isfile(path):
        return
    found.append(path)
    _add(os.path.splitext(path)[0] + '.pxd', found)
    with open(path, encoding='utf-8') as file:
        text = file.read().replace('\\\n', ' ')
    for statement in _STATEMENT.finditer(text):
        if statement['text']:
            _add(os.path.join(os.path.dirname(path), statement['text']), found)
        for module in _modules(statement):
            base = module.replace('.', '/')
            _add(f'{base}.pxd', found)
            _add(f'{base}/__init__.pxd', found)


def _modules(statement):
    listed = statement['names'] or statement['modules'] or ''
    listed = re.sub('#.*', '', listed).strip('() \t\n')
    names = [name.split()[0] for name in listed.split(',') if name.strip()]
    package = statement['package']
    return [package, *[f'{package}.{name}' for name in names]
            ] if package else names
