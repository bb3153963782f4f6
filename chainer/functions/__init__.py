"""Functions on variables, one file each.

A plain function (``relu``) makes and applies a
:class:`~chainer.Function` (``ReLU``).
"""
from chainer.functions.activation.log_softmax import LogSoftmax, log_softmax
from chainer.functions.activation.lstm import LSTM, lstm
from chainer.functions.activation.relu import ReLU, relu
from chainer.functions.activation.sigmoid import Sigmoid, sigmoid
from chainer.functions.activation.softmax import Softmax, softmax
from chainer.functions.activation.tanh import Tanh, tanh
from chainer.functions.array.broadcast import (
    Broadcast, BroadcastTo, broadcast, broadcast_to)
from chainer.functions.array.get_item import GetItem, get_item
from chainer.functions.array.reshape import Reshape, reshape
from chainer.functions.connection.embed_id import embed_id
from chainer.functions.connection.linear import linear
from chainer.functions.evaluation.accuracy import Accuracy, accuracy
from chainer.functions.loss.softmax_cross_entropy import (
    SoftmaxCrossEntropy, softmax_cross_entropy)
from chainer.functions.math.basic_math import absolute as abs
from chainer.functions.math.identity import Identity, identity
from chainer.functions.math.sum import Sum, sum
from chainer.functions.noise.dropout import Dropout, dropout

# Until v1.4 the functions with parameters lived here; they are links now.
from chainer.links.connection.embed_id import EmbedID
from chainer.links.connection.linear import Linear
from chainer.links.connection.parameter import Parameter
