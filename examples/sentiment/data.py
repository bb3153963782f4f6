"""Trees of phrases, each of which has a label: its sentiment.

A tree is a :class:`Leaf`, which is a word, or a :class:`Node`, which joins the
trees of two phrases. They come from files, which have a tree in each line,

  (3 (2 It) (4 (4 works) (2 well)))

or :func:`generate` makes them up. Run this file to look at some.
"""
import collections
import re

import numpy as np

Leaf = collections.namedtuple('Leaf', ['label', 'word'])
Node = collections.namedtuple('Node', ['label', 'left', 'right'])

UNKNOWN = '<unk>'
DEEPEST = 200  # levels of a tree: far more than sentences have


# --------------------------------------------------------------------
# Reading and writing
# --------------------------------------------------------------------

def parse(text):
    """Returns the tree that a text in brackets stands for."""
    stack = [[]]  # what has been read in each bracket that is open
    for token in re.findall(r'[()]|[^\s()]+', text):
        if token == '(':
            stack.append([])
        elif token == ')' and len(stack) > 1:
            tree = _make_tree(*stack.pop())
            stack[-1].append(tree)
        else:
            stack[-1].append(token)
        if len(stack) > DEEPEST:
            raise ValueError(f'it has more than {DEEPEST} levels')
    if len(stack) > 1:
        raise ValueError(f'{len(stack) - 1} of its brackets are not closed')
    if len(stack[0]) != 1 or isinstance(stack[0][0], str):
        raise ValueError('it is not one tree in brackets')
    return stack[0][0]


def _make_tree(*parts):
    kinds = [isinstance(part, str) for part in parts]
    if kinds not in ([True, True], [True, False, False]):
        raise ValueError('what is in brackets must be a label and a word, or '
                         'a label and two trees')
    label, *rest = parts
    if not re.fullmatch('[0-9]+', label):
        raise ValueError(f'the label {label!r} is not a number')
    return (Leaf if len(rest) == 1 else Node)(int(label), *rest)


def read(path):
    """Returns the trees of a file, which has one of them in each line."""
    trees = []
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if not line.strip():
                continue
            try:
                trees.append(parse(line))
            except ValueError as error:
                raise ValueError(f'{path}, line {number}: {error}') from error
    if not trees:
        raise ValueError(f'{path} has no trees')
    return trees


def to_text(tree):
    """Returns the text in brackets that stands for a tree."""
    if isinstance(tree, Leaf):
        return f'({tree.label} {tree.word})'
    return f'({tree.label} {to_text(tree.left)} {to_text(tree.right)})'


# --------------------------------------------------------------------
# Words
# --------------------------------------------------------------------

def leaves(tree):
    """Yields the leaves of a tree from left to right."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        yield from leaves(tree.left)
        yield from leaves(tree.right)


def get_vocabulary(trees):
    """Returns the IDs of words, by word.

    Words that occur only once have none. They teach the network what to make
    of ``<unk>``, which stands for all words that it does not know.
    """
    counts = collections.Counter(
        leaf.word for tree in trees for leaf in leaves(tree))
    words = [word for word, count in counts.items() if count > 1]
    return {word: i for i, word in enumerate(dict.fromkeys([UNKNOWN, *words]))}


def to_ids(tree, vocabulary):
    """Returns the same tree with IDs in place of words."""
    if isinstance(tree, Leaf):
        return Leaf(
            tree.label, vocabulary.get(tree.word, vocabulary[UNKNOWN]))
    return Node(tree.label, to_ids(tree.left, vocabulary),
                to_ids(tree.right, vocabulary))


# --------------------------------------------------------------------
# The embedded treebank
# --------------------------------------------------------------------

NEUTRAL = 2  # the label in the middle of 0 (very bad) ... 4 (very good)

NOUNS = ['film', 'story', 'cast', 'plot', 'music', 'ending', 'director',
         'script']
# By score: what makes a label when NEUTRAL is added.
ADJECTIVES = {
    -2: ['awful', 'terrible', 'unbearable'], -1: ['bad', 'dull', 'flat'],
    0: ['long', 'new', 'loud', 'french'],
    1: ['good', 'nice', 'clever'], 2: ['great', 'brilliant', 'wonderful']}
VERBS = {
    -2: ['hates', 'loathes'], -1: ['dislikes', 'spoils'],
    0: ['has', 'shows', 'follows'],
    1: ['likes', 'enjoys'], 2: ['loves', 'adores']}


def _intensify(score):
    return 2 * np.sign(score)


def _weaken(score):
    return np.sign(score)


def _negate(score):
    return -np.sign(score)


# A word, and what it makes of the score of the phrase that follows it
DEGREES = {'very': _intensify, 'so': _intensify, 'truly': _intensify,
           'rather': _weaken, 'somewhat': _weaken}
NEGATIONS = {'not': _negate, 'never': _negate, 'hardly': _negate}
SUBJECTS = {'everybody': lambda score: score, 'nobody': _negate}
# A word between two clauses, and what it makes of their scores
LINKS = {'but': lambda first, second: second or first,
         'though': lambda first, second: first or second,
         'and': lambda first, second: np.clip(first + second, -2, 2)}


class Writer:
    """Makes sentences at random, and knows what they mean.

    Few words have a sentiment of their own; that of a phrase depends on how
    they are put together. "very" makes what follows stronger, "not" makes it
    the opposite, "nobody" does so to a whole clause, and of two clauses with
    "but" between them the second counts.
    """

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)

    def sentence(self):
        if self.happens(.6):
            return self.clause()
        link = self.choose(LINKS)
        first, second = self.clause(), self.clause()
        score = LINKS[link](_score(first), _score(second))
        return _join(first, _join(_word(link), second, _score(second)), score)

    def clause(self):
        if self.happens(.3):
            return self.modified(SUBJECTS, self.action())
        subject = self.thing()
        predicate = (self.action() if self.happens(.3) else
                     self.after('is', self.quality()))
        return _join(subject, predicate, _score(predicate) or _score(subject))

    def action(self):
        verb, thing = self.scored(VERBS), self.thing()
        return _join(verb, thing, _score(verb) or _score(thing))

    def thing(self):
        noun = _word(self.choose(NOUNS))
        if self.happens(.3):
            adjective = self.scored(ADJECTIVES)
            noun = _join(adjective, noun, _score(adjective))
        return self.after('the', noun)

    def quality(self):
        phrase = self.scored(ADJECTIVES)
        if self.happens(.5):
            phrase = self.modified(DEGREES, phrase)
        if self.happens(.4):
            phrase = self.modified(NEGATIONS, phrase)
        return phrase

    def modified(self, modifiers, phrase):
        word = self.choose(modifiers)
        return _join(_word(word), phrase, modifiers[word](_score(phrase)))

    def after(self, word, phrase):
        return _join(_word(word), phrase, _score(phrase))

    def scored(self, words):
        score = self.choose(words)
        return _word(self.choose(words[score]), score)

    def choose(self, things):
        return list(things)[self.random.randint(len(things))]

    def happens(self, probability):
        return self.random.rand() < probability


def _score(tree):
    return tree.label - NEUTRAL


def _word(word, score=0):
    return Leaf(score + NEUTRAL, word)


def _join(left, right, score):
    return Node(int(score) + NEUTRAL, left, right)


def generate(n, seed=0):
    """Returns so many trees, all different and always the same."""
    writer = Writer(seed)
    trees = {}
    while len(trees) < n:
        trees[writer.sentence()] = None
    return list(trees)


if __name__ == '__main__':
    for tree in generate(10):
        print(to_text(tree))
