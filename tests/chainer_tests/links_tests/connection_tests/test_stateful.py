import unittest
import weakref
from unittest import mock

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import cuda, testing
from chainer.testing import attr


def make_batches(sizes):
    random = numpy.random.RandomState(1)
    return [random.randn(n, 3).astype('f') for n in sizes]


def get_state(link):
    return [getattr(link, name) for name in link.state_names]


@testing.parameterize(
    {'make': L.StatefulGRU, 'names': ('h',)},
    {'make': L.StatefulPeepholeLSTM, 'names': ('c', 'h')},
)
class TestStatefulChain(unittest.TestCase):

    def setUp(self):
        self.link = self.make(3, 2)
        self.batches = make_batches([4, 4, 4])

    def check_state_is(self, state):
        for mine, theirs in zip(get_state(self.link), state):
            self.assertIs(mine, theirs)

    def test_names(self):
        self.assertEqual(self.link.state_names, self.names)

    def test_reset_state(self):
        first = [self.link(x).data for x in self.batches]
        self.assertFalse((self.link(self.batches[0]).data == first[0]).any())
        self.link.reset_state()
        self.check_state_is([None, None])
        for x, expected in zip(self.batches, first):
            numpy.testing.assert_array_equal(self.link(x).data, expected)

    # Moves, with copies in the place of the device.

    def test_stay(self):
        self.link(self.batches[0])
        state = get_state(self.link)
        self.assertIs(self.link.to_cpu(), self.link)
        self.check_state_is(state)

    def test_move(self):
        self.link(self.batches[0])
        twin = self.link.copy()
        with mock.patch.object(cuda, 'to_cpu', numpy.copy):
            self.link.to_cpu()
        for old, new in zip(get_state(twin), get_state(self.link)):
            self.assertIsNot(old, new)
            self.assertFalse(numpy.shares_memory(old.data, new.data))
            numpy.testing.assert_array_equal(old.data, new.data)
            self.assertIs(old.volatile, new.volatile)

    @attr.gpu
    def test_move_to_a_device(self):
        self.link(self.batches[0])
        state = get_state(self.link)
        self.assertIs(self.link.to_gpu(), self.link)
        for old, new in zip(state, get_state(self.link)):
            self.assertIsNot(old, new)
            self.assertIsInstance(new.data, cuda.ndarray)
            numpy.testing.assert_array_equal(old.data, new.data.get())

    def test_move_without_state(self):
        self.link.to_cpu()
        self.check_state_is([None, None])

    def test_state_follows_the_link(self):
        self.link(self.batches[0])
        state = get_state(self.link)
        with mock.patch.object(cuda, 'to_cpu', numpy.copy):
            self.link.set_state(*state)
        for old, new in zip(state, get_state(self.link)):
            self.assertIsNot(old, new)

    # Volatile and not.

    def test_volatile(self):
        x = chainer.Variable(self.batches[0], volatile='on')
        for _ in range(2):
            self.assertIs(self.link(x).volatile, chainer.ON)
            for state in get_state(self.link):
                self.assertIsNone(state.creator)

    def check_mix(self, first, second, message):
        self.link(chainer.Variable(self.batches[0], volatile=first))
        state = get_state(self.link)
        with self.assertRaisesRegex(ValueError, message):
            self.link(chainer.Variable(self.batches[1], volatile=second))
        self.check_state_is(state)

    def test_volatile_step_after_others(self):
        self.check_mix('off', 'on', 'flag of x is ON, but that of the state '
                                    r'. is OFF\. Call reset_state\(\)')

    def test_volatile_steps_before_others(self):
        self.check_mix('on', 'off', 'flag of x is OFF, but that of the state '
                                    r'. is ON\. Call reset_state\(\)')

    def test_automatic_goes_with_both(self):
        for volatile in 'on', 'off', 'auto':
            self.link.reset_state()
            self.link(chainer.Variable(self.batches[0], volatile=volatile))
            self.assertEqual(self.link(self.batches[1]).volatile, volatile)

    # The graph behind the state.

    def check_old_graph_dies(self, sizes):
        loss, graph = 0, []
        for t, x in enumerate(make_batches(sizes)):
            y = self.link(chainer.Variable(x))
            graph += [weakref.ref(y), weakref.ref(y.creator)]
            loss += F.sum(y)
            if t % 10 == 9:
                del y
                self.link.cleargrads()
                loss.backward()
                loss.unchain_backward()
                loss = 0
                alive = sum(ref() is not None for ref in graph)
                # The last output, which the state may be made of.
                self.assertLessEqual(alive, 1)

    def test_old_graph_dies(self):
        self.check_old_graph_dies([4] * 30)
        self.assertEqual([v.creator for v in get_state(self.link)],
                         [None] * len(self.names))

    def test_old_graph_dies_with_shrinking_batches(self):
        self.check_old_graph_dies(
            sorted(numpy.arange(30) % 7 + 1, reverse=True))

    def test_rows_that_have_ended_keep_the_gradient(self):
        self.link(self.batches[0])
        before = self.link.h
        self.link(self.batches[1][:1])
        self.link.h.grad = numpy.arange(8, dtype='f').reshape(4, 2)
        self.link.h.backward(retain_grad=True)
        numpy.testing.assert_array_equal(before.grad[1:],
                                         self.link.h.grad[1:])
        self.assertEqual(self.link.h.grad.tolist(),
                         [[0, 1], [2, 3], [4, 5], [6, 7]])
