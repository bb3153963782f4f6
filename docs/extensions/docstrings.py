"""What docstrings say, told to Sphinx."""
import re

import sphinx.addnodes

import chainer

SHORTCUTS = {name for name, value in vars(chainer).items()
             if isinstance(value, type)}


def complete_names(app, doctree):
    """Makes ``Variable`` mean ``chainer.Variable``, as it does to users."""
    for reference in doctree.findall(sphinx.addnodes.pending_xref):
        if (reference.get('refdomain') == 'py'
                and reference['reftarget'] in SHORTCUTS
                and reference.get('py:module') != 'chainer.utils.type_check'):
            reference['reftarget'] = f'chainer.{reference["reftarget"]}'


def keep_colons(app, what, name, obj, options, lines):
    """Keeps Napoleon from taking text before a colon for a type.

    It does so where the docstring of a property begins; now it begins with an
    empty comment.
    """
    if what in ('attribute', 'property') and lines and ':' in lines[0]:
        lines[:0] = ['..', '']


def simplify(app, what, name, obj, options, signature, returns):
    """Leaves out self and the types of C, which Cython writes."""
    if signature:
        signature = re.sub(r'^\(self(, )?', '(', signature)
        signature = re.sub(r'(?<=[(, ])\w+ (?=\w+[,)=])', '', signature)
    return signature, returns


def setup(app):
    app.connect('doctree-read', complete_names)
    app.connect('autodoc-process-docstring', keep_colons, priority=400)
    app.connect('autodoc-process-signature', simplify)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
