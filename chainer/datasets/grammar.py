"""Random texts whose probability is known exactly."""
import functools
import math

import numpy

#: What ends a sentence. Its ID is 0.
END_OF_SENTENCE = '<eos>'


class Grammar:
    """Probabilistic context-free grammar without recursion.

    A sentence begins as the first symbol of the rules. Each symbol is replaced
    by one of its expansions, drawn at random, until there are only words. That
    comes to an end, as a symbol expands into words and into symbols whose
    rules are further down. A text is a sequence of independent sentences with
    ``'<eos>'`` after each.

    A grammar is *unambiguous* if each of its sentences can come about in one
    way only (:meth:`count_derivations` tells). The probability of a sentence
    is then the product of the probabilities of the expansions in it. No model
    can know more about a text than the grammar that made it: the perplexity of
    a language model is at best that of the grammar, :meth:`perplexity`.

    Args:
        rules (dict): Maps each symbol to a list of its expansions, which are
            tuples of a weight and a list of symbols and words. The
            probabilities of the expansions are proportional to their weights.
            What is not a key is a word.

    Attributes:
        vocabulary (dict): Maps each word to its ID.

    Raises:
        ValueError: If a symbol has no expansions, or an expansion has no
            parts, has a symbol whose rule is not further down, or has a weight
            that is not positive.

    .. admonition:: Example

       >>> import math
       >>> from chainer.datasets import grammar
       >>> rules = {
       ...     'SENTENCE': [(3, ['NAME', 'barks']), (1, ['stop', 'NAME'])],
       ...     'NAME': [(1, ['rex']), (1, ['bello'])],
       ... }
       >>> dogs = grammar.Grammar(rules)
       >>> ids = [dogs.vocabulary[word] for word in ['stop', 'rex', '<eos>']]
       >>> probability = math.exp(dogs.log_probability(ids))
       >>> print(f'{probability:.3f}')  # 1/4 * 1/2
       0.125
       >>> print(f'{dogs.perplexity(ids):.3f}')  # of three words
       2.000

    """

    def __init__(self, rules):
        _check_rules(rules)
        words = dict.fromkeys([
            part for expansions in rules.values()
            for _, parts in expansions for part in parts if part not in rules])
        words = [END_OF_SENTENCE, *words]
        self.vocabulary = {word: i for i, word in enumerate(words)}
        # The symbols are numbers, too: those that follow the IDs.
        self._start = len(words)
        codes = {name: i for i, name in enumerate([*words, *rules])}
        self._expansions = {}
        self._probabilities = {}
        for symbol, expansions in rules.items():
            weights, expanded = zip(*expansions, strict=True)
            self._expansions[codes[symbol]] = [
                [codes[part] for part in parts] for parts in expanded]
            self._probabilities[codes[symbol]] = [
                weight / sum(weights) for weight in weights]
        self._openings = self._find_openings()

    def _find_openings(self):
        """For each symbol, which expansions can begin with which word."""
        openings = {}
        for symbol, expansions in reversed(self._expansions.items()):
            openings[symbol] = {}
            for i, (first, *_) in enumerate(expansions):
                for word in openings.get(first, [first]):
                    openings[symbol].setdefault(word, []).append(i)
        return openings

    def generate(self, n, random_state):
        """Makes a text.

        Args:
            n (int): Number of sentences.
            random_state (numpy.random.RandomState): Source of random numbers.

        Returns:
            numpy.ndarray: IDs of the words, a vector of int32.

        """
        text = numpy.tile(
            numpy.array([self._start, self.vocabulary[END_OF_SENTENCE]], 'i'),
            n)
        for symbol in self._expansions:
            text = self._expand(text, symbol, random_state)
        return text

    def _expand(self, text, symbol, random_state):
        """Replaces a symbol wherever it stands."""
        expansions = self._expansions[symbol]
        sizes = numpy.array([len(parts) for parts in expansions])
        places = numpy.flatnonzero(text == symbol)
        drawn = random_state.choice(
            len(expansions), len(places), p=self._probabilities[symbol])
        lengths = numpy.ones(len(text), int)
        lengths[places] = sizes[drawn]
        places = (lengths.cumsum() - lengths)[places]
        text = text.repeat(lengths)
        for i, parts in enumerate(expansions):
            where = places[drawn == i]
            for k, part in enumerate(parts):
                text[where + k] = part
        return text

    def log_probability(self, text):
        """Computes the probability of a text.

        Args:
            text (array or list of int): IDs of the words, those of
                ``'<eos>'`` included.

        Returns:
            float: Natural logarithm of the probability that as many sentences
            of this grammar are this text. It is ``-inf`` if one of them is
            ungrammatical, or the last one is not ended by ``'<eos>'``.

        """
        def weight(symbol, i):
            return self._probabilities[symbol][i]

        result = 0.
        for sentence in self._split(text):
            probability = self._sum_derivations(sentence, weight)
            if probability == 0:
                return -math.inf
            result += math.log(probability)
        return result

    def count_derivations(self, text):
        """Counts in how many ways each sentence can have come about.

        Args:
            text (array or list of int): IDs of the words, those of
                ``'<eos>'`` included.

        Returns:
            list of int: A number for each sentence: 0 if it is ungrammatical,
            1 if it is unambiguous.

        """
        return [self._sum_derivations(sentence, lambda symbol, i: 1)
                for sentence in self._split(text)]

    def _split(self, text):
        """Yields the sentences, with what ends them."""
        end = self.vocabulary[END_OF_SENTENCE]
        sentence = []
        for word in numpy.asarray(text).tolist():
            sentence.append(word)
            if word == end:
                yield sentence
                sentence = []
        if sentence:
            yield sentence

    def _sum_derivations(self, sentence, weight):
        """Adds up the products of the weights of expansions.

        ``reach(symbol, i)`` has the sum for the symbol to become the words
        from ``i`` on, for each place where they may end.
        """
        *words, last = sentence
        if last != self.vocabulary[END_OF_SENTENCE]:
            return 0

        @functools.cache
        def reach(symbol, start):
            if symbol < self._start:
                return {start + 1: 1} if sentence[start] == symbol else {}
            ends = {}
            for i in self._openings[symbol].get(sentence[start], ()):
                sums = {start: weight(symbol, i)}
                for part in self._expansions[symbol][i]:
                    sums = follow(sums, part)
                add(ends, sums, 1)
            return ends

        def follow(sums, part):
            ends = {}
            for start, factor in sums.items():
                add(ends, reach(part, start), factor)
            return ends

        def add(ends, sums, factor):
            for end, value in sums.items():
                ends[end] = ends.get(end, 0) + factor * value

        return reach(self._start, 0).get(len(words), 0)

    def perplexity(self, text=None):
        """Computes the perplexity of this grammar, the best possible one.

        It is :math:`\\exp(-\\log P / n)`, where :math:`P` is the probability
        of a text and :math:`n` the number of its words, each ``'<eos>'``
        counted. The grammar must be unambiguous.

        Args:
            text (array or list of int): IDs of the words, those of
                ``'<eos>'`` included. If omitted, the perplexity is that of an
                endless text of this grammar, and exact:
                :math:`\\exp(\\mathrm{E}[-\\log P] / \\mathrm{E}[n])`, the
                expectations being those of a sentence.

        Returns:
            float: Perplexity; ``inf`` if :meth:`log_probability` is ``-inf``.

        Raises:
            ValueError: If the text is empty.

        """
        if text is None:
            information, length = self._expect()
            return math.exp(information / (length + 1))
        if len(text) == 0:
            raise ValueError('a text without words has no perplexity')
        return math.exp(-self.log_probability(text) / len(text))

    def _expect(self):
        """Expected information, in nats, and number of words of a sentence."""
        information = dict.fromkeys(self.vocabulary.values(), 0.)
        length = dict.fromkeys(self.vocabulary.values(), 1.)
        # From the bottom up: all that a symbol expands into is known.
        for symbol, expansions in reversed(self._expansions.items()):
            pairs = list(zip(
                self._probabilities[symbol], expansions, strict=True))
            information[symbol] = sum(
                p * (sum(information[part] for part in parts) - math.log(p))
                for p, parts in pairs)
            length[symbol] = sum(
                p * sum(length[part] for part in parts) for p, parts in pairs)
        return information[self._start], length[self._start]


def _check_rules(rules):
    if not rules:
        raise ValueError('a grammar has at least one symbol, but got no rules')
    above = {END_OF_SENTENCE}
    for symbol, expansions in rules.items():
        above.add(symbol)
        if not expansions or not all(parts for _, parts in expansions):
            raise ValueError(
                f'{symbol!r} must expand into something, but its expansions '
                f'are {expansions}')
        for weight, parts in expansions:
            if not 0 < weight < math.inf:
                raise ValueError(
                    f'a weight is a positive number, but an expansion of '
                    f'{symbol!r} has {weight}')
            for part in parts:
                if part in above:
                    raise ValueError(
                        f'{symbol!r} can expand into words and into symbols '
                        f'whose rules are further down, not into {part!r}')
