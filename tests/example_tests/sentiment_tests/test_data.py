import collections
import importlib.util
import os
import pathlib
import tempfile
import unittest

DATA = (pathlib.Path(__file__).resolve().parents[3] /
        'examples' / 'sentiment' / 'data.py')


def load_script():
    spec = importlib.util.spec_from_file_location('sentiment_data', DATA)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


data = load_script()


def words(tree):
    return ' '.join(leaf.word for leaf in data.leaves(tree))


def nodes(tree):
    """Yields all nodes and leaves, the root first."""
    yield tree
    if isinstance(tree, data.Node):
        yield from nodes(tree.left)
        yield from nodes(tree.right)


class TestBrackets(unittest.TestCase):

    def test_parse(self):
        tree = data.parse('(3 (2 It)\t(4 (4 works)(2 well)))\n')
        self.assertEqual(tree, data.Node(3, data.Leaf(2, 'It'), data.Node(
            4, data.Leaf(4, 'works'), data.Leaf(2, 'well'))))
        self.assertEqual(data.parse('( 10 caf\xe9 )'),
                         data.Leaf(10, 'caf\xe9'))

    def test_to_text(self):
        for text in '(3 (2 It) (4 (4 works) (2 well)))', '(0 7)':
            self.assertEqual(data.to_text(data.parse(text)), text)

    def test_broken(self):
        for text, message in (
                ('', 'not one tree'),
                ('word', 'not one tree'),
                ('(1 a) (1 b)', 'not one tree'),
                ('(1 a))', 'not one tree'),
                ('(1 (2 a) (3 b)', '1 of its brackets are not closed'),
                ('(1)', 'a label and a word'),
                ('()', 'a label and a word'),
                ('(1 a b)', 'a label and a word'),
                ('(1 (2 a))', 'a label and a word'),
                ('(1 (2 a) b)', 'a label and a word'),
                ('(1 (2 a) (2 b) (2 c))', 'a label and a word'),
                ('((1 a) (2 b))', 'a label and a word'),
                ('(-1 a)', "label '-1' is not a number"),
                ('(\xb2 a)', 'is not a number'),
                ('(1 ' * 200 + 'a' + ')' * 200, 'more than 200 levels')):
            with self.assertRaisesRegex(ValueError, message):
                data.parse(text)


class TestRead(unittest.TestCase):

    def read(self, text):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'trees.txt')
            with open(path, 'wb') as f:
                f.write(text.encode('utf-8'))
            return data.read(path)

    def test_read(self):
        trees = self.read('(1 a)\r\n\n(2 (2 d\xe9j\xe0) (0 vu))')
        self.assertEqual(trees, [
            data.Leaf(1, 'a'),
            data.Node(2, data.Leaf(2, 'd\xe9j\xe0'), data.Leaf(0, 'vu'))])

    def test_broken(self):
        with self.assertRaisesRegex(
                ValueError, r'trees\.txt, line 3: .* not one tree'):
            self.read('(1 a)\n\nb\n')
        with self.assertRaisesRegex(ValueError, 'trees.txt has no trees'):
            self.read('\n')


class TestVocabulary(unittest.TestCase):

    def test_ids(self):
        trees = list(map(data.parse, [
            '(1 (1 b) (1 a))', '(1 (1 b) (1 once))', '(0 (0 a) (0 <unk>))']))
        vocabulary = data.get_vocabulary(trees)
        self.assertEqual(vocabulary, {'<unk>': 0, 'b': 1, 'a': 2})
        self.assertEqual(data.to_ids(trees[0], vocabulary),
                         data.Node(1, data.Leaf(1, 1), data.Leaf(1, 2)))
        self.assertEqual(data.to_ids(trees[1], vocabulary),
                         data.Node(1, data.Leaf(1, 1), data.Leaf(1, 0)))


class TestGenerate(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.trees = data.generate(1000)

    def test_always_the_same(self):
        self.assertEqual(self.trees, data.generate(1000))
        self.assertNotEqual(self.trees, data.generate(1000, seed=1))

    def test_no_sentence_twice(self):
        self.assertEqual(len(set(map(words, self.trees))), 1000)

    def test_all_labels(self):
        counts = collections.Counter(tree.label for tree in self.trees)
        self.assertEqual(sorted(counts), [0, 1, 2, 3, 4])
        self.assertGreater(min(counts.values()), 100)
        self.assertLess(max(counts.values()), 350)

    def test_form_of_files(self):
        for tree in self.trees:
            self.assertEqual(data.parse(data.to_text(tree)), tree)

    def test_what_phrases_mean(self):
        labels = {}
        for tree in data.generate(4000):
            for node in nodes(tree):
                # A phrase means the same wherever it stands.
                text = words(node)
                self.assertEqual(
                    labels.setdefault(text, node.label), node.label, text)
        for text, label in (
                ('very', 2), ('good', 3), ('very good', 4), ('very bad', 0),
                ('rather great', 3), ('not good', 1), ('not bad', 3),
                ('not very great', 1), ('hardly long', 2), ('loves', 4),
                ('the dull script', 1), ('is not bad', 3)):
            self.assertEqual(labels[text], label, text)

    def test_nobody(self):
        found = 0
        for tree in self.trees:
            for node in nodes(tree):
                text = words(node)
                if text.startswith('nobody loves') and text.count(' ') == 3:
                    self.assertEqual(node.label, 1)
                    found += 1
        self.assertGreater(found, 0)

    def test_links(self):
        found = collections.Counter()
        for tree in self.trees:
            first, rest = tree.left, tree.right
            link = words(rest).split(' ')[0]
            if link not in data.LINKS:
                continue
            second = rest.right.label
            found[link] += 1
            if link == 'and':
                expected = min(max(first.label + second - 2, 0), 4)
            elif link == 'but':
                expected = first.label if second == 2 else second
            else:
                expected = second if first.label == 2 else first.label
            self.assertEqual(tree.label, expected, words(tree))
        self.assertEqual(sorted(found), ['and', 'but', 'though'])
