"""The reference has every public name, once, and says something about it.

``public_names.txt`` lists the names that Chainer 1.14 documented or exported.
Names may be added to the pages that are not in the list.
"""
import collections
import importlib
import inspect
import pathlib
import re
import types
import unittest
from unittest import mock

from chainer.testing import attr

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE = HERE.parents[1] / 'docs' / 'source' / 'reference'
NAMES = (HERE / 'public_names.txt').read_text().split()

# A name that a page has: ``text`` is what the page itself says about it, or
# None if the docstring says it.
Entry = collections.namedtuple('Entry', 'name text')

DIRECTIVE = re.compile(
    r'^( *)\.\. (auto)?(module|class|exception|function|method|attribute|data|'
    r'envvar|currentmodule):: *(.*)$')


def block(lines, indent):
    """Takes the lines that are indented deeper than so far."""
    taken = []
    while lines and (not lines[0] or re.match(' ' * (indent + 1), lines[0])):
        taken.append(lines.pop(0).strip())
    return taken


def read(text):
    """Returns the entries of a page."""
    entries, module, owner = [], '', ''
    lines = text.splitlines()
    while lines:
        match = DIRECTIVE.match(lines.pop(0))
        if not match:
            continue
        indent, automatic, kind, name = match.groups()
        if kind == 'currentmodule':
            module = '' if name == 'None' else f'{name}.'
            continue
        names = [name]
        while lines and re.match(r' +[\w.]+(\(.*\))?$', lines[0]):
            names.append(lines.pop(0))
        names = [re.sub(r'\(.*', '', name).strip() for name in names]
        if automatic:
            owner = name
            entries.append(Entry(names[0], None))
            entries += [Entry(f'{name}.{member}', None)
                        for member in read_members(lines)]
        else:
            prefix = f'{owner}.' if indent else module
            said = ' '.join(block(lines, len(indent))).strip()
            entries += [Entry(prefix + name, said) for name in names]
    return entries


def read_members(lines):
    """Takes the option ``:members:``, and returns the names in it."""
    if not lines or not lines[0].startswith('   :members:'):
        return []
    option = lines.pop(0).split(':', 2)[2]
    while lines and lines[0].strip() and lines[0].startswith('      '):
        option += lines.pop(0)
    return re.findall(r'\w+', option)


def resolve(name):
    """Returns the object, and where it was found."""
    first, *rest = name.split('.')
    found, owner = importlib.import_module(first), None
    for part in rest:
        owner = found
        if isinstance(found, types.ModuleType) and not hasattr(found, part):
            importlib.import_module(f'{found.__name__}.{part}')
        found = getattr(found, part)
    return found, owner


def attributes(docstring):
    """Returns the names and texts in the section Attributes."""
    section = re.search(r'^Attributes:\n((?: +.*\n|\n)+)', docstring + '\n',
                        re.MULTILINE)
    return dict(re.findall(r'^    (\w+)(?: \(.*?\))?:((?:.*\n(?=     ))*.*)$',
                           section[1], re.MULTILINE)) if section else {}


def own_docstring(name):
    """Returns the docstring, unless it is that of any object."""
    found, _ = resolve(name)
    # Cython writes a signature into the first line.
    text = re.sub(r'^[\w.]+\(.*\)( -> .*)?\n*', '',
                  inspect.getdoc(found) or '')
    method = getattr(object, name.split('.')[-1], None)
    if text in (inspect.getdoc(method) or '', 'Call self as a function.'):
        return ''
    return text


def complete(entries):
    """Adds the attributes that docstrings of classes describe."""
    complete = []
    for entry in entries:
        if entry.text is None:
            text = own_docstring(entry.name)
            complete.append(Entry(entry.name, text))
            if inspect.isclass(resolve(entry.name)[0]):
                complete += [Entry(f'{entry.name}.{name}', about.strip())
                             for name, about in attributes(text).items()]
        else:
            complete.append(entry)
    return complete


class ReferenceTest:

    def setUp(self):
        self.entries = complete(
            entry for path in sorted(REFERENCE.glob('**/*.rst'))
            for entry in read(path.read_text(encoding='utf-8'))
            if entry.name.split('.')[0] in self.first)
        self.names = [name for name in NAMES
                      if name.split('.')[0] in self.first]

    def test_every_name_is_there(self):
        self.assertGreater(len(self.names), self.at_least)
        there = {entry.name for entry in self.entries}
        # What is the same as another class is described there.
        same = {entry.name for entry in self.entries
                if entry.text.startswith('The same as ')}
        self.assertEqual(
            [name for name in self.names if name not in there
             and name.rpartition('.')[0] not in same], [])

    def test_no_name_is_there_twice(self):
        count = collections.Counter(entry.name for entry in self.entries)
        self.assertEqual([name for name in count if count[name] > 1], [])

    def test_nothing_is_empty(self):
        self.assertEqual(
            [entry.name for entry in self.entries if not entry.text], [])


class TestChainer(ReferenceTest, unittest.TestCase):

    first = 'chainer',
    at_least = 800


@attr.gpu
class TestCuPy(ReferenceTest, unittest.TestCase):

    first = 'cupy',
    at_least = 450


class TestEnvironment(ReferenceTest, unittest.TestCase):

    first = frozenset(name for name in NAMES if name.isupper())
    at_least = 6


class TestRead(unittest.TestCase):

    def test_automatic(self):
        entries = read('.. autofunction:: chainer.report(x, y=(1, 2))\n\n'
                       '.. autoclass:: chainer.Chain\n'
                       '   :members: add_link,\n      copy, __len__\n\nText')
        self.assertEqual([entry.name for entry in entries], [
            'chainer.report', 'chainer.Chain', 'chainer.Chain.add_link',
            'chainer.Chain.copy', 'chainer.Chain.__len__'])
        self.assertEqual({entry.text for entry in entries}, {None})

    def test_written(self):
        entries = read('.. data:: a.B\n          a.C\n\n   Some\n   text.\n\n'
                       '.. currentmodule:: a\n\n.. data:: D\n\nNot its text.')
        self.assertEqual(entries, [
            Entry('a.B', 'Some text.'), Entry('a.C', 'Some text.'),
            Entry('a.D', '')])

    def test_nested(self):
        entries = read('.. autoclass:: a.B\n   :members: c\n\n'
                       '   .. method:: d(x)\n               e(x)\n\n'
                       '      Text.\n')
        self.assertEqual(entries, [
            Entry('a.B', None), Entry('a.B.c', None), Entry('a.B.d', 'Text.'),
            Entry('a.B.e', 'Text.')])

    def test_attributes(self):
        self.assertEqual(
            attributes('Class.\n\nAttributes:\n    x: One,\n        and two.\n'
                       '    y (int): Three.\n    z (int):\n\nRaises:\n'
                       '    TypeError: Never.\n'),
            {'x': ' One,\n        and two.', 'y': ' Three.', 'z': ''})

    def test_docstring_of_any_object_is_none(self):
        for name in 'types.MethodType.__str__', 'types.MethodType.__call__':
            self.assertEqual(own_docstring(name), '')
        self.assertNotEqual(own_docstring('collections.Counter.update'), '')

    def test_signature_is_none(self):
        with mock.patch.object(unittest, 'main') as function:
            for text, rest in [('A.f(self, *args)', ''), ('f() -> int', ''),
                               ('f(x)\n\nText.', 'Text.'), ('Text.', 'Text.')]:
                function.__doc__ = text
                self.assertEqual(own_docstring('unittest.main'), rest)
