"""Iterators: the order in which a data set is read, batch by batch."""
from chainer.iterators.multiprocess_iterator import MultiprocessIterator
from chainer.iterators.serial_iterator import SerialIterator
