"""Layers and models: functions together with their parameters."""
from chainer.links.connection.embed_id import EmbedID
from chainer.links.connection.linear import Linear
from chainer.links.connection.lstm import LSTM, StatelessLSTM
from chainer.links.connection.parameter import Parameter
from chainer.links.model.classifier import Classifier
