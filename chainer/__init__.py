"""Chainer: a flexible framework of neural networks, define-by-run."""
from chainer import computational_graph
from chainer import cuda
from chainer import dataset
from chainer import datasets
from chainer import flag
from chainer import function
from chainer import function_hooks
from chainer import function_set
from chainer import functions
from chainer import gradient_check
from chainer import initializer
from chainer import initializers
from chainer import iterators
from chainer import link
from chainer import links
from chainer import mode
from chainer import optimizer
from chainer import optimizers
from chainer import reporter
from chainer import serializer
from chainer import serializers
from chainer import training
from chainer import utils
from chainer import variable

from chainer.flag import AUTO, OFF, ON, Flag
from chainer.function import Function
from chainer.function_set import FunctionSet
from chainer.functions.array import get_item
from chainer.functions.math import basic_math
from chainer.initializer import Initializer
from chainer.initializers import init_weight
from chainer.link import Chain, ChainList, Link
from chainer.mode import (
    DebugMode, get_function_hooks, is_debug, set_debug, thread_local)
from chainer.optimizer import GradientMethod, Optimizer
from chainer.reporter import (
    DictSummary, Reporter, Summary, get_current_reporter, report,
    report_scope)
from chainer.serializer import AbstractSerializer, Deserializer, Serializer
from chainer.variable import Variable

__version__ = '1.14.0'

#: Set it to ``True`` to do without warnings about what may still change.
disable_experimental_feature_warning = False

# Operators of variables are functions, and functions work on variables: the
# modules of functions import chainer.variable, so the operators are put in
# from above.
basic_math.install_variable_arithmetics()
get_item.install_variable_get_item()
