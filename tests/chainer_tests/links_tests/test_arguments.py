import unittest

import numpy

import chainer.links as L

X = numpy.zeros((2, 3), 'f')


class TestSizesOfLinks(unittest.TestCase):

    def check(self, error, name, make, *args, **kwargs):
        with self.subTest(link=make.__name__, args=args):
            with self.assertRaisesRegex(error, f'^{name} must be '):
                make(*args, **kwargs)

    def test_type(self):
        for name, make, *args in (
                ('in_size', L.Linear, '3', 2),
                ('out_size', L.Linear, 3, '2'),
                ('out_size', L.Linear, None, None),
                ('in_channels', L.Convolution2D, 3., 2, 1),
                ('out_channels', L.Convolution2D, 3, None, 1),
                ('in_channels', L.Deconvolution2D, None, 4, 3),
                ('out_channels', L.Deconvolution2D, 3, '4', 3),
                ('out_channels', L.MLPConvolution2D, 3, 4, 3),
                ('out_channels', L.MLPConvolution2D, 3, (4, '2'), 3),
                ('proj3', L.Inception, 3, 1, None, 1, 1, 1, 1),
                ('proj_pool', L.Inception, 3, 1, 1, 1, 1, 1, None),
                ('out1', L.InceptionBN, 3, None, 1, 1, 1, 1, 'max'),
                ('size', L.BatchNormalization, None),
                ('size', L.BatchNormalization, (2, '3')),
                ('in_size', L.EmbedID, None, 3),
                ('out_size', L.EmbedID, 3, 2.5),
                ('left_size', L.Bilinear, None, 3, 2),
                ('out_size', L.LSTM, 3, None),
                ('out_size', L.StatelessLSTM, 3, 2.5),
                ('out_size', L.StatefulPeepholeLSTM, 3, None),
                ('n_units', L.GRU, None),
                ('n_inputs', L.GRU, 3, '2'),
                ('in_size', L.StatefulGRU, '3', 2),
                ('out_size', L.StatefulGRU, 3, None),
                ('pool_size', L.Maxout, 3, 2, None),
                ('n_label', L.CRF1d, None),
                ('in_size', L.NegativeSampling, None, [1, 2], 1),
                ('in_size', L.BinaryHierarchicalSoftmax, None, (0, 1))):
            self.check(TypeError, name, make, *args)

    def test_value(self):
        for name, make, *args in (
                ('in_size', L.Linear, -1, 2),
                ('in_size', L.Linear, 0, 2),
                ('out_size', L.Linear, 3, -1),
                ('in_channels', L.Convolution2D, 0, 2, 1),
                ('out_channels', L.Convolution2D, None, -2, 1),
                ('in_channels', L.Deconvolution2D, 0, 4, 3),
                ('out_channels', L.Deconvolution2D, 1, -4, 3),
                ('in_channels', L.MLPConvolution2D, 0, (4, 2), 3),
                ('proj5', L.Inception, 3, 1, 1, 1, 0, 1, 1),
                ('out1', L.InceptionBN, 3, -1, 1, 1, 1, 1, 'max'),
                ('proj_pool', L.InceptionBN, 3, 1, 1, 1, 1, 1, 'max', -1),
                ('size', L.BatchNormalization, -1),
                ('size', L.BatchNormalization, (2, -3)),
                ('in_size', L.EmbedID, -1, 3),
                ('right_size', L.Bilinear, 3, 0, 2),
                ('in_size', L.LSTM, 0, 3),
                ('out_size', L.LSTM, None, 0),
                ('out_size', L.StatefulPeepholeLSTM, 3, 0),
                ('n_units', L.GRU, 0),
                ('n_inputs', L.GRU, 3, 0),
                ('in_size', L.StatefulGRU, 0, 2),
                ('out_size', L.StatefulGRU, None, 0),
                ('out_size', L.Maxout, 3, -2, 2),
                ('n_label', L.CRF1d, 0),
                ('in_size', L.BlackOut, -1, [1, 2], 1)):
            self.check(ValueError, name, make, *args)

    def test_no_output(self):
        self.assertEqual(L.Linear(3, 0)(X).shape, (2, 0))


class TestInputsOfLinks(unittest.TestCase):

    def check(self, name, link, *args):
        with self.subTest(link=type(link).__name__, args=args):
            with self.assertRaisesRegex(
                    TypeError, f'^{name}: a Variable holds a numpy.ndarray'):
                link(*args)
            for child in link.links():
                self.assertFalse('W' in child.__dict__ and
                                 child.has_uninitialized_params)

    def test_one_input(self):
        for x in [[1., 2.]], 3., None:
            for link in (
                    L.Linear(None, 2), L.Convolution2D(None, 2, 1),
                    L.Maxout(None, 2, 2), L.MLPConvolution2D(None, (2,), 1),
                    L.LSTM(None, 2), L.LSTM(2, 2), L.StatefulGRU(2, 2),
                    L.StatefulPeepholeLSTM(2, 2), L.Bias(shape=2),
                    L.Scale(W_shape=2)):
                self.check('x', link, x)

    def test_inception(self):
        self.check('x', L.Inception(None, 1, 1, 1, 1, 1, 1), [[1.]])

    def test_several_inputs(self):
        for bad in [[1.]], 1.:
            self.check('c', L.StatelessLSTM(3, 2), bad, None, X)
            self.check('h', L.StatelessLSTM(3, 2), None, bad, X)
            self.check('x', L.StatelessLSTM(3, 2), None, None, bad)
            self.check('y', L.Bias(), X, bad)
            self.check('y', L.Scale(), X, bad)
        for bad in [[1.]], 1., None:
            self.check('h', L.GRU(2, 3), bad, X)
            self.check('x', L.GRU(2, 3), X[:, :2], bad)
