import chainer
import chainer.functions as F
import chainer.initializers as I
import chainer.links as L


class NIN(chainer.Chain):
    """Network in Network: a small perceptron at each place of an image.

    See: M. Lin, Q. Chen, S. Yan, Network In Network (arXiv:1312.4400).
    """

    insize = 227

    def __init__(self):
        W = I.HeNormal()  # for rectifiers
        super(NIN, self).__init__(
            mlpconv1=L.MLPConvolution2D(
                3, (96, 96, 96), 11, stride=4, conv_init=W),
            mlpconv2=L.MLPConvolution2D(
                96, (256, 256, 256), 5, pad=2, conv_init=W),
            mlpconv3=L.MLPConvolution2D(
                256, (384, 384, 384), 3, pad=1, conv_init=W),
            mlpconv4=L.MLPConvolution2D(
                384, (1024, 1024, 1000), 3, pad=1, conv_init=W),
        )
        self.train = True

    def __call__(self, x, t):
        h = F.max_pooling_2d(F.relu(self.mlpconv1(x)), 3, stride=2)
        h = F.max_pooling_2d(F.relu(self.mlpconv2(h)), 3, stride=2)
        h = F.max_pooling_2d(F.relu(self.mlpconv3(h)), 3, stride=2)
        h = self.mlpconv4(F.dropout(h, train=self.train))
        # A channel for each class: its mean is the score.
        y = F.reshape(F.average_pooling_2d(h, h.data.shape[2:]),
                      h.data.shape[:2])

        loss = F.softmax_cross_entropy(y, t)
        chainer.report({'loss': loss, 'accuracy': F.accuracy(y, t)}, self)
        return loss
