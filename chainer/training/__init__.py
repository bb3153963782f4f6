"""The training loop: Trainer, what it updates, extends and when."""
from chainer.training import extensions
from chainer.training import triggers
from chainer.training.extension import Extension
from chainer.training.extension import make_extension
from chainer.training.extension import PRIORITY_EDITOR
from chainer.training.extension import PRIORITY_READER
from chainer.training.extension import PRIORITY_WRITER
from chainer.training.trainer import Trainer
from chainer.training.trigger import get_trigger
from chainer.training.trigger import IntervalTrigger
from chainer.training.updater import ParallelUpdater
from chainer.training.updater import StandardUpdater
from chainer.training.updater import Updater
