#!/usr/bin/env python
"""Learns vectors of words from the company that they keep.

The text is the Penn Treebank, or generated sentences, which take no download.
Words that stand in the same places get similar vectors; search.py finds them:

  train_word2vec.py --dataset sentences --epoch 1
  search.py man kitchen
"""
import argparse
import os
import random

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import datasets, training
from chainer.training import extensions


class ContinuousBoW(chainer.Chain):
    """Predicts a word by the mean of the vectors of the words around it."""

    def __init__(self, n_vocab, n_units, loss_func):
        super(ContinuousBoW, self).__init__(
            embed=make_embedding(n_vocab, n_units),
            loss_func=loss_func,
        )

    def __call__(self, center, context):
        n_context = context.data.shape[1]
        h = F.sum(self.embed(context), axis=1) * (1. / n_context)
        loss = self.loss_func(h, center) / len(center.data)
        chainer.report({'loss': loss}, self)
        return loss


class SkipGram(chainer.Chain):
    """Predicts each of the words around a word by the vector of that word."""

    def __init__(self, n_vocab, n_units, loss_func):
        super(SkipGram, self).__init__(
            embed=make_embedding(n_vocab, n_units),
            loss_func=loss_func,
        )

    def __call__(self, center, context):
        n_batch, n_context = context.data.shape
        h = self.embed(center)
        n_units = h.data.shape[1]
        # The same vector for all words of its context
        h = F.broadcast_to(
            F.expand_dims(h, 1), (n_batch, n_context, n_units))
        h = F.reshape(h, (n_batch * n_context, n_units))
        t = F.reshape(context, (n_batch * n_context,))
        loss = self.loss_func(h, t) / (n_batch * n_context)
        chainer.report({'loss': loss}, self)
        return loss


class SoftmaxCrossEntropyLoss(chainer.Chain):
    """Sum of the losses of a batch by plain softmax, over all words."""

    def __init__(self, n_units, n_vocab):
        super(SoftmaxCrossEntropyLoss, self).__init__(
            # Zeros: before the first update all words are equally probable.
            out=L.Linear(n_units, n_vocab, initialW=0),
        )

    def __call__(self, x, t):
        return F.softmax_cross_entropy(self.out(x), t) * len(t.data)


def make_embedding(n_vocab, n_units):
    return L.EmbedID(n_vocab, n_units, initialW=chainer.initializers.Uniform(
        1. / n_units))


def make_loss(out_type, counts, n_units, n_negative):
    """Returns what computes the loss; it has the parameters of the output."""
    if out_type == 'hsm':
        tree = L.BinaryHierarchicalSoftmax.create_huffman_tree(
            dict(enumerate(counts)))
        loss_func = L.BinaryHierarchicalSoftmax(n_units, tree)
        loss_func.W.data[...] = 0
    elif out_type == 'ns':
        loss_func = L.NegativeSampling(n_units, counts, n_negative)
    else:
        loss_func = SoftmaxCrossEntropyLoss(n_units, len(counts))
    return loss_func


class WindowConverter:
    """Makes a batch of words and their contexts of a batch of positions.

    The number of words on each side is drawn at random, up to ``window``, so
    that near words have more weight than far ones. It is one number for the
    whole batch: the contexts then make an array.
    """

    def __init__(self, text, window):
        self.text = text
        self.window = window

    def get_positions(self):
        """Positions of words that have a whole window around them."""
        return np.arange(self.window, len(self.text) - self.window)

    def __call__(self, batch, device):
        positions = np.array(batch)
        w = np.random.randint(1, self.window + 1)
        offsets = np.concatenate([np.arange(-w, 0), np.arange(1, w + 1)])
        center = self.text[positions]
        context = self.text[positions[:, None] + offsets]
        if device >= 0:
            center = chainer.cuda.to_gpu(center, device)
            context = chainer.cuda.to_gpu(context, device)
        return center, context


def get_dataset(name):
    """Returns the texts for training and validation, and the words."""
    if name != 'sentences':
        try:
            words = datasets.get_ptb_words_vocabulary()
            return datasets.get_ptb_words()[:2], list(words)
        except OSError as error:
            if name == 'ptb':
                raise
            reason = str(error).split('. ')[0]
            print(f'The Penn Treebank is not at hand, so this trains on '
                  f'generated sentences ({reason}; --dataset ptb tells more)')
    words = datasets.get_sentences_vocabulary()
    return datasets.get_sentences()[:2], list(words)


def save_vectors(path, words, vectors):
    """Writes them as text: their number and size, then a line for each."""
    with open(path, 'w', encoding='utf-8') as f:
        print(*vectors.shape, file=f)
        for word, vector in zip(words, vectors):
            print(word, *vector, file=f)


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--unit', '-u', type=int, default=100,
                        help='number of elements of a vector')
    parser.add_argument('--window', '-w', type=int, default=5,
                        help='largest number of words on each side that are '
                             'the context of a word')
    parser.add_argument('--batchsize', '-b', type=int, default=1000,
                        help='number of words in each minibatch')
    parser.add_argument('--epoch', '-e', type=int, default=20,
                        help='number of sweeps over the training text')
    parser.add_argument('--model', '-m', default='skipgram',
                        choices=['skipgram', 'cbow'],
                        help='predict the context by the word, or the word by '
                             'its context ("continuous bag of words")')
    parser.add_argument('--out-type', '-o', default='hsm',
                        choices=['hsm', 'ns', 'original'],
                        help='how a word is predicted: by hierarchical '
                             'softmax, by negative sampling, or by a plain '
                             'softmax over all words')
    parser.add_argument('--negative-size', type=int, default=5,
                        help='number of negative samples of a word')
    parser.add_argument('--out', default='result',
                        help='directory of the vectors, the log, the curves '
                             'and the snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--test', action='store_true',
                        help='train on a few words only, to see whether '
                             'everything works')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    parser.add_argument('--dataset', '-d', default='auto',
                        choices=['auto', 'ptb', 'sentences'],
                        help='text to train on: the Penn Treebank, or '
                             'generated sentences, which need no download; by '
                             'default the Penn Treebank if it can be had')
    args = parser.parse_args()
    for name in 'unit', 'window', 'batchsize', 'epoch', 'negative_size':
        if getattr(args, name) < 1:
            option = name.replace('_', '-')
            parser.error(f'--{option} must be at least 1')
    return args


def main():
    args = parse_args()
    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)

    (train, val), words = get_dataset(args.dataset)
    counts = np.bincount(train, minlength=len(words)).tolist()
    if args.test:
        n_test = 100 + 2 * args.window
        train, val = train[:n_test], val[:n_test]
    print(f'GPU: {args.gpu}')
    print(f'# vocabulary: {len(words)} words')
    print(f'# training text: {len(train)} words')
    print(f'# model: {args.model}, output: {args.out_type}')
    print('')

    loss_func = make_loss(
        args.out_type, counts, args.unit, args.negative_size)
    network = ContinuousBoW if args.model == 'cbow' else SkipGram
    model = network(len(words), args.unit, loss_func)
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
        model.to_gpu()

    optimizer = chainer.optimizers.Adam()
    optimizer.setup(model)

    # The examples are positions in the text; the converter looks there.
    convert_train = WindowConverter(train, args.window)
    convert_val = WindowConverter(val, args.window)
    train_iter = chainer.iterators.SerialIterator(
        convert_train.get_positions(), args.batchsize)
    val_iter = chainer.iterators.SerialIterator(
        convert_val.get_positions(), args.batchsize, repeat=False,
        shuffle=False)

    updater = training.StandardUpdater(
        train_iter, optimizer, converter=convert_train, device=args.gpu)
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    trainer.extend(extensions.Evaluator(
        val_iter, model, converter=convert_val, device=args.gpu))
    trainer.extend(extensions.snapshot())
    trainer.extend(extensions.LogReport())
    trainer.extend(extensions.PrintReport(
        ['epoch', 'main/loss', 'validation/main/loss']))
    trainer.extend(extensions.ProgressBar(update_interval=10))
    if extensions.PlotReport.available():
        trainer.extend(extensions.PlotReport(
            ['main/loss', 'validation/main/loss'], 'epoch',
            file_name='loss.png'))

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()

    save_vectors(os.path.join(args.out, 'word2vec.model'), words,
                 chainer.cuda.to_cpu(model.embed.W.data))


if __name__ == '__main__':
    main()
