#!/usr/bin/env python
"""Trains a recurrent network to write text, character by character.

It reads any text file; without one, sentences that are generated here. The
model can then write such text itself:

  train_charrnn.py --input book.txt
  sample.py --temperature 0.8 --primetext "It was "
"""
import argparse
import os
import random
import sys

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import datasets, training
from chainer.training import extensions

NAMES = {'mary', 'john', 'anna', 'peter', 'lucy', 'paul', 'emma', 'tom',
         'clara', 'max'}


class CharRNN(chainer.Chain):
    """Two layers of LSTM between characters and scores of the next ones.

    The characters that it knows are saved together with the parameters: the
    file of a model is all that it takes to write.
    """

    def __init__(self, characters, n_units, dropout=0.):
        super(CharRNN, self).__init__(
            embed=L.EmbedID(len(characters), n_units),
            l1=L.LSTM(n_units, n_units),
            l2=L.LSTM(n_units, n_units),
            out=L.Linear(n_units, len(characters)),
        )
        self.add_persistent('characters', characters)
        self.dropout = dropout

    def reset_state(self):
        self.l1.reset_state()
        self.l2.reset_state()

    def step(self, x):
        """Reads one character of each text; scores those that may follow."""
        h = self.l1(self.drop(self.embed(x)))
        h = self.l2(self.drop(h))
        return self.out(self.drop(h))

    def drop(self, h):
        return F.dropout(h, self.dropout) if self.dropout > 0 else h

    def __call__(self, x, t):
        """Mean loss for pieces of texts, with a row for each text.

        The graph grows with the loop. It is as long as the pieces are, and the
        next call goes on where it ends.
        """
        length = x.data.shape[1]
        loss = 0
        for i in range(length):
            loss += F.softmax_cross_entropy(self.step(x[:, i]), t[:, i])
        loss /= length
        chainer.report({'loss': loss}, self)
        return loss


class PieceIterator(chainer.dataset.Iterator):
    """Cuts a text into long parts, and reads all parts at once in pieces.

    A batch has a pair for each part: a piece of ``length`` characters, and
    the characters that follow each of them. The last pieces of an epoch may be
    shorter.
    """

    def __init__(self, text, batch_size, length, repeat=True):
        n = (len(text) - 1) // batch_size
        self.x = text[:n * batch_size].reshape(batch_size, n)
        self.t = text[1:n * batch_size + 1].reshape(batch_size, n)
        self.batch_size = batch_size
        self.length = length
        self.repeat = repeat
        self.epoch = 0
        self.position = 0
        self.is_new_epoch = False

    def __next__(self):
        if not self.repeat and self.epoch > 0:
            raise StopIteration
        piece = slice(self.position, self.position + self.length)
        self.position += self.length
        self.is_new_epoch = self.position >= self.x.shape[1]
        if self.is_new_epoch:
            self.epoch += 1
            self.position = 0
        return list(zip(self.x[:, piece], self.t[:, piece]))

    @property
    def epoch_detail(self):
        return self.epoch + self.position / self.x.shape[1]

    def serialize(self, serializer):
        self.epoch = serializer('epoch', self.epoch)
        self.position = serializer('position', self.position)


class BPTTUpdater(training.StandardUpdater):
    """Backpropagation through time, truncated to the pieces of a text.

    The state of the network goes on from piece to piece, so that it can
    remember for longer than the gradient goes back.
    """

    def __init__(self, train_iter, optimizer, device):
        super(BPTTUpdater, self).__init__(
            train_iter, optimizer, device=device)
        rnn = optimizer.target
        self.layers = {'l1': rnn.l1, 'l2': rnn.l2}
        for layer in self.layers.values():
            shape = train_iter.batch_size, layer.state_size
            layer.set_state(*[
                chainer.Variable(np.zeros(shape, np.float32))
                for _ in range(2)])

    def update_core(self):
        train_iter = self.get_iterator('main')
        optimizer = self.get_optimizer('main')
        model = optimizer.target
        x, t = self.converter(train_iter.next(), self.device)
        loss = model(chainer.Variable(x), chainer.Variable(t))

        model.cleargrads()
        loss.backward()
        # The state forgets how it was computed. Without this line, the graph
        # would reach back to the beginning of the text.
        loss.unchain_backward()
        optimizer.update()

    def serialize(self, serializer):
        super(BPTTUpdater, self).serialize(serializer)
        # A model is saved without its state, but a training that resumes in
        # the middle of the text has to remember what it has read.
        for name, layer in self.layers.items():
            serializer['state:' + name]('c', layer.c.data)
            serializer['state:' + name]('h', layer.h.data)


def make_text(ids, words):
    """Writes sentences of words as people do, each on a line."""
    lines = []
    for line in ' '.join([words[i] for i in ids.tolist()]).split('<eos>'):
        line = ' '.join([word.capitalize() if word in NAMES else word
                         for word in line.split()])
        if line:
            end = '' if line.endswith('?') else '.'
            lines.append(line[0].upper() + line[1:].replace(' ?', '?') + end)
    return '\n'.join(lines) + '\n'


def get_sentences():
    """Returns generated texts to train on and to validate with.

    The third thing returned is the best loss possible with the second: the
    probability of each sentence is known.
    """
    grammar = datasets.get_sentences_grammar()
    train, val, _ = datasets.get_sentences()
    words = list(grammar.vocabulary)
    text = make_text(val, words)
    return (make_text(train, words), text,
            -grammar.log_probability(val) / len(text))


def read_text(path, n_least):
    """Returns the same for a file, of which the last tenth is to validate."""
    if os.path.isdir(path):
        path = os.path.join(path, 'input.txt')
    with open(path, encoding='utf-8') as f:
        try:
            text = f.read()
        except ValueError as error:
            raise ValueError(
                f'{path} is not a text in UTF-8: {error}') from error
    n_val = len(text) // 10
    if n_val < n_least:
        raise ValueError(
            f'{path} is too short: a tenth of it, {n_val} characters, is to '
            f'validate with, which takes {n_least} (more than --batchsize)')
    return text[:-n_val], text[-n_val:], None


def encode(text, characters):
    ids = {character: i for i, character in enumerate(characters)}
    return np.array([ids[character] for character in text], np.int32)


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--input', '--data_dir', '-i', metavar='PATH',
                        help='text file in UTF-8, or directory with a file '
                             'input.txt; by default generated sentences')
    parser.add_argument('--batchsize', '-b', type=int, default=50,
                        help='number of places where the text is read at once')
    parser.add_argument('--bproplen', '-l', type=int, default=50,
                        help='number of characters through which the gradient '
                             'goes back')
    parser.add_argument('--dropout', type=float, default=0,
                        help='part of the units that dropout sets to zero')
    parser.add_argument('--epoch', '-e', type=int, default=5,
                        help='number of sweeps over the text')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--gradclip', '-c', type=float, default=5,
                        help='largest norm of the gradient')
    parser.add_argument('--lr', type=float, default=0.002,
                        help='step size of Adam')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the model, the log, the curves and '
                             'the snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--unit', '-u', type=int, default=128,
                        help='number of units of an LSTM layer')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    args = parser.parse_args()
    for name in 'batchsize', 'bproplen', 'epoch', 'unit':
        if getattr(args, name) < 1:
            parser.error(f'--{name} must be at least 1')
    if not 0 <= args.dropout < 1:
        parser.error('--dropout must be from 0 on, and less than 1')
    return args


def main():
    args = parse_args()
    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)

    try:
        train, val, best = (
            read_text(args.input, args.batchsize + 1) if args.input
            else get_sentences())
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    characters = ''.join(sorted(set(train + val)))
    print(f'GPU: {args.gpu}')
    print(f'# text: {len(train)} characters, {len(characters)} different ones')
    if best is not None:
        print(f'# best possible validation/main/loss: {best:.4f}')
    print('')

    train_iter = PieceIterator(
        encode(train, characters), args.batchsize, args.bproplen)
    val_iter = PieceIterator(
        encode(val, characters), args.batchsize, args.bproplen, repeat=False)

    model = CharRNN(characters, args.unit, args.dropout)
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
        model.to_gpu()

    optimizer = chainer.optimizers.Adam(alpha=args.lr)
    optimizer.setup(model)
    optimizer.add_hook(chainer.optimizer.GradientClipping(args.gradclip))

    updater = BPTTUpdater(train_iter, optimizer, args.gpu)
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    # The copy has the same parameters, but a state of its own.
    eval_model = model.copy()
    eval_model.dropout = 0
    trainer.extend(extensions.Evaluator(
        val_iter, eval_model, device=args.gpu,
        eval_hook=lambda _: eval_model.reset_state()))
    trainer.extend(extensions.snapshot())
    # Not the state of the training, but what sample.py needs
    trainer.extend(
        extensions.snapshot_object(
            model, 'model_epoch_{.updater.epoch}.npz',
            trigger=(1, 'epoch')))
    trainer.extend(extensions.LogReport())
    trainer.extend(extensions.PrintReport(
        ['epoch', 'iteration', 'main/loss', 'validation/main/loss']))
    trainer.extend(extensions.ProgressBar(update_interval=10))
    if extensions.PlotReport.available():
        trainer.extend(extensions.PlotReport(
            ['main/loss', 'validation/main/loss'], 'epoch',
            file_name='loss.png'))

    if args.resume:
        try:
            chainer.serializers.load_npz(args.resume, trainer)
        except (OSError, KeyError, TypeError, ValueError) as error:
            sys.exit(f'cannot resume: {error}\n'
                     f'The text, --unit and --batchsize must be those of the '
                     f'training that is resumed')

    trainer.run()
    chainer.serializers.save_npz(os.path.join(args.out, 'model.npz'), model)


if __name__ == '__main__':
    main()
