import os
import tempfile
import unittest

import h5py
import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import serializers, testing


def every_link():
    """Returns functions that make each link of the library, by name."""
    tree = (0, 1), (2, 3)
    counts = [4, 3, 2, 1]
    makers = {
        'BatchNormalization': lambda: L.BatchNormalization(3),
        'Bias': lambda: L.Bias(1, (3,)),
        'Bilinear': lambda: L.Bilinear(2, 3, 4),
        'BinaryHierarchicalSoftmax':
            lambda: L.BinaryHierarchicalSoftmax(3, tree),
        'BlackOut': lambda: L.BlackOut(3, counts, 2),
        'CRF1d': lambda: L.CRF1d(3),
        'Classifier': lambda: L.Classifier(L.Linear(3, 2)),
        'Convolution2D': lambda: L.Convolution2D(2, 3, 3),
        'Deconvolution2D': lambda: L.Deconvolution2D(2, 3, 3),
        'EmbedID': lambda: L.EmbedID(4, 3),
        'GRU': lambda: L.GRU(3, 2),
        'Inception': lambda: L.Inception(2, 3, 2, 3, 2, 3, 2),
        'InceptionBN': lambda: L.InceptionBN(2, 3, 2, 3, 2, 3, 'avg', 2),
        'LSTM': lambda: L.LSTM(3, 2),
        'Linear': lambda: L.Linear(3, 2),
        'MLPConvolution2D': lambda: L.MLPConvolution2D(2, (3, 4), 3),
        'Maxout': lambda: L.Maxout(3, 2, 4),
        'NegativeSampling': lambda: L.NegativeSampling(3, counts, 2),
        'PReLU': lambda: L.PReLU((3,)),
        'Parameter': lambda: L.Parameter(numpy.zeros((2, 3), 'f')),
        'Scale': lambda: L.Scale(1, (3,), bias_term=True),
        'StatefulGRU': lambda: L.StatefulGRU(3, 2),
        'StatefulPeepholeLSTM': lambda: L.StatefulPeepholeLSTM(3, 2),
        'StatelessLSTM': lambda: L.StatelessLSTM(3, 2),
    }
    return makers


def arrays_of(link):
    """Returns all that is to be saved of a link, by its path."""
    arrays = {}
    for path, child in link.namedlinks():
        prefix = path.strip('/') + '/' if path != '/' else ''
        for name in child._params:
            arrays[prefix + name] = getattr(child, name).data
        for name in child._persistent:
            arrays[prefix + name] = numpy.asarray(getattr(child, name))
    return arrays


def fill(link, seed):
    """Overwrites all arrays of a link, so that no two are alike."""
    random = numpy.random.RandomState(seed)
    for child in link.links():
        for name in child._params:
            data = getattr(child, name).data
            data[...] = random.uniform(0.5, 1.5, data.shape)
        for name in child._persistent:
            value = getattr(child, name)
            if isinstance(value, numpy.ndarray):
                value[...] = random.uniform(0.5, 1.5, value.shape)
            else:
                setattr(child, name, type(value)(random.randint(1, 100)))


class Files(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def check_equal(self, actual, expected):
        actual, expected = arrays_of(actual), arrays_of(expected)
        self.assertEqual(sorted(actual), sorted(expected))
        for name in expected:
            numpy.testing.assert_array_equal(actual[name], expected[name])
            self.assertEqual(actual[name].dtype, expected[name].dtype)


@testing.parameterize(*[{'name': name} for name in every_link()])
class TestEveryLink(Files):

    def setUp(self):
        super().setUp()
        make = every_link()[self.name]
        if self.name == 'Parameter':
            with self.assertWarns(DeprecationWarning):
                self.saved = make()
            with self.assertWarns(DeprecationWarning):
                self.loaded = make()
        else:
            self.saved, self.loaded = make(), make()
        fill(self.saved, 0)
        fill(self.loaded, 1)

    def test_npz(self):
        serializers.save_npz(self.path('link.npz'), self.saved)
        serializers.load_npz(self.path('link.npz'), self.loaded)
        self.check_equal(self.loaded, self.saved)

    def test_hdf5(self):
        serializers.save_hdf5(self.path('link.h5'), self.saved)
        serializers.load_hdf5(self.path('link.h5'), self.loaded)
        self.check_equal(self.loaded, self.saved)

    def test_names_of_arrays(self):
        serializers.save_npz(self.path('link.npz'), self.saved)
        with numpy.load(self.path('link.npz')) as npz:
            self.assertEqual(
                sorted(npz.files), sorted(arrays_of(self.saved)))

    def test_copy_is_independent_after_loading(self):
        twin = self.loaded.copy()
        before = {name: array.copy()
                  for name, array in arrays_of(twin).items()}
        twin.copyparams(self.saved)
        for path, param in twin.namedparams():
            numpy.testing.assert_array_equal(
                param.data, dict(self.saved.namedparams())[path].data)
        self.assertEqual(sorted(before), sorted(arrays_of(twin)))


class TestEveryLinkIsThere(unittest.TestCase):

    def test_names(self):
        names = [name for name, value in vars(L).items()
                 if isinstance(value, type) and issubclass(value, chainer.Link)
                 and name != 'CaffeFunction']
        self.assertEqual(sorted(names), sorted(every_link()))


class ConvNet(chainer.Chain):

    def __init__(self):
        super().__init__(
            conv=L.Convolution2D(None, 4, 3, pad=1, nobias=True),
            bn=L.BatchNormalization(4),
            act=L.PReLU((4,)),
            blocks=chainer.ChainList(
                L.Inception(4, 2, 2, 2, 2, 2, 2),
                L.MLPConvolution2D(8, (4, 4), 3)),
            l1=L.Linear(None, 5),
        )
        self.train = True

    def __call__(self, x):
        h = self.act(self.bn(self.conv(x), test=not self.train))
        for block in self.blocks:
            h = F.max_pooling_2d(block(h), 2)
        return self.l1(h)


class TestWholeModel(Files):
    """A trained model is the same after any way through files."""

    def setUp(self):
        super().setUp()
        self.x = numpy.random.RandomState(0).randn(6, 3, 12, 12).astype('f')
        self.model = ConvNet()
        optimizer = chainer.optimizers.Adam()
        optimizer.setup(self.model)
        t = numpy.arange(6, dtype='i') % 5
        for _ in range(2):
            optimizer.update(
                lambda: F.softmax_cross_entropy(self.model(self.x), t))
        self.model.train = False
        self.y = self.model(self.x).data

    def check(self, loaded):
        self.check_equal(loaded, self.model)
        loaded.train = False
        numpy.testing.assert_array_equal(loaded(self.x).data, self.y)

    def test_npz(self):
        serializers.save_npz(self.path('a.npz'), self.model)
        loaded = ConvNet()
        serializers.load_npz(self.path('a.npz'), loaded)
        self.check(loaded)

    def test_hdf5(self):
        serializers.save_hdf5(self.path('a.h5'), self.model)
        loaded = ConvNet()
        serializers.load_hdf5(self.path('a.h5'), loaded)
        self.check(loaded)

    def test_npz_to_hdf5_and_back(self):
        first, second, third = ConvNet(), ConvNet(), ConvNet()
        serializers.save_npz(self.path('a.npz'), self.model)
        serializers.load_npz(self.path('a.npz'), first)
        serializers.save_hdf5(self.path('b.h5'), first)
        serializers.load_hdf5(self.path('b.h5'), second)
        serializers.save_npz(self.path('c.npz'), second)
        serializers.load_npz(self.path('c.npz'), third)
        self.check(third)

    def test_into_a_model_in_use(self):
        serializers.save_npz(self.path('a.npz'), self.model)
        loaded = ConvNet()
        loaded(self.x)
        serializers.load_npz(self.path('a.npz'), loaded)
        self.check(loaded)

    def test_paths(self):
        expected = {
            'conv/W': (4, 3, 3, 3), 'bn/gamma': (4,), 'bn/avg_var': (4,),
            'bn/N': (), 'act/W': (4,), 'blocks/0/conv1/W': (2, 4, 1, 1),
            'blocks/1/0/W': (4, 8, 3, 3), 'blocks/1/1/b': (4,),
            'l1/W': (5, 16), 'l1/b': (5,),
        }
        serializers.save_npz(self.path('a.npz'), self.model)
        with numpy.load(self.path('a.npz')) as npz:
            for name, shape in expected.items():
                self.assertEqual(npz[name].shape, shape, name)
            numpy.testing.assert_array_equal(
                npz['l1/W'], self.model.l1.W.data)
        serializers.save_hdf5(self.path('a.h5'), self.model)
        with h5py.File(self.path('a.h5'), 'r') as hdf5:
            for name, shape in expected.items():
                self.assertEqual(hdf5[name].shape, shape, name)
            numpy.testing.assert_array_equal(
                hdf5['l1/W'][...], self.model.l1.W.data)

    def test_part_of_a_model(self):
        serializers.save_npz(self.path('a.npz'), self.model.blocks[1])
        loaded = ConvNet()
        serializers.load_npz(self.path('a.npz'), loaded.blocks[1])
        self.check_equal(loaded.blocks[1], self.model.blocks[1])
