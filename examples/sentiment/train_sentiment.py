#!/usr/bin/env python
"""Trains a recursive network to tell the sentiment of phrases."""
import argparse
import os
import random
import sys

import data
import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import training
from chainer.training import extensions


class RecursiveNet(chainer.Chain):
    """Makes a vector of each phrase of a tree, and of it a sentiment.

    The vector of a word is looked up. That of a longer phrase is computed from
    the vectors of its two parts, by the same layer everywhere.
    """

    def __init__(self, n_vocab, n_units, n_label):
        super(RecursiveNet, self).__init__(
            embed=L.EmbedID(n_vocab, n_units),
            l=L.Linear(n_units * 2, n_units),
            w=L.Linear(n_units, n_label),
        )

    def __call__(self, trees, volatile='off'):
        """Returns the mean loss of all nodes of the trees."""
        leaves = iter(self.leaves(trees, volatile))
        vectors, labels, roots = [], [], []
        for tree in trees:
            self.traverse(tree, leaves, vectors, labels)
            roots.append(len(vectors) - 1)
        t = self.xp.array(labels, np.int32)
        # All scores at once, which is faster than node by node
        y = self.label(F.concat(vectors, axis=0))
        loss = F.softmax_cross_entropy(y, chainer.Variable(t, volatile))
        correct = y.data.argmax(axis=1) == t
        chainer.report({
            'loss': loss,
            'accuracy': correct.mean(),
            'root_accuracy': correct[self.xp.array(roots)].mean()}, self)
        return loss

    def leaves(self, trees, volatile):
        # The gradient of a look-up is as large as the whole table of vectors,
        # so that a single one is made for all words.
        words = [leaf.word for tree in trees for leaf in data.leaves(tree)]
        x = chainer.Variable(self.xp.array(words, np.int32), volatile)
        return F.split_axis(
            self.embed(x), len(words), axis=0, force_tuple=True)

    def traverse(self, tree, leaves, vectors, labels):
        """Computes a tree. This is the network: each tree makes its own.

        The vectors and the labels of all nodes are appended to the lists, last
        those of the root, whose vector is returned.
        """
        if isinstance(tree, data.Leaf):
            v = next(leaves)
        else:
            left = self.traverse(tree.left, leaves, vectors, labels)
            right = self.traverse(tree.right, leaves, vectors, labels)
            v = self.node(left, right)
        vectors.append(v)
        labels.append(tree.label)
        return v

    def node(self, left, right):
        return F.tanh(self.l(F.concat((left, right))))

    def label(self, v):
        return self.w(v)


class TreeUpdater(training.StandardUpdater):
    """Gives trees to the network, which makes arrays of them itself."""

    def update_core(self):
        optimizer = self.get_optimizer('main')
        trees = self.get_iterator('main').next()
        optimizer.update(optimizer.target, trees)


class TreeEvaluator(extensions.Evaluator):
    """Evaluates all trees at once: with means over nodes, not over batches."""

    def evaluate(self):
        trees = self.get_iterator('main').dataset
        observation = {}
        with chainer.report_scope(observation):
            self.get_target('main')(trees, volatile='on')
        summary = chainer.reporter.DictSummary()
        summary.add(observation)
        return summary.compute_mean()


def get_dataset(directory):
    """Returns the training and the test trees."""
    if directory:
        return [data.read(os.path.join(directory, name))
                for name in ('train.txt', 'test.txt')]
    trees = data.generate(2000)
    return trees[:1600], trees[1600:]


def largest_label(tree):
    if isinstance(tree, data.Leaf):
        return tree.label
    return max(tree.label, largest_label(tree.left), largest_label(tree.right))


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--batchsize', '-b', type=int, default=25,
                        help='number of trees in each minibatch')
    parser.add_argument('--epoch', '-e', type=int, default=30,
                        help='number of sweeps over the training trees')
    parser.add_argument('--epocheval', '-p', type=int, default=5,
                        help='number of epochs from an evaluation on the test '
                             'trees to the next')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--label', '-l', type=int, default=5,
                        help='number of labels')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the log and the snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    parser.add_argument('--test', action='store_true',
                        help='use a few trees only, to see whether everything '
                             'works')
    parser.add_argument('--trees', metavar='DIR', default='',
                        help='directory of train.txt and test.txt, trees in '
                             'brackets, one in each line; without it they are '
                             'generated')
    parser.add_argument('--unit', '-u', type=int, default=30,
                        help='number of units, the size of the vectors')
    args = parser.parse_args()
    for name in 'batchsize', 'epoch', 'epocheval', 'label', 'unit':
        if getattr(args, name) < 1:
            parser.error(f'--{name} must be at least 1')
    return args


def main():
    args = parse_args()
    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)

    try:
        train, test = get_dataset(args.trees)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    if args.test:
        train, test = train[:50], test[:20]
    largest = max(map(largest_label, train + test))
    if largest >= args.label:
        sys.exit(f'there is a label {largest}: --label must be at least '
                 f'{largest + 1}')
    vocabulary = data.get_vocabulary(train)
    train, test = [[data.to_ids(tree, vocabulary) for tree in trees]
                   for trees in (train, test)]
    print(f'# training trees: {len(train)}')
    print(f'# test trees: {len(test)}')
    print(f'# vocabulary: {len(vocabulary)} words')
    print('')

    model = RecursiveNet(len(vocabulary), args.unit, args.label)
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
        model.to_gpu()

    optimizer = chainer.optimizers.AdaGrad(lr=0.1)
    optimizer.setup(model)
    optimizer.add_hook(chainer.optimizer.WeightDecay(0.0001))

    train_iter = chainer.iterators.SerialIterator(train, args.batchsize)
    test_iter = chainer.iterators.SerialIterator(
        test, args.batchsize, repeat=False, shuffle=False)
    updater = TreeUpdater(train_iter, optimizer, device=args.gpu)
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    evaluator = TreeEvaluator(test_iter, model, device=args.gpu)
    every = args.epocheval, 'epoch'
    trainer.extend(evaluator, trigger=every)
    trainer.extend(extensions.snapshot(), trigger=every)
    trainer.extend(extensions.LogReport(trigger=every))
    trainer.extend(extensions.PrintReport(
        ['epoch', 'main/loss', 'validation/main/loss',
         'main/accuracy', 'validation/main/accuracy',
         'main/root_accuracy', 'validation/main/root_accuracy']),
        trigger=every)
    trainer.extend(extensions.ProgressBar(update_interval=10))
    if extensions.PlotReport.available():
        trainer.extend(extensions.PlotReport(
            ['main/accuracy', 'validation/main/accuracy',
             'main/root_accuracy', 'validation/main/root_accuracy'],
            'epoch', trigger=every, file_name='accuracy.png'))

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()

    result = evaluator()
    print(f"test accuracy of all phrases: "
          f"{result['validation/main/accuracy']:.3f}")
    print(f"test accuracy of sentences:   "
          f"{result['validation/main/root_accuracy']:.3f}")


if __name__ == '__main__':
    main()
