"""The learning curve of a short run of the mnist example."""
import io
import json
import pathlib
import random
import sys
import tempfile

import numpy as np
from matplotlib import figure

import chainer

EXAMPLE = pathlib.Path(__file__).parents[2] / 'examples' / 'mnist'


def train(out):
    """Runs the example on a part of its digits, and returns its log."""
    sys.path.insert(0, str(EXAMPLE))
    import train_mnist

    random.seed(0)
    np.random.seed(0)
    model = chainer.links.Classifier(train_mnist.MLP(784, 100, 10))
    optimizer = chainer.optimizers.Adam()
    optimizer.setup(model)
    training, test = chainer.datasets.get_digits()
    iterator = chainer.iterators.SerialIterator(training[:5000], 100)
    updater = chainer.training.StandardUpdater(iterator, optimizer)
    trainer = chainer.training.Trainer(updater, (20, 'epoch'), out=out)
    trainer.extend(chainer.training.extensions.Evaluator(
        chainer.iterators.SerialIterator(
            test[:2000], 500, repeat=False, shuffle=False), model))
    trainer.extend(chainer.training.extensions.LogReport())
    trainer.run()
    return json.loads(pathlib.Path(out, 'log').read_text())


def draw():
    with tempfile.TemporaryDirectory() as out:
        log = train(out)
    epochs = [entry['epoch'] for entry in log]
    picture = figure.Figure((5.4, 2.8), layout='constrained')
    for axes, name in zip(picture.subplots(1, 2), ('loss', 'accuracy')):
        axes.plot(epochs, [entry[f'main/{name}'] for entry in log],
                  color='#3f73b5', label='training')
        axes.plot(epochs, [entry[f'validation/main/{name}'] for entry in log],
                  color='#c0503f', label='test')
        axes.set_title(name)
        axes.set_xlabel('epoch')
        axes.set_xticks(range(0, 21, 5))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    text = io.StringIO()
    picture.savefig(text, format='svg')
    return text.getvalue()
