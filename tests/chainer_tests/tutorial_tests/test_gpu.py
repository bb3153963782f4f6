"""The code of the tutorial's chapter "Using GPU(s) in Chainer"."""
import tempfile
import unittest
import warnings

import numpy as np

import chainer.functions as F
import chainer.links as L
from chainer import Chain, Variable, cuda, iterators, optimizers, training
from chainer.testing import attr
from chainer.training import extensions

cupy = cuda.cupy


class MLP(Chain):
    def __init__(self, n_in, n_units, n_out):
        super(MLP, self).__init__(
            l1=L.Linear(n_in, n_units),
            l2=L.Linear(n_units, n_units),
            l3=L.Linear(n_units, n_out),
        )

    def __call__(self, x):
        h1 = F.relu(self.l1(x))
        h2 = F.relu(self.l2(h1))
        y = self.l3(h2)
        return y


class ParallelMLP(Chain):
    def __init__(self, n_in, n_units, n_middle, n_out):
        super(ParallelMLP, self).__init__(
            mlp1_gpu0=MLP(n_in, n_units, n_middle).to_gpu(0),
            mlp1_gpu1=MLP(n_in, n_units, n_middle).to_gpu(1),
            mlp2_gpu0=MLP(n_middle, n_units, n_out).to_gpu(0),
            mlp2_gpu1=MLP(n_middle, n_units, n_out).to_gpu(1),
        )

    def __call__(self, x):
        # assume x is on GPU 0
        z0 = self.mlp1_gpu0(x)
        z1 = self.mlp1_gpu1(F.copy(x, 1))

        # sync
        h0 = F.relu(z0 + F.copy(z1, 0))
        h1 = F.relu(z1 + F.copy(z0, 1))

        y0 = self.mlp2_gpu0(h0)
        y1 = self.mlp2_gpu1(h1)

        # sync
        y = y0 + F.copy(y1, 0)
        return y


def make_data(n):
    """Vectors of twelve numbers; the class is the largest of three sums."""
    x = np.random.RandomState(0).randn(n, 12).astype(np.float32)
    t = x.reshape(n, 3, 4).sum(axis=2).argmax(axis=1).astype(np.int32)
    return x, t


@attr.gpu
class TestBasics(unittest.TestCase):

    @attr.multi_gpu(2)
    def test_current_device(self):
        with cupy.cuda.Device(1):
            x_on_gpu1 = cupy.array([1, 2, 3, 4, 5])
        self.assertEqual(x_on_gpu1.device.id, 1)
        with self.assertRaisesRegex(ValueError, 'device 1.*current.*0'):
            x_on_gpu1 + 1

    @attr.multi_gpu(2)
    def test_copies(self):
        x_cpu = np.ones((5, 4, 3), dtype=np.float32)
        x_gpu = cuda.to_gpu(x_cpu, device=1)
        with cupy.cuda.Device(1):
            same = cupy.array(x_cpu)
            self.assertTrue((x_gpu == same).all())
        for x in (x_gpu, same):
            self.assertEqual((x.device.id, x.dtype), (1, np.float32))
            back = cuda.to_cpu(x)
            np.testing.assert_array_equal(back, x_cpu, strict=True)
            with x.device:
                np.testing.assert_array_equal(x.get(), x_cpu, strict=True)

    @attr.multi_gpu(2)
    def test_get_device(self):
        self.addCleanup(cuda.get_device(0).use)
        cuda.get_device(1).use()
        x_gpu1 = cupy.empty((4, 3), dtype='f')  # 'f' indicates float32
        self.assertEqual(x_gpu1.device.id, 1)
        cuda.get_device(0).use()

        with cuda.get_device(1), warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            x_gpu1 = cuda.empty((4, 3), dtype='f')
        self.assertEqual(x_gpu1.device.id, 1)
        with cuda.get_device(x_gpu1):
            y_gpu1 = x_gpu1 + 1
        self.assertEqual(y_gpu1.device.id, 1)

    @attr.multi_gpu(2)
    def test_code_for_both(self):
        def add1(x):
            with cuda.get_device(x):
                return x + 1

        x = np.arange(3.)
        np.testing.assert_array_equal(add1(x), [1, 2, 3])
        y = add1(cuda.to_gpu(x, 1))
        self.assertEqual(y.device.id, 1)
        np.testing.assert_array_equal(y.get(), [1, 2, 3])


@attr.gpu
class TestSingleGPU(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)
        self.x_train, self.y_train = make_data(300)

    def make(self):
        model = L.Classifier(MLP(12, 20, 3))
        optimizer = optimizers.SGD(0.2)
        optimizer.setup(model)
        return model, optimizer

    def test_loop_by_hand(self):
        model, optimizer = self.make()
        x_train, y_train = self.x_train, self.y_train
        model.to_gpu()
        batchsize = 100
        datasize = len(x_train)
        losses = []
        for _ in range(20):
            indexes = np.random.permutation(datasize)
            for i in range(0, datasize, batchsize):
                x = Variable(cuda.to_gpu(x_train[indexes[i:i + batchsize]]))
                t = Variable(cuda.to_gpu(y_train[indexes[i:i + batchsize]]))
                optimizer.update(model, x, t)
                losses.append(float(model.loss.data))
        self.assertLess(losses[-1], losses[0] / 2)
        self.assertIsInstance(model.predictor.l1.W.data, cuda.ndarray)

    def test_trainer(self):
        model, optimizer = self.make()
        data = list(zip(self.x_train, self.y_train))
        train_iter = iterators.SerialIterator(data[:200], 20)
        test_iter = iterators.SerialIterator(
            data[200:], 20, repeat=False, shuffle=False)
        model.to_gpu(0)
        with tempfile.TemporaryDirectory() as out:
            updater = training.StandardUpdater(
                train_iter, optimizer, device=0)
            trainer = training.Trainer(updater, (20, 'epoch'), out=out)
            trainer.extend(extensions.Evaluator(test_iter, model, device=0))
            trainer.run()
            self.assertGreater(
                trainer.observation['validation/main/accuracy'], 0.8)


@attr.multi_gpu(2)
class TestModelParallel(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)

    def test_forward_and_backward(self):
        model = ParallelMLP(12, 5, 6, 3)
        x, _ = make_data(4)
        on_device = Variable(cuda.to_gpu(x, 0))
        y = model(on_device)
        self.assertEqual(y.data.device.id, 0)
        model.cleargrads()
        y.grad = cupy.ones_like(y.data)
        y.backward()
        grads = [cuda.to_cpu(p.grad) for p in model.params()]
        gx = on_device.grad.get()
        for param, name in zip(model.params(), model.namedparams()):
            self.assertEqual(param.grad.device.id, int('gpu1' in name[0]))

        # The same network in host memory
        model.to_cpu()
        model.cleargrads()
        x = Variable(x)
        h = F.relu(model.mlp1_gpu0(x) + model.mlp1_gpu1(x))
        expected = model.mlp2_gpu0(h) + model.mlp2_gpu1(h)
        np.testing.assert_allclose(
            y.data.get(), expected.data, rtol=1e-4, atol=1e-6)
        expected.grad = np.ones_like(expected.data)
        expected.backward()
        np.testing.assert_allclose(gx, x.grad, rtol=1e-4, atol=1e-5)
        for grad, param in zip(grads, model.params()):
            np.testing.assert_allclose(
                grad, param.grad, rtol=1e-4, atol=1e-5)

    def test_training(self):
        model = L.Classifier(ParallelMLP(12, 10, 20, 3))
        optimizer = optimizers.Adam(0.01)
        optimizer.setup(model)
        x, t = [cuda.to_gpu(a, 0) for a in make_data(100)]
        for _ in range(60):
            optimizer.update(model, Variable(x), Variable(t))
        self.assertGreater(float(model.accuracy.data), 0.9)
        self.assertEqual(
            model.predictor.mlp2_gpu1.l1.W.data.device.id, 1)


@attr.multi_gpu(2)
class TestDataParallel(unittest.TestCase):

    def setUp(self):
        np.random.seed(0)
        self.model = L.Classifier(MLP(12, 20, 3))
        self.start = {name: param.data.copy()
                      for name, param in self.model.namedparams()}
        self.x_train, self.y_train = make_data(300)

    def test_with_trainer(self):
        optimizer = optimizers.SGD(0.1)
        optimizer.setup(self.model)
        train_iter = iterators.SerialIterator(
            list(zip(self.x_train, self.y_train)), 20)
        updater = training.ParallelUpdater(
            train_iter, optimizer, devices={'main': 0, 'second': 1})
        with tempfile.TemporaryDirectory() as out:
            trainer = training.Trainer(updater, (20, 'epoch'), out=out)
            trainer.run()
        accuracy = trainer.observation['main/accuracy']
        self.assertEqual(accuracy.data.device.id, 0)
        self.assertGreater(float(accuracy.data), 0.8)
        self.assertIn('second/loss', trainer.observation)

    def test_without_trainer(self):
        model_0 = self.model
        model_1 = model_0.copy()
        model_0.to_gpu(0)
        model_1.to_gpu(1)

        optimizer = optimizers.SGD(0.1)
        optimizer.setup(model_0)

        x_train, y_train = self.x_train, self.y_train
        batchsize = 100
        datasize = len(x_train)
        for _ in range(5):
            indexes = np.random.permutation(datasize)
            for i in range(0, datasize, batchsize):
                x_batch = x_train[indexes[i:i + batchsize]]
                y_batch = y_train[indexes[i:i + batchsize]]

                x0 = Variable(cuda.to_gpu(x_batch[:batchsize//2], 0))
                t0 = Variable(cuda.to_gpu(y_batch[:batchsize//2], 0))
                x1 = Variable(cuda.to_gpu(x_batch[batchsize//2:], 1))
                t1 = Variable(cuda.to_gpu(y_batch[batchsize//2:], 1))

                loss_0 = model_0(x0, t0)
                loss_1 = model_1(x1, t1)

                model_0.zerograds()
                model_1.zerograds()

                loss_0.backward()
                loss_1.backward()

                model_0.addgrads(model_1)
                optimizer.update()

                model_1.copyparams(model_0)

        expected = self.train_in_host_memory()
        for (name, param), (_, other) in zip(
                model_0.namedparams(), model_1.namedparams()):
            self.assertEqual(param.data.device.id, 0)
            self.assertEqual(other.data.device.id, 1)
            np.testing.assert_array_equal(param.data.get(), other.data.get())
            np.testing.assert_allclose(
                param.data.get(), expected[name], rtol=1e-3, atol=1e-5)

    def train_in_host_memory(self):
        """Twice the mean over a batch is the sum of means of its halves."""
        np.random.seed(0)
        model = L.Classifier(MLP(12, 20, 3))
        for name, param in model.namedparams():
            np.testing.assert_array_equal(param.data, self.start[name])
        optimizer = optimizers.SGD(0.2)
        optimizer.setup(model)
        for _ in range(5):
            indexes = np.random.permutation(300)
            for i in range(0, 300, 100):
                optimizer.update(model, self.x_train[indexes[i:i + 100]],
                                 self.y_train[indexes[i:i + 100]])
        return {name: param.data for name, param in model.namedparams()}
