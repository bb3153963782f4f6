#!/usr/bin/env python
"""Generates text with a model that train_ptb.py has trained."""
import argparse
import sys

import numpy as np
import train_ptb

import chainer
import chainer.functions as F
import chainer.links as L


class Sizes:
    """What must be known of a saved model before it can be loaded."""

    def serialize(self, serializer):
        predictor = serializer['predictor']
        self.words = predictor('words', '').split(' ')
        self.n_units = predictor['embed']('W', None).shape[1]


def load_network(path, n_units):
    sizes = Sizes()
    try:
        chainer.serializers.load_npz(path, sizes)
    except KeyError as error:
        raise ValueError(
            f'{path} is not a model of train_ptb.py, which saves it in the '
            f'file that --model names: {error.args[0]}') from error
    if sizes.n_units != n_units:
        raise ValueError(
            f'the model {path} has {sizes.n_units} units, not {n_units}: use '
            f'--unit {sizes.n_units}')
    model = L.Classifier(
        train_ptb.RNNForLM(sizes.words, n_units, train=False))
    chainer.serializers.load_npz(path, model)
    return model.predictor


def generate(rnn, primetext, length, sample):
    """Yields the words of the prime text and ``length`` more words.

    A word is drawn with the probability that the network gives to it if
    ``sample`` is positive, otherwise the most probable word is taken. The text
    begins at the beginning of a sentence.
    """
    words = rnn.words.split(' ')
    ids = {word: i for i, word in enumerate(words)}
    for word in primetext:
        if word not in ids:
            raise ValueError(f'the model does not know the word {word!r}')
    rnn.reset_state()
    scores = step(rnn, ids[train_ptb.EOS])
    for word in primetext:
        scores = step(rnn, ids[word])
        yield word
    for _ in range(length):
        i = choose(scores, sample)
        scores = step(rnn, i)
        yield words[i]


def step(rnn, i):
    """Reads a word, and returns the scores of the words that may follow."""
    return rnn(chainer.Variable(rnn.xp.array([i], np.int32), volatile='on'))


def choose(scores, sample):
    probability = chainer.cuda.to_cpu(F.softmax(scores).data)[0]
    if sample <= 0:
        return int(probability.argmax())
    # In float32 the sum may be too far from 1 for choice.
    probability = probability.astype(np.float64)
    return np.random.choice(
        len(probability), p=probability / probability.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', '-m', default='model.npz',
                        help='file of the model')
    parser.add_argument('--primetext', '-p', default='',
                        help='words that the text begins with')
    parser.add_argument('--seed', '-s', type=int, default=123,
                        help='seed of the random numbers')
    parser.add_argument('--unit', '-u', type=int, default=650,
                        help='number of units of an LSTM layer')
    parser.add_argument('--sample', type=int, default=1,
                        help='1 to draw words at random; 0 or a negative '
                             'number to take the most probable word each time')
    parser.add_argument('--length', type=int, default=20,
                        help='number of words to generate')
    parser.add_argument('--gpu', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    args = parser.parse_args()
    if args.length < 0:
        parser.error('--length must not be negative')
    np.random.seed(args.seed)

    try:
        rnn = load_network(args.model, args.unit)
        if args.gpu >= 0:
            chainer.cuda.get_device(args.gpu).use()
            rnn.to_gpu()
        for word in generate(rnn, args.primetext.split(), args.length,
                             args.sample):
            # A line for each sentence
            end = word == train_ptb.EOS
            sys.stdout.write('\n' if end else word + ' ')
        sys.stdout.write('\n')
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(str(error))


if __name__ == '__main__':
    main()
