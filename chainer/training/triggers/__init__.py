"""When an extension is called: triggers that watch a value."""
from chainer.training.triggers.best_value_trigger import MaxValueTrigger
from chainer.training.triggers.best_value_trigger import MinValueTrigger
