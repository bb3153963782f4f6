"""Formulas as MathML, which browsers draw themselves.

The pages need no script and no font from elsewhere, so that they can be read
without a network.
"""
import docutils.nodes
import latex2mathml.converter


def visit_inline(writer, node):
    """Writes a formula within a line."""
    writer.body.append(latex2mathml.converter.convert(node.astext()))
    raise docutils.nodes.SkipNode


def visit_block(writer, node):
    """Writes a formula, or several lines of them, of its own."""
    latex = node.astext().strip()
    if '&' in latex and '\\begin' not in latex:
        latex = f'\\begin{{aligned}}{latex}\\end{{aligned}}'
    formula = latex2mathml.converter.convert(latex, display='block')
    writer.body.append(f'<div class="math">{formula}</div>\n')
    raise docutils.nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        'mathml', (visit_inline, None), (visit_block, None))
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
