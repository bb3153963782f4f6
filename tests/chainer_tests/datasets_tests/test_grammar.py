import collections
import itertools
import math
import unittest

import numpy

from chainer.datasets import grammar

RULES = {
    'S': [(2, ['NP', 'VP']), (1, ['NP', 'VP', 'and', 'NP', 'VP']),
          (1, ['does', 'NP', 'sleep', '?'])],
    'NP': [(3, ['the', 'N']), (1, ['N'])],
    'VP': [(1, ['sleeps']), (3, ['sees', 'N'])],
    'N': [(5, ['cat']), (1, ['dog']), (.5, ['young', 'owl'])],
}

AMBIGUOUS = {
    'S': [(1, ['A', 'B']), (3, ['B', 'A']), (2, ['x', 'y', 'y'])],
    'A': [(1, ['x']), (1, ['x', 'y'])],
    'B': [(1, ['y']), (1, ['y', 'y']), (2, ['x'])],
}


def enumerate_derivations(rules, symbol):
    """Yields the probability and the words of all that a symbol can become."""
    if symbol not in rules:
        yield 1., (symbol,)
        return
    total = sum(weight for weight, _ in rules[symbol])
    for weight, parts in rules[symbol]:
        for choice in itertools.product(
                *[list(enumerate_derivations(rules, part))
                  for part in parts]):
            probability = weight / total
            words = ()
            for p, w in choice:
                probability *= p
                words += w
            yield probability, words


def random_rules(seed):
    random = numpy.random.RandomState(seed)
    symbols = ['S', 'A', 'B', 'C']
    rules = {}
    for i, symbol in enumerate(symbols):
        pool = symbols[i + 1:] + ['x', 'y', 'z']
        rules[symbol] = [
            (float(random.randint(1, 5)),
             [pool[k] for k in random.randint(len(pool), size=size)])
            for size in random.randint(1, 4, size=3)]
    return rules


class GrammarTestCase(unittest.TestCase):

    def setUp(self):
        self.grammar = grammar.Grammar(RULES)

    def ids(self, text):
        return [self.grammar.vocabulary[word] for word in text.split()]

    def generate(self, n):
        """Returns generated sentences as strings."""
        words = list(self.grammar.vocabulary)
        text = self.grammar.generate(n, numpy.random.RandomState(0))
        text = ' '.join([words[i] for i in text.tolist()])
        return text.removesuffix(' <eos>').split(' <eos> ')

    def probability(self, text):
        return math.exp(self.grammar.log_probability(self.ids(text)))


class TestProbability(GrammarTestCase):

    def test_vocabulary(self):
        self.assertEqual(
            list(self.grammar.vocabulary),
            ['<eos>', 'and', 'does', 'sleep', '?', 'the', 'sleeps', 'sees',
             'cat', 'dog', 'young', 'owl'])
        self.assertEqual(list(self.grammar.vocabulary.values()),
                         list(range(12)))

    def test_of_a_sentence(self):
        self.assertAlmostEqual(
            self.probability('the young owl sees dog <eos>'),
            1 / 2 * 3 / 4 * .5 / 6.5 * 3 / 4 * 1 / 6.5)
        self.assertAlmostEqual(
            self.probability('does cat sleep ? <eos>'),
            1 / 4 * 1 / 4 * 5 / 6.5)

    def test_of_a_text(self):
        self.assertAlmostEqual(
            self.probability('cat sleeps <eos> dog sleeps <eos>'),
            self.probability('cat sleeps <eos>') *
            self.probability('dog sleeps <eos>'))
        self.assertEqual(self.grammar.log_probability([]), 0)
        self.assertIsInstance(
            self.grammar.log_probability(numpy.array([], 'i')), float)

    def test_all_sentences(self):
        for rules in [RULES, AMBIGUOUS, *map(random_rules, range(12))]:
            self.grammar = grammar.Grammar(rules)
            expected = collections.defaultdict(list)
            for probability, words in enumerate_derivations(rules, 'S'):
                expected[' '.join(words) + ' <eos>'].append(probability)
            for text, probabilities in expected.items():
                self.assertAlmostEqual(
                    self.probability(text), sum(probabilities), places=12)
                self.assertEqual(
                    self.grammar.count_derivations(self.ids(text)),
                    [len(probabilities)])

    def test_all_that_is_no_sentence(self):
        for rules in [AMBIGUOUS, *map(random_rules, range(5))]:
            self.grammar = grammar.Grammar(rules)
            grammatical = {
                words for _, words in enumerate_derivations(rules, 'S')}
            words = list(self.grammar.vocabulary)[1:]
            for size in range(5):
                for sentence in itertools.product(words, repeat=size):
                    if sentence not in grammatical:
                        ids = self.ids(' '.join(sentence) + ' <eos>')
                        self.assertEqual(
                            self.grammar.log_probability(ids), -math.inf)
                        self.assertEqual(
                            self.grammar.count_derivations(ids), [0])

    def test_ungrammatical(self):
        for text in (
                'the cat <eos>', 'the cat sleeps sleeps <eos>', '<eos>',
                'cat the sleeps <eos>', 'does cat sleep <eos>',
                'cat sleeps', 'cat sleeps <eos> dog sleeps',
                'cat sleeps <eos> <eos>', '<eos> cat sleeps <eos>',
                'the cat sleeps <eos> dog sees <eos> the cat sleeps <eos>'):
            self.assertEqual(
                self.grammar.log_probability(self.ids(text)), -math.inf, text)
            self.assertEqual(
                self.grammar.perplexity(self.ids(text)), math.inf, text)
        for ids in [100, 6, 0], [-1, 0], [8, 6, 100, 0]:
            self.assertEqual(self.grammar.log_probability(ids), -math.inf)

    def test_count_derivations(self):
        text = 'the cat sleeps <eos> cat <eos> dog sleeps <eos> dog'
        self.assertEqual(
            self.grammar.count_derivations(self.ids(text)), [1, 0, 1, 0])
        self.assertEqual(self.grammar.count_derivations([]), [])

    def test_text_of_tiny_probability(self):
        text = self.grammar.generate(3000, numpy.random.RandomState(0))
        result = self.grammar.log_probability(text)
        self.assertLess(result, -3000)
        half = text[:numpy.flatnonzero(text == 0)[1499] + 1]
        self.assertAlmostEqual(
            result, self.grammar.log_probability(half) +
            self.grammar.log_probability(text[len(half):]))


class TestPerplexity(GrammarTestCase):

    def test_of_a_text(self):
        text = 'cat sleeps <eos> the dog sees cat <eos>'
        self.assertAlmostEqual(
            self.grammar.perplexity(self.ids(text)),
            self.probability(text) ** (-1 / 8))
        self.assertAlmostEqual(
            self.grammar.perplexity(numpy.array(self.ids(text), 'i')),
            self.probability(text) ** (-1 / 8))

    def test_of_the_grammar(self):
        n_unambiguous = 0
        for rules in [RULES, *map(random_rules, range(30))]:
            derivations = list(enumerate_derivations(rules, 'S'))
            if len({words for _, words in derivations}) < len(derivations):
                continue
            n_unambiguous += 1
            information = sum(p * math.log(p) for p, _ in derivations)
            length = sum(p * (len(words) + 1) for p, words in derivations)
            self.assertAlmostEqual(
                grammar.Grammar(rules).perplexity(),
                math.exp(-information / length))
        self.assertGreater(n_unambiguous, 5)

    def test_of_a_coin(self):
        coin = grammar.Grammar({'COIN': [(7, ['head']), (7, ['tail'])]})
        self.assertAlmostEqual(coin.perplexity(), math.sqrt(2))

    def test_nothing_to_predict(self):
        fixed = grammar.Grammar({'S': [(1, ['always', 'this'])]})
        self.assertEqual(fixed.perplexity(), 1)
        self.assertEqual(fixed.perplexity([1, 2, 0]), 1)

    def test_no_text(self):
        with self.assertRaisesRegex(ValueError, 'without words'):
            self.grammar.perplexity([])


class TestGenerate(GrammarTestCase):

    def test_form(self):
        text = self.grammar.generate(100, numpy.random.RandomState(0))
        self.assertEqual(text.dtype, numpy.int32)
        self.assertEqual(text.ndim, 1)
        self.assertEqual((text == 0).sum(), 100)
        self.assertEqual(text[-1], 0)

    def test_no_sentences(self):
        text = self.grammar.generate(0, numpy.random.RandomState(0))
        self.assertEqual(text.dtype, numpy.int32)
        self.assertEqual(text.shape, (0,))

    def test_frequencies(self):
        n = 20000
        counts = collections.Counter(self.generate(n))
        sentences = {' '.join(words): probability for probability, words
                     in enumerate_derivations(RULES, 'S')}
        self.assertFalse(set(counts) - set(sentences))
        chi_square = sum((counts[sentence] - n * p) ** 2 / (n * p)
                         for sentence, p in sentences.items())
        freedom = len(sentences) - 1
        self.assertGreater(freedom, 100)
        self.assertLess(
            abs(chi_square - freedom), 4 * math.sqrt(2 * freedom))

    def test_neighbouring_sentences_are_independent(self):
        questions = numpy.array(
            ['?' in sentence for sentence in self.generate(20000)])
        self.assertAlmostEqual(questions.mean(), .25, delta=.012)
        self.assertAlmostEqual(
            (questions[1:] & questions[:-1]).mean(), .0625, delta=.007)

    def test_random_state_decides(self):
        texts = [self.grammar.generate(50, numpy.random.RandomState(seed))
                 for seed in (0, 0, 1)]
        numpy.testing.assert_array_equal(texts[0], texts[1])
        self.assertFalse(numpy.array_equal(texts[0], texts[2]))

    def test_text_of_an_ambiguous_grammar(self):
        self.grammar = grammar.Grammar(AMBIGUOUS)
        text = self.grammar.generate(500, numpy.random.RandomState(0))
        self.assertGreater(min(self.grammar.count_derivations(text)), 0)


class TestBadRules(unittest.TestCase):

    def check(self, message, rules):
        with self.assertRaisesRegex(ValueError, message):
            grammar.Grammar(rules)

    def test_no_rules(self):
        self.check('at least one symbol', {})

    def test_no_expansions(self):
        self.check("'S' must expand", {'S': []})
        self.check("'A' must expand", {'S': [(1, ['A'])],
                                       'A': [(1, ['x']), (1, [])]})

    def test_recursion(self):
        self.check("'S' can .* not into 'S'", {'S': [(1, ['x', 'S'])]})
        self.check("'A' can .* not into 'S'", {'S': [(1, ['A'])],
                                               'A': [(1, ['x', 'S'])]})

    def test_end_of_sentence(self):
        self.check("not into '<eos>'", {'S': [(1, ['x', '<eos>'])]})

    def test_bad_weights(self):
        for weight in 0, -1, math.nan, math.inf:
            self.check(f"'S' has {weight}", {
                'S': [(1, ['x']), (weight, ['y'])]})
