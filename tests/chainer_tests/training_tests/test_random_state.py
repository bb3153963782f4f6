import json
import random
import unittest

import numpy

from chainer import cuda
from chainer.testing import attr
from chainer.training import random_state


def draw():
    # The normal distributions keep every second number for the next call.
    return (numpy.random.rand(), numpy.random.randn(),
            numpy.random.permutation(5).tolist(),
            random.random(), random.gauss(0, 1), random.randrange(1000))


class TestRandomState(unittest.TestCase):

    def setUp(self):
        self.python_state = random.getstate()
        self.numpy_state = numpy.random.get_state()

    def tearDown(self):
        random.setstate(self.python_state)
        numpy.random.set_state(self.numpy_state)

    def test_restore(self):
        for seed in range(3):
            numpy.random.seed(seed)
            random.seed(seed)
            for _ in range(4):
                text = random_state.dump()
                expected = [draw() for _ in range(3)]
                random_state.restore(text)
                self.assertEqual([draw() for _ in range(3)], expected)

    def test_dump_changes_nothing(self):
        numpy.random.seed(0)
        random.seed(0)
        expected = [draw() for _ in range(3)]
        numpy.random.seed(0)
        random.seed(0)
        found = []
        for _ in range(3):
            random_state.dump()
            found.append(draw())
        self.assertEqual(found, expected)

    def test_text_is_plain_json(self):
        states = json.loads(random_state.dump())
        self.assertLessEqual({'numpy', 'python'}, set(states))
        self.assertEqual(states['numpy']['bit_generator'], 'MT19937')

    def test_state_of_another_generator(self):
        states = json.loads(random_state.dump())
        states['numpy']['bit_generator'] = 'PCG64'
        before = random.getstate()
        with self.assertRaisesRegex(ValueError, 'MT19937'):
            random_state.restore(json.dumps(states))
        self.assertEqual(random.getstate(), before)

    def test_other_generators_behind_numpy_random(self):
        names = 'PCG64', 'Philox', 'SFC64', 'PCG64DXSM'
        old = numpy.random.get_bit_generator()
        try:
            for name in names:
                numpy.random.set_bit_generator(
                    getattr(numpy.random, name)(1))
                draw()
                text = random_state.dump()
                expected = [draw() for _ in range(3)]
                random_state.restore(text)
                self.assertEqual([draw() for _ in range(3)], expected)
        finally:
            numpy.random.set_bit_generator(old)


@attr.multi_gpu(2)
class TestRandomStateOfDevices(unittest.TestCase):

    def setUp(self):
        cuda.cupy.random.reset_states()
        self.addCleanup(cuda.cupy.random.reset_states)
        self.addCleanup(random.setstate, random.getstate())
        self.addCleanup(numpy.random.set_state, numpy.random.get_state())

    def draw(self):
        numbers = [random.random()]
        for device_id in (0, 1):
            with cuda.Device(device_id):
                numbers.append(cuda.cupy.random.normal(size=3).tolist())
        return numbers

    def check_restores(self):
        text = random_state.dump()
        expected = [self.draw() for _ in range(2)]
        random_state.restore(text)
        self.assertEqual([self.draw() for _ in range(2)], expected)
        # As another process would do it.
        cuda.cupy.random.reset_states()
        random_state.restore(text)
        self.assertEqual([self.draw() for _ in range(2)], expected)

    def test_restore(self):
        self.draw()
        self.check_restores()

    def test_restore_of_devices_not_used_before(self):
        self.check_restores()
        with cuda.Device(1):
            cuda.cupy.random.rand(3)
        self.check_restores()

    def test_text_of_a_machine_without_devices(self):
        self.draw()
        states = json.loads(random_state.dump())
        del states['cupy']
        random.seed(1)
        text = json.dumps(dict(states, python=random.getstate()))
        expected = random.random()
        random_state.restore(text)
        self.assertEqual(self.draw()[0], expected)
