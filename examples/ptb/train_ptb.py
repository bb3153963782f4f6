#!/usr/bin/env python
"""Trains a recurrent network to predict the next word of a text.

The text is the Penn Treebank, or one of your own, or it is generated. That one
takes no download, and the best possible perplexity is known: within a few
minutes on two cores, the network comes as close as 2 % to it by

  train_ptb.py --dataset sentences --unit 200 --epoch 5 --lrdecay 0.5

The model can then write such text itself:

  gentxt.py --unit 200 --length 100
"""
import argparse
import collections
import os
import random
import sys

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import datasets, training
from chainer.training import extensions

EOS = '<eos>'
UNKNOWN = '<unk>'
N_VOCABULARY = 10000  # as many words as that of the Penn Treebank has


class RNNForLM(chainer.Chain):
    """From each word to scores of the next one, by two layers of LSTM.

    The words are saved together with the parameters: the file of a model is
    all that it takes to generate text.
    """

    def __init__(self, words, n_units, train=True):
        super(RNNForLM, self).__init__(
            embed=L.EmbedID(len(words), n_units),
            l1=L.LSTM(n_units, n_units),
            l2=L.LSTM(n_units, n_units),
            l3=L.Linear(n_units, len(words)),
        )
        for param in self.params():
            param.data[...] = np.random.uniform(-0.1, 0.1, param.data.shape)
        self.add_persistent('words', ' '.join(words))
        self.train = train

    def reset_state(self):
        self.l1.reset_state()
        self.l2.reset_state()

    def __call__(self, x):
        h0 = self.embed(x)
        h1 = self.l1(F.dropout(h0, train=self.train))
        h2 = self.l2(F.dropout(h1, train=self.train))
        return self.l3(F.dropout(h2, train=self.train))


class ParallelSequentialIterator(chainer.dataset.Iterator):
    """Reads a text from several places at once.

    A batch has a pair for each place: a word and the word after it. The next
    batch has the words that follow.
    """

    def __init__(self, dataset, batch_size, repeat=True):
        self.dataset = dataset
        self.batch_size = batch_size
        self.repeat = repeat
        self.offsets = np.arange(batch_size) * len(dataset) // batch_size
        self.epoch = 0
        self.is_new_epoch = False
        self.iteration = 0

    def __next__(self):
        if not self.repeat and self.epoch_detail >= 1:
            raise StopIteration
        words = self.get_words()
        self.iteration += 1
        next_words = self.get_words()
        self.is_new_epoch = self.epoch < int(self.epoch_detail)
        self.epoch = int(self.epoch_detail)
        return list(zip(words, next_words))

    @property
    def epoch_detail(self):
        return self.iteration * self.batch_size / len(self.dataset)

    def get_words(self):
        return self.dataset[
            (self.offsets + self.iteration) % len(self.dataset)]

    def serialize(self, serializer):
        self.iteration = serializer('iteration', self.iteration)
        self.epoch = serializer('epoch', self.epoch)


class BPTTUpdater(training.StandardUpdater):
    """Backpropagation through time, truncated to ``bprop_len`` words."""

    def __init__(self, train_iter, optimizer, bprop_len, device):
        super(BPTTUpdater, self).__init__(
            train_iter, optimizer, device=device)
        self.bprop_len = bprop_len
        rnn = optimizer.target.predictor
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
        loss = 0
        for _ in range(self.bprop_len):
            x, t = self.converter(train_iter.__next__(), self.device)
            loss += model(chainer.Variable(x), chainer.Variable(t))
        # In the place of what the model reported for the last words alone
        chainer.report({'loss': loss.data / self.bprop_len}, model)

        model.cleargrads()
        loss.backward()
        loss.unchain_backward()  # truncate
        optimizer.update()

    def serialize(self, serializer):
        super(BPTTUpdater, self).serialize(serializer)
        # A model is saved without its state. A training that resumes in the
        # middle of the text has to remember what it has read.
        for name, layer in self.layers.items():
            serializer['state:' + name]('c', layer.c.data)
            serializer['state:' + name]('h', layer.h.data)


def get_dataset(name):
    """Returns the texts, for training, validation and testing, and the words.

    The third thing returned is the grammar of the text, or ``None``.
    """
    if name != 'sentences':
        try:
            words = datasets.get_ptb_words_vocabulary()
            return datasets.get_ptb_words(), list(words), None
        except OSError as error:
            if name == 'ptb':
                raise
            reason = str(error).split('. ')[0]
            print(f'The Penn Treebank is not at hand, so this trains on '
                  f'generated sentences ({reason}; --dataset ptb tells more)')
    words = datasets.get_sentences_vocabulary()
    return (datasets.get_sentences(), list(words),
            datasets.get_sentences_grammar())


def read_dataset(path, n_least):
    """Returns the same for a file.

    Words are what is between spaces, and each line that is not blank ends with
    ``<eos>``. The first 80 % of the words are for training, the next 10 % for
    validation, the rest for testing. The vocabulary is the 10,000 most
    frequent words of the training text, less those that occur only once in it:
    they and all others are replaced by ``<unk>``.
    """
    text = []
    for line in map(str.split, read_lines(path)):
        if line:
            text += line + [EOS]
    n_train, n_valid = len(text) * 8 // 10, len(text) // 10
    if n_train < n_least or n_valid == 0:
        raise ValueError(
            f'{path} is too short: with ends of lines it has {len(text)} '
            f'words, of which {n_train} are to train on, but one update takes '
            f'{n_least} (--batchsize times --bproplen)')
    counts = collections.Counter(text[:n_train])
    frequent = [word for word, n in counts.most_common(N_VOCABULARY) if n > 1]
    words = list(dict.fromkeys([EOS, UNKNOWN] + frequent))[:N_VOCABULARY]
    ids = {word: i for i, word in enumerate(words)}
    text = np.array([ids.get(word, ids[UNKNOWN]) for word in text], np.int32)
    return np.split(text, [n_train, n_train + n_valid]), words, None


def read_lines(path):
    with open(path, 'rb') as f:
        data = f.read()
    try:
        if b'\0' in data:
            raise ValueError('it has null bytes')
        return data.decode('utf-8-sig').splitlines()
    except ValueError as error:
        raise ValueError(
            f'{path} is not a text in UTF-8: {error}') from error


def best_perplexity(grammar, text):
    """Returns the best perplexity possible, for the whole sentences."""
    end = np.flatnonzero(text == grammar.vocabulary[EOS])[-1] + 1
    return grammar.perplexity(text[:end])


def compute_perplexity(entry):
    entry['perplexity'] = np.exp(entry['main/loss'])
    if 'validation/main/loss' in entry:
        entry['val_perplexity'] = np.exp(entry['validation/main/loss'])


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--batchsize', '-b', type=int, default=20,
                        help='number of places where the text is read at once')
    parser.add_argument('--bproplen', '-l', type=int, default=35,
                        help='number of words through which the gradient goes '
                             'back')
    parser.add_argument('--epoch', '-e', type=int, default=39,
                        help='number of sweeps over the training text')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--gradclip', '-c', type=float, default=5,
                        help='largest norm of the gradient')
    parser.add_argument('--lrdecay', type=float, default=1,
                        help='what the learning rate, 1.0 at first, is '
                             'multiplied by after each epoch')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the log, the curves and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--test', action='store_true',
                        help='make two updates on a few words only, to see '
                             'whether everything works')
    parser.add_argument('--unit', '-u', type=int, default=650,
                        help='number of units of an LSTM layer')
    parser.add_argument('--model', '-m', default='model.npz',
                        help='file to save the model in, for gentxt.py')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    text = parser.add_mutually_exclusive_group()
    text.add_argument('--dataset', '-d', default='auto',
                      choices=['auto', 'ptb', 'sentences'],
                      help='text to train on: the Penn Treebank, or generated '
                           'sentences, which need no download; by default the '
                           'Penn Treebank if it can be had')
    text.add_argument('--text', metavar='FILE',
                      help='text of your own to train on, in UTF-8: words '
                           'with spaces between them, a sentence on each line')
    args = parser.parse_args()
    for name in 'batchsize', 'bproplen', 'epoch', 'unit':
        if getattr(args, name) < 1:
            parser.error(f'--{name} must be at least 1')
    for name in 'gradclip', 'lrdecay':
        if not getattr(args, name) >= 0:
            parser.error(f'--{name} must not be negative')
    if not os.path.isdir(os.path.dirname(args.model) or '.'):
        parser.error(f'--model: there is no directory for {args.model}')
    if os.path.isdir(args.model):
        parser.error(f'--model: {args.model} is a directory')
    return args


def resume(path, trainer, rnn, words):
    """Loads a snapshot, unless it is one of another training."""
    try:
        chainer.serializers.load_npz(path, trainer)
    except (OSError, KeyError, TypeError, ValueError) as error:
        sys.exit(f'cannot resume: {error}\n'
                 f'The text, --unit and --batchsize must be those of the '
                 f'training that is resumed')
    if rnn.words != ' '.join(words):
        sys.exit(f'{path} was trained on a text with other words')


def main():
    args = parse_args()
    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)

    if args.text:
        try:
            texts, words, grammar = read_dataset(
                args.text, args.batchsize * args.bproplen)
        except (OSError, ValueError) as error:
            sys.exit(str(error))
    else:
        texts, words, grammar = get_dataset(args.dataset)
    train, val, test = texts
    if args.test:
        train = train[:args.batchsize * args.bproplen]  # those of an update
        val, test = val[:100], test[:100]
        args.epoch = min(args.epoch, 2)
    print(f'# vocabulary: {len(words)} words')
    print(f'# training text: {len(train)} words')
    if grammar is not None:
        print(f'# best possible val_perplexity: '
              f'{best_perplexity(grammar, val):.3f}')
    print('')

    train_iter = ParallelSequentialIterator(train, args.batchsize)
    val_iter = ParallelSequentialIterator(val, 1, repeat=False)
    test_iter = ParallelSequentialIterator(test, 1, repeat=False)

    rnn = RNNForLM(words, args.unit)
    model = L.Classifier(rnn)
    model.compute_accuracy = False
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
        model.to_gpu()

    optimizer = chainer.optimizers.SGD(lr=1.0)
    optimizer.setup(model)
    optimizer.add_hook(chainer.optimizer.GradientClipping(args.gradclip))

    updater = BPTTUpdater(train_iter, optimizer, args.bproplen, args.gpu)
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    # The copy has the same parameters, but a state of its own.
    eval_model = model.copy()
    eval_rnn = eval_model.predictor
    eval_rnn.train = False
    trainer.extend(extensions.Evaluator(
        val_iter, eval_model, device=args.gpu,
        eval_hook=lambda _: eval_rnn.reset_state()))
    trainer.extend(
        extensions.ExponentialShift('lr', args.lrdecay), trigger=(1, 'epoch'))
    trainer.extend(extensions.snapshot())
    trainer.extend(extensions.LogReport(postprocess=compute_perplexity))
    trainer.extend(extensions.PrintReport(
        ['epoch', 'iteration', 'perplexity', 'val_perplexity']))
    trainer.extend(extensions.ProgressBar(update_interval=10))
    if extensions.PlotReport.available():
        trainer.extend(extensions.PlotReport(
            ['main/loss', 'validation/main/loss'], 'epoch',
            file_name='loss.png'))

    if args.resume:
        resume(args.resume, trainer, rnn, words)

    trainer.run()
    chainer.serializers.save_npz(args.model, model)

    eval_rnn.reset_state()
    evaluator = extensions.Evaluator(test_iter, eval_model, device=args.gpu)
    print(f"test perplexity: {np.exp(evaluator()['main/loss']):.3f}")
    if grammar is not None:
        print(f'best possible:   {best_perplexity(grammar, test):.3f}')


if __name__ == '__main__':
    main()
