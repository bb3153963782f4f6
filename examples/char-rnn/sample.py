#!/usr/bin/env python
"""Writes text with a model that train_charrnn.py has trained."""
import argparse
import os
import sys

import numpy as np
import train_charrnn

import chainer


class Sizes:
    """What must be known of a saved model before it can be loaded."""

    def serialize(self, serializer):
        self.characters = serializer('characters', '')
        self.n_units = serializer['embed']('W', None).shape[1]


def load_model(path):
    sizes = Sizes()
    try:
        chainer.serializers.load_npz(path, sizes)
    except KeyError as error:
        raise ValueError(
            f'{path} is not a model of train_charrnn.py, which saves it as '
            f'model.npz: {error.args[0]}') from error
    model = train_charrnn.CharRNN(sizes.characters, sizes.n_units)
    chainer.serializers.load_npz(path, model)
    return model


def generate(model, primetext, length, temperature):
    """Yields the characters of the prime text, and ``length`` more.

    The scores are divided by the temperature before they become
    probabilities: below 1 the text gets more regular, above 1 wilder. At 0 the
    most probable character is taken each time.
    """
    for character in primetext:
        if character not in model.characters:
            raise ValueError(f'the model does not know the character '
                             f'{character!r}')
    model.reset_state()
    # Before its first character a text is at the beginning of a line.
    start = '\n' if '\n' in model.characters else model.characters[0]
    scores = step(model, start)
    for character in primetext:
        scores = step(model, character)
        yield character
    for _ in range(length):
        character = model.characters[choose(scores, temperature)]
        yield character
        scores = step(model, character)


def step(model, character):
    """Reads a character, and returns the scores of those that may follow."""
    x = model.xp.array([model.characters.index(character)], np.int32)
    y = model.step(chainer.Variable(x, volatile='on'))
    return chainer.cuda.to_cpu(y.data)[0].astype(np.float64)


def choose(scores, temperature):
    if temperature == 0:
        return int(scores.argmax())
    probability = np.exp((scores - scores.max()) / temperature)
    return np.random.choice(
        len(scores), p=probability / probability.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', '-m',
                        default=os.path.join('result', 'model.npz'),
                        help='file of the model')
    parser.add_argument('--primetext', '-p', default='',
                        help='what the text begins with')
    parser.add_argument('--length', '-l', type=int, default=500,
                        help='number of characters to write')
    parser.add_argument('--temperature', '-t', type=float, default=1,
                        help='below 1 for a more regular text, above 1 for a '
                             'wilder one; 0 takes the most probable character '
                             'each time')
    parser.add_argument('--seed', '-s', type=int, default=123,
                        help='seed of the random numbers')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    args = parser.parse_args()
    if args.length < 0:
        parser.error('--length must not be negative')
    if not args.temperature >= 0:
        parser.error('--temperature must not be negative')
    np.random.seed(args.seed)

    try:
        model = load_model(args.model)
        if args.gpu >= 0:
            chainer.cuda.get_device(args.gpu).use()
            model.to_gpu()
        for character in generate(
                model, args.primetext, args.length, args.temperature):
            sys.stdout.write(character)
            sys.stdout.flush()  # one can watch it write
        sys.stdout.write('\n')
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(str(error))


if __name__ == '__main__':
    main()
