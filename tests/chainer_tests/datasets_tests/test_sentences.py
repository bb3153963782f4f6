import collections
import math
import unittest
import zlib

import numpy
from numpy import testing

from chainer import datasets
from chainer.datasets import sentences

# Each is right with one of the words in brackets and wrong with the other.
SENTENCES = '''
the man [sleeps|sleep]
the men [sleep|sleeps]
every [child|children] sleeps
some [children|child] sleep
the dog that the women follow [sleeps|sleep]
the dogs that the woman follows [sleep|sleeps]
the dogs that the woman [follows|follow] sleep
the man that sees the birds [sings|sing]
the birds that [see|sees] the man sing
the man near two dogs [sings|sing]
the men near mary [sing|sings]
mary and john [sing|sings]
the man [says|say] that mary and john sing
the men say that mary [sings|sing]
the men that mary loves say that the dog [waits|wait]
the teacher knows the child that the dogs [chase|chases]
does the man that the dogs see [sleep|sleeps] ?
[does|do] the man that the dogs see sleep ?
is the man that the dogs see happy [?|<eos>]
the man does not [sleep|sleeps]
the men [do|does] not sleep
he wants to [sleep|sleeps]
they [want|wants] to sleep
the man sees [them|they]
[they|them] see the man
the man eats [bread|mary]
the man sees [mary|bread]
the man gives the books [to|in] the children
the man sleeps in the [garden|man]
the man sleeps and the dog [runs|run]
today the man [sleeps|happy]
the man is very [happy|sleeps]
the man often sees [the|often] dog
'''


class TestGetSentences(unittest.TestCase):

    def test_form(self):
        texts = datasets.get_sentences()
        self.assertIs(type(texts), tuple)
        for text, n in zip(texts, (30000, 1000, 2000), strict=True):
            self.assertEqual(text.dtype, numpy.int32)
            self.assertEqual(text.ndim, 1)
            self.assertEqual((text == 0).sum(), n)
            self.assertEqual(text[-1], 0)

    def test_text_is_the_same_everywhere(self):
        self.assertEqual(
            [(len(text), zlib.crc32(text.astype('<i4').tobytes()))
             for text in datasets.get_sentences()],
            [(274976, 2711277614), (9118, 3336021382), (18189, 2863008365)])

    def test_seed(self):
        default, same, other = [
            datasets.get_sentences(**kwargs)
            for kwargs in ({}, {'seed': 0}, {'seed': 1})]
        for a, b, c in zip(default, same, other, strict=True):
            testing.assert_array_equal(a, b)
            self.assertFalse(numpy.array_equal(a, c))

    def test_global_random_state_is_neither_used_nor_changed(self):
        texts = []
        for seed in (0, 1):
            numpy.random.seed(seed)
            expected = numpy.random.RandomState(seed).randint(1 << 30)
            texts.append(datasets.get_sentences()[1])
            self.assertEqual(numpy.random.randint(1 << 30), expected)
        testing.assert_array_equal(*texts)

    def test_most_test_sentences_are_new(self):
        def split(text):
            return [tuple(part.tolist()) for part in numpy.split(
                text, numpy.flatnonzero(text == 0) + 1)[:-1]]

        train, _, test = datasets.get_sentences()
        known = set(split(train))
        seen = [sentence in known for sentence in split(test)]
        self.assertLess(numpy.mean(seen), .2)

    def test_memory_is_needed(self):
        # The number of words before a word that its probability comes from,
        # and how far the perplexity is then from the best one.
        train, _, test = datasets.get_sentences()
        best = datasets.get_sentences_grammar().perplexity(test)
        for n, factor in (0, 8), (1, 1.8), (2, 1.4):
            perplexity = _count_and_test(train, test, n)
            self.assertGreater(perplexity, factor * best)


def _count_and_test(train, test, n):
    counts = collections.Counter(_windows(train, n + 1))
    contexts = collections.Counter(_windows(train, n))
    unseen = .05
    total = unseen * len(datasets.get_sentences_vocabulary())
    loss = numpy.mean([
        math.log((contexts[window[:-1]] + total) / (counts[window] + unseen))
        for window in _windows(test, n + 1)])
    return math.exp(loss)


def _windows(text, n):
    text = text.tolist()
    return [tuple(text[i:i + n]) for i in range(len(text) - n + 1)]


class TestVocabulary(unittest.TestCase):

    def test_every_word_occurs(self):
        vocabulary = datasets.get_sentences_vocabulary()
        self.assertEqual(sorted(vocabulary.values()),
                         list(range(len(vocabulary))))
        self.assertEqual(vocabulary['<eos>'], 0)
        self.assertTrue(100 <= len(vocabulary) <= 300)
        train = datasets.get_sentences()[0]
        counts = numpy.bincount(train, minlength=len(vocabulary))
        self.assertEqual(len(counts), len(vocabulary))
        self.assertGreater(counts.min(), 50)

    def test_words_are_words(self):
        for word in datasets.get_sentences_vocabulary():
            self.assertRegex(word, r'^([a-z]+|\?|<eos>)$')

    def test_changing_it_changes_nothing(self):
        datasets.get_sentences_vocabulary().clear()
        self.assertIn('man', datasets.get_sentences_vocabulary())
        self.assertIn('man', datasets.get_sentences_grammar().vocabulary)

    def test_both_numbers_have_as_many_words(self):
        tables = dict(sentences._read(sentences._WORDS))
        for symbol, words in tables.items():
            self.assertEqual(len(set(words)), len(words), symbol)
            if symbol[-1] == '1' and symbol != 'WHICH1':
                other = tables[symbol[:-1] + '2']
                self.assertEqual(len(words), len(other))
                self.assertFalse(set(words) & set(other))


class TestGrammar(unittest.TestCase):

    def setUp(self):
        self.grammar = datasets.get_sentences_grammar()

    def count(self, sentence):
        ids = [self.grammar.vocabulary[word]
               for word in (sentence.replace('<eos>', '') + ' <eos>').split()]
        return self.grammar.count_derivations(ids)

    def test_agreement(self):
        for line in SENTENCES.strip().split('\n'):
            start, (right, wrong), end = _parse(line)
            self.assertEqual(self.count(start + right + end), [1], line)
            self.assertEqual(self.count(start + wrong + end), [0], line)

    def test_generated_text_is_unambiguous(self):
        for text in datasets.get_sentences()[1:]:
            counts = self.grammar.count_derivations(text)
            self.assertEqual(set(counts), {1})

    def test_generated_text_has_the_perplexity_of_the_grammar(self):
        self.assertAlmostEqual(
            self.grammar.perplexity(), 11.869, delta=.001)
        train = datasets.get_sentences()[0]
        self.assertAlmostEqual(
            self.grammar.perplexity(train), 11.869, delta=.06)

    def test_nesting_is_bounded(self):
        train = datasets.get_sentences()[0]
        lengths = numpy.diff(numpy.flatnonzero(train == 0))
        self.assertLess(lengths.max(), 50)


def _parse(line):
    start, rest = line.split('[')
    pair, end = rest.split(']')
    return start, pair.split('|'), end
