"""Formulas as MathML, which browsers draw themselves.

The pages need no script and no font from elsewhere, so that they can be read
without a network.
"""
import re

import docutils.nodes
import latex2mathml.converter


def convert(latex, display):
    """Returns a formula as an element of HTML."""
    formula = latex2mathml.converter.convert(latex, display=display)
    # A name such as log stands apart from what it is applied to.
    return re.sub(r'(<mi>[a-z]{2,}</mi>)(?=<m[^o])',
                  r'\1<mspace width="0.17em"/>', formula)


def visit_inline(writer, node):
    """Writes a formula within a line."""
    writer.body.append(convert(node.astext(), 'inline'))
    raise docutils.nodes.SkipNode


def visit_block(writer, node):
    """Writes a formula, or several lines of them, of its own."""
    latex = node.astext().strip()
    if '&' in latex and '\\begin' not in latex:
        latex = f'\\begin{{aligned}}{latex}\\end{{aligned}}'
    writer.body.append(f'<div class="math">{convert(latex, "block")}</div>\n')
    raise docutils.nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        'mathml', (visit_inline, None), (visit_block, None))
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
