import chainer
import chainer.functions as F
import chainer.initializers as I
import chainer.links as L


def convolution(n_in, n_out, ksize, stride=1, pad=0):
    return L.Convolution2D(n_in, n_out, ksize, stride, pad, nobias=True,
                           initialW=I.HeNormal())


class Bottleneck(chainer.Chain):
    """Three convolutions, whose result is added to what went in.

    Where the shape changes, a fourth convolution fits what went in to it.
    """

    def __init__(self, n_in, n_mid, n_out, stride=1):
        super(Bottleneck, self).__init__(
            conv1=convolution(n_in, n_mid, 1, stride),
            bn1=L.BatchNormalization(n_mid),
            conv2=convolution(n_mid, n_mid, 3, pad=1),
            bn2=L.BatchNormalization(n_mid),
            conv3=convolution(n_mid, n_out, 1),
            bn3=L.BatchNormalization(n_out),
        )
        self.fits = n_in == n_out and stride == 1
        if not self.fits:
            self.add_link('conv4', convolution(n_in, n_out, 1, stride))
            self.add_link('bn4', L.BatchNormalization(n_out))

    def __call__(self, x, test):
        h = F.relu(self.bn1(self.conv1(x), test=test))
        h = F.relu(self.bn2(self.conv2(h), test=test))
        h = self.bn3(self.conv3(h), test=test)
        if not self.fits:
            x = self.bn4(self.conv4(x), test=test)
        return F.relu(h + x)


class Block(chainer.ChainList):
    """Some bottlenecks in a row. The first one changes the shape."""

    def __init__(self, n_layers, n_in, n_mid, n_out, stride):
        super(Block, self).__init__(
            Bottleneck(n_in, n_mid, n_out, stride),
            *[Bottleneck(n_out, n_mid, n_out) for _ in range(n_layers - 1)])

    def __call__(self, x, test):
        for layer in self:
            x = layer(x, test)
        return x


class ResNet50(chainer.Chain):
    """Residual network of 50 layers.

    See: K. He, X. Zhang, S. Ren, J. Sun, Deep Residual Learning for Image
    Recognition (arXiv:1512.03385).
    """

    insize = 224

    def __init__(self):
        super(ResNet50, self).__init__(
            conv1=convolution(3, 64, 7, stride=2, pad=3),
            bn1=L.BatchNormalization(64),
            res2=Block(3, 64, 64, 256, stride=1),
            res3=Block(4, 256, 128, 512, stride=2),
            res4=Block(6, 512, 256, 1024, stride=2),
            res5=Block(3, 1024, 512, 2048, stride=2),
            fc=L.Linear(2048, 1000),
        )
        self.train = True

    def __call__(self, x, t):
        test = not self.train
        h = F.relu(self.bn1(self.conv1(x), test=test))
        h = F.max_pooling_2d(h, 3, stride=2)
        for name in 'res2', 'res3', 'res4', 'res5':
            h = self[name](h, test)
        y = self.fc(F.average_pooling_2d(h, 7))

        loss = F.softmax_cross_entropy(y, t)
        chainer.report({'loss': loss, 'accuracy': F.accuracy(y, t)}, self)
        return loss
