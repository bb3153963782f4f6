"""What names without a module stand for.

Docstrings say ``Variable`` and mean ``chainer.Variable``, as users do.
"""
import sphinx.addnodes

import chainer

SHORTCUTS = {name for name, value in vars(chainer).items()
             if isinstance(value, type)}


def complete(app, doctree):
    """Writes such names in full, before Sphinx looks for them."""
    for reference in doctree.findall(sphinx.addnodes.pending_xref):
        if (reference.get('refdomain') == 'py'
                and reference['reftarget'] in SHORTCUTS
                and reference.get('py:module') != 'chainer.utils.type_check'):
            reference['reftarget'] = f'chainer.{reference["reftarget"]}'


def setup(app):
    app.connect('doctree-read', complete)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
