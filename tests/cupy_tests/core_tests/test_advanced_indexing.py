import random
import unittest

import numpy

import cupy
from cupy.core import indexing
from cupy import testing

SHAPES = [(), (4,), (3, 4), (0, 3), (2, 3, 4), (2, 3, 2, 3)]


def expressions(seed, number):
    """Yields shapes and random index expressions of all kinds."""
    source = random.Random(seed)
    for _ in range(number):
        shape = source.choice(SHAPES)
        items = []
        axis = 0
        common = source.choice([(), (1,), (2,), (3, 2), (0,)])
        while axis < len(shape) and source.random() < 0.9:
            kind = source.choice(
                ['int', 'slice', 'none', 'array', 'array', 'mask', 'bool'])
            if kind == 'int' and shape[axis]:
                items.append(source.randrange(-shape[axis], shape[axis]))
            elif kind == 'none':
                items.append(None)
                continue
            elif kind == 'bool' and source.random() < 0.2:
                items.append(source.choice(
                    [True, numpy.array(True), numpy.array(False)]))
                continue
            elif kind == 'array' and (shape[axis] or 0 in common):
                items.append(_indices(source, shape[axis], common))
            elif kind == 'mask' and source.random() < 0.5:
                ndim = source.randint(1, len(shape) - axis)
                size = shape[axis:axis + ndim]
                items.append(numpy.array([
                    source.random() < 0.4 for _ in range(
                        int(numpy.prod(size)))], dtype=bool).reshape(size))
                axis += ndim - 1
            else:
                ends = [None, *range(-shape[axis] - 1, shape[axis] + 2)]
                items.append(slice(source.choice(ends), source.choice(ends),
                                   source.choice([None, 1, 2, -1, -2])))
            axis += 1
        if source.random() < 0.3:
            items.insert(source.randint(0, len(items)), Ellipsis)
            # What follows an ellipsis counts from the last axis.
            items = items if axis == len(shape) else [
                item for item in items if item is not Ellipsis]
        yield shape, tuple(items)


def _indices(source, extent, common):
    # Any shape that is broadcast to the common one.
    shape = common[source.randint(0, len(common)):]
    shape = tuple(n if source.random() < 0.8 else 1 for n in shape)
    count = int(numpy.prod(shape))
    if extent == 0:
        return numpy.zeros((*shape, 0), numpy.int64)
    dtype = source.choice([numpy.int32, numpy.int64])
    return numpy.array([source.randrange(-extent, extent)
                        for _ in range(count)], dtype=dtype).reshape(shape)


def on_device(items):
    return tuple(cupy.array(item) if isinstance(item, numpy.ndarray) else item
                 for item in items)


def outcome(function):
    try:
        return function(), None
    except (IndexError, ValueError, TypeError) as error:
        return None, error


class TestRandomExpressions(unittest.TestCase):

    def check_get(self, place):
        for k, (shape, items) in enumerate(expressions(0, 400)):
            with self.subTest(shape=shape, items=items):
                x = testing.shaped_arange(shape, numpy, numpy.float32)
                d = cupy.array(x)
                if len(shape) > 1 and k % 3 == 0:  # other strides
                    x, d = x.swapaxes(0, -1), d.swapaxes(0, -1)
                    x, d = x.swapaxes(0, -1).copy(), d.swapaxes(0, -1)
                expected, error = outcome(lambda: x[items])
                actual, our_error = outcome(lambda: d[place(items)])
                if error is not None:
                    self.assertIs(type(our_error), type(error))
                    continue
                if our_error is not None:
                    raise our_error
                self.assertEqual(actual.dtype, x.dtype)
                numpy.testing.assert_array_equal(actual.get(), expected)

    def test_get_by_arrays_of_device(self):
        self.check_get(on_device)

    def test_get_by_arrays_of_host(self):
        self.check_get(lambda items: items)
