"""Small relatives of the models that were published for Chainer v1.

Each is written as people wrote at the time, put together from many functions
and links, and has to learn a few examples by heart.
"""
import unittest

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import optimizers


class NetworkInNetwork(chainer.Chain):

    def __init__(self):
        scale = 2 ** 0.5
        super(NetworkInNetwork, self).__init__(
            mlp1=L.MLPConvolution2D(3, (16, 16), 5, stride=2, wscale=scale),
            mlp2=L.MLPConvolution2D(16, (32, 4), 3, pad=1, wscale=scale),
        )
        self.train = True

    def __call__(self, x):
        h = F.max_pooling_2d(F.relu(self.mlp1(x)), 3, stride=2)
        h = self.mlp2(F.dropout(h, 0.1, train=self.train))
        h = F.average_pooling_2d(h, h.data.shape[2])
        return F.reshape(h, (len(x.data), 4))


class AlexNet(chainer.Chain):

    def __init__(self):
        super(AlexNet, self).__init__(
            conv1=L.Convolution2D(None, 16, 5, stride=2),
            bn1=L.BatchNormalization(16),
            conv2=L.Convolution2D(None, 16, 3, pad=1),
            fc3=L.Linear(None, 32),
            fc4=L.Linear(32, 4),
        )
        self.train = True

    def __call__(self, x):
        h = self.bn1(self.conv1(x), test=not self.train)
        h = F.local_response_normalization(F.relu(h))
        h = F.max_pooling_2d(h, 3, stride=2)
        h = F.spatial_pyramid_pooling_2d(
            F.relu(self.conv2(h)), 2, F.MaxPooling2D)
        h = F.dropout(F.relu(self.fc3(h)), 0.1, train=self.train)
        return self.fc4(h)


class GoogLeNet(chainer.Chain):

    def __init__(self):
        super(GoogLeNet, self).__init__(
            conv=L.Convolution2D(3, 8, 3, stride=2, pad=1, nobias=True),
            norm=L.BatchNormalization(8),
            inc1=L.Inception(8, 4, 4, 4, 2, 4, 4),
            inc2=L.InceptionBN(16, 4, 4, 6, 4, 6, 'avg', 4),
            inc3=L.InceptionBN(20, 0, 4, 6, 4, 6, 'max', stride=2),
            out=L.Linear(32, 4),
        )
        self.train = True

    def __call__(self, x):
        h = F.relu(self.norm(self.conv(x), test=not self.train))
        h = self.inc3(self.inc2(self.inc1(h)))
        return self.out(F.average_pooling_2d(h, h.data.shape[2:]))


class ResidualNet(chainer.Chain):

    def __init__(self):
        super(ResidualNet, self).__init__(
            conv=L.Convolution2D(3, 8, 3, pad=1, nobias=True),
            branch=chainer.ChainList(
                L.BatchNormalization(8), L.PReLU((8,)),
                L.Convolution2D(8, 8, 3, pad=1, nobias=True)),
            scale=L.Scale(W_shape=(8,), bias_term=True),
            out=L.Maxout(8, 4, 3),
        )
        self.train = True

    def __call__(self, x):
        h = self.conv(x)
        normalize, activate, convolve = self.branch
        h += convolve(activate(normalize(h, test=not self.train)))
        h = F.average_pooling_2d(F.leaky_relu(self.scale(h)), 19)
        return self.out(h)


class TestClassifiersOfImages(unittest.TestCase):

    def check(self, make):
        numpy.random.seed(0)
        model = make()
        x = numpy.random.rand(8, 3, 19, 19).astype('f')
        t = (numpy.arange(8) % 4).astype('i')
        # So that something can be seen
        x[numpy.arange(8), t % 3] *= 1 + t[:, None, None]
        optimizer = optimizers.Adam(alpha=0.01)
        optimizer.setup(model)
        optimizer.add_hook(chainer.optimizer.WeightDecay(1e-5))
        for _ in range(60):
            optimizer.update(
                lambda: F.softmax_cross_entropy(model(chainer.Variable(x)), t))
        y = model(chainer.Variable(x, volatile='on'))
        self.assertEqual(float(F.accuracy(y, t).data), 1)
        model.train = False
        y = model(chainer.Variable(x, volatile='on'))
        self.assertTrue(numpy.isfinite(y.data).all())

    def test_network_in_network(self):
        self.check(NetworkInNetwork)

    def test_alexnet(self):
        self.check(AlexNet)

    def test_googlenet(self):
        self.check(GoogLeNet)

    def test_residual_net(self):
        self.check(ResidualNet)


class TestGenerators(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def test_variational_autoencoder(self):
        model = chainer.Chain(
            encode=L.Linear(16, 8), mean=L.Linear(8, 2), ln_var=L.Linear(8, 2),
            decode=L.Linear(2, 8), out=L.Linear(8, 16))
        optimizer = optimizers.Adam(alpha=0.02)
        optimizer.setup(model)
        x = numpy.repeat(numpy.eye(2, dtype='f'), 8).reshape(4, 8)
        x = chainer.Variable(numpy.concatenate([x, 1 - x], axis=1))

        def bound():
            h = F.tanh(model.encode(x))
            mean, ln_var = model.mean(h), model.ln_var(h)
            z = F.gaussian(mean, ln_var)
            y = model.out(F.tanh(model.decode(z)))
            return (F.bernoulli_nll(x, y) +
                    F.gaussian_kl_divergence(mean, ln_var)) / len(x.data)

        before = float(bound().data)
        for _ in range(150):
            optimizer.update(bound)
        self.assertLess(float(bound().data), 0.5 * before)

    def test_adversarial_networks(self):
        generator = chainer.Chain(
            l=L.Linear(4, 8 * 3 * 3), bn=L.BatchNormalization(8),
            dc=L.Deconvolution2D(8, 1, 4, stride=2, pad=1))
        discriminator = chainer.Chain(
            c=L.Convolution2D(1, 8, 4, stride=2, pad=1), l=L.Linear(72, 2))
        g_optimizer, d_optimizer = optimizers.Adam(), optimizers.Adam()
        g_optimizer.setup(generator)
        d_optimizer.setup(discriminator)

        def discriminate(x):
            return discriminator.l(F.elu(discriminator.c(x)))

        for _ in range(3):
            z = chainer.Variable(
                numpy.random.uniform(-1, 1, (5, 4)).astype('f'))
            h = F.reshape(generator.l(z), (5, 8, 3, 3))
            fake = generator.dc(F.relu(generator.bn(h)))
            self.assertEqual(fake.shape, (5, 1, 6, 6))
            real = numpy.random.rand(5, 1, 6, 6).astype('f')
            y = discriminate(fake)
            is_real, is_fake = numpy.zeros(5, 'i'), numpy.ones(5, 'i')
            g_loss = F.softmax_cross_entropy(y, is_real)
            d_loss = F.softmax_cross_entropy(y, is_fake)
            d_loss += F.softmax_cross_entropy(
                discriminate(chainer.Variable(real)), is_real)
            before = [param.data.copy() for param in generator.params()]
            generator.cleargrads()
            g_loss.backward()
            g_optimizer.update()
            discriminator.cleargrads()
            d_loss.backward()
            d_optimizer.update()
            for old, param in zip(before, generator.params()):
                self.assertFalse(numpy.array_equal(old, param.data))


class TestModelsOfLanguage(unittest.TestCase):

    def setUp(self):
        numpy.random.seed(0)

    def check_skip_gram(self, loss_layer):
        # Words 0 and 1 occur together, and so do 2 and 3.
        words = numpy.array([0, 1, 2, 3] * 4, 'i')
        contexts = numpy.array([1, 0, 3, 2] * 4, 'i')
        model = chainer.Chain(embed=L.EmbedID(4, 6), loss=loss_layer)
        optimizer = optimizers.Adam(alpha=0.05)
        optimizer.setup(model)

        def loss():
            return model.loss(model.embed(words), contexts)

        first = float(loss().data)
        for _ in range(60):
            optimizer.update(loss)
        self.assertLess(float(loss().data), 0.5 * first)

    def test_negative_sampling(self):
        self.check_skip_gram(L.NegativeSampling(6, [1] * 4, 3))

    def test_hierarchical_softmax(self):
        tree = L.BinaryHierarchicalSoftmax.create_huffman_tree(
            {i: 1 for i in range(4)})
        self.check_skip_gram(L.BinaryHierarchicalSoftmax(6, tree))

    def test_recursive_net(self):
        model = chainer.Chain(
            embed=L.EmbedID(5, 6), l=L.Linear(12, 6), w=L.Linear(6, 2))
        optimizer = optimizers.AdaGrad(lr=0.3)
        optimizer.setup(model)

        def read(tree):
            if isinstance(tree, int):
                return model.embed(numpy.array([tree], 'i'))
            left, right = tree
            return F.tanh(model.l(F.concat((read(left), read(right)))))

        trees = [((0, 1), 2), (0, (1, 2)), (3, (4, 0)), ((3, 4), 0)]
        labels = [0, 1, 0, 1]

        def loss():
            return sum([
                F.softmax_cross_entropy(
                    model.w(read(tree)), numpy.array([label], 'i'))
                for tree, label in zip(trees, labels)])

        for _ in range(40):
            optimizer.update(loss)
        for tree, label in zip(trees, labels):
            self.assertEqual(model.w(read(tree)).data.argmax(), label)

    def check_recurrent(self, layer):
        # The first word of a sequence is its label.
        model = chainer.Chain(
            embed=L.EmbedID(4, 5), rnn=layer, out=L.Linear(8, 2))
        xs = numpy.random.randint(2, 4, (6, 10)).astype('i')
        xs[0] = numpy.arange(10) % 2
        optimizer = optimizers.RMSprop(lr=0.02)
        optimizer.setup(model)
        optimizer.add_hook(chainer.optimizer.GradientClipping(5))

        def read():
            model.rnn.reset_state()
            for x in xs:
                h = model.rnn(model.embed(x))
            return model.out(h)

        for _ in range(40):
            optimizer.update(lambda: F.softmax_cross_entropy(read(), xs[0]))
        self.assertEqual(float(F.accuracy(read(), xs[0]).data), 1)

    def test_lstm(self):
        self.check_recurrent(L.LSTM(5, 8))

    def test_peephole_lstm(self):
        self.check_recurrent(L.StatefulPeepholeLSTM(5, 8))

    def test_gru(self):
        self.check_recurrent(L.StatefulGRU(5, 8))

    def test_tagger(self):
        crf = L.CRF1d(3)
        model = chainer.Chain(embed=L.EmbedID(4, 3), crf=crf)
        optimizer = optimizers.Adam(alpha=0.1)
        optimizer.setup(model)
        xs = numpy.array([[0, 1], [2, 3], [1, 0]], 'i')
        ys = numpy.array([[0, 1], [2, 2], [1, 0]], 'i')
        for _ in range(40):
            optimizer.update(
                lambda: crf([model.embed(x) for x in xs], list(ys)))
        _, labels = crf.argmax([model.embed(x) for x in xs])
        numpy.testing.assert_array_equal(labels, ys)


class TestStyleOf2015(unittest.TestCase):
    """Functions with parameters, in a FunctionSet."""

    def test_images(self):
        numpy.random.seed(0)
        with self.assertWarns(DeprecationWarning):
            model = chainer.FunctionSet(
                conv=F.Convolution2D(1, 4, 3), bn=F.BatchNormalization(4),
                act=F.PReLU(), l=F.Linear(36, 3))
        optimizer = optimizers.MomentumSGD(lr=0.05)
        optimizer.setup(model)
        x = chainer.Variable(numpy.random.rand(6, 1, 8, 8).astype('f'))
        t = chainer.Variable((numpy.arange(6) % 3).astype('i'))
        losses = []
        for _ in range(30):
            h = model.act(model.bn(model.conv(x)))
            loss = F.softmax_cross_entropy(
                model.l(F.max_pooling_2d(h, 2)), t)
            losses.append(float(loss.data))
            with self.assertWarns(DeprecationWarning):
                optimizer.zero_grads()
            loss.backward()
            optimizer.update()
        self.assertLess(losses[-1], 0.3 * losses[0])
