"""Layers and models: functions together with their parameters."""
from chainer.links.connection.linear import Linear
from chainer.links.connection.parameter import Parameter
from chainer.links.model.classifier import Classifier
