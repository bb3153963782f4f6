"""How Sphinx makes the manual: see .ci/docs for the command."""
import pathlib
import sys

DOCS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(DOCS / 'extensions'), str(DOCS.parent)]

import chainer  # noqa: E402

project = 'Chainer'
author = 'the developers of Chainer v1'
copyright = '2026, the developers of Chainer v1'
release = version = chainer.__version__

# The last four are in docs/extensions.
extensions = ['sphinx.ext.autodoc', 'sphinx.ext.napoleon',
              'contents', 'docstrings', 'mathml', 'pictures']

# The reference says itself what belongs to a page, see
# tests/docs_tests/test_reference.py; the texts come from the docstrings.
autodoc_member_order = 'bysource'
napoleon_numpy_docstring = False
napoleon_use_rtype = False
# A reference to a name of ours has to lead somewhere.
nitpicky = True
nitpick_ignore_regex = [('py:.*', r'(?!(chainer|cupy)\.).*')]
toc_object_entries_show_parents = 'hide'
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 66

html_theme = 'furo'
html_title = f'Chainer {release}'
html_static_path = ['static']
html_css_files = ['chainer.css']
html_show_sphinx = False
html_copy_source = False
html_math_renderer = 'mathml'

COMMON = {'admonition-font-size': '0.9rem',
          'admonition-title-font-size': '0.9rem'}
html_theme_options = {
    'light_css_variables': {
        **COMMON,
        'color-brand-primary': '#a8392f', 'color-brand-content': '#a8392f',
        'color-admonition-title': '#888888',
        'color-admonition-title-background': '#f3f3f3'},
    'dark_css_variables': {
        **COMMON,
        'color-brand-primary': '#ef8d80', 'color-brand-content': '#ef8d80',
        'color-admonition-title': '#888888',
        'color-admonition-title-background': '#2a2a2a'},
}
