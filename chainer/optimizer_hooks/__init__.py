from chainer.optimizer_hooks.gradient_clipping import GradientClipping
from chainer.optimizer_hooks.gradient_hard_clipping import (
    GradientHardClipping)
from chainer.optimizer_hooks.gradient_noise import (
    exponential_decay_noise, GradientNoise)
from chainer.optimizer_hooks.lasso import Lasso
from chainer.optimizer_hooks.weight_decay import WeightDecay
