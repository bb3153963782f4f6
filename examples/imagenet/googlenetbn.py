import chainer
import chainer.functions as F
import chainer.links as L


class GoogLeNetBN(chainer.Chain):
    """GoogLeNet with batch normalization, and two auxiliary classifiers.

    See: S. Ioffe, C. Szegedy, Batch Normalization: Accelerating Deep Network
    Training by Reducing Internal Covariate Shift (arXiv:1502.03167).
    """

    insize = 224

    def __init__(self):
        super(GoogLeNetBN, self).__init__(
            conv1=L.Convolution2D(3, 64, 7, stride=2, pad=3, nobias=True),
            norm1=L.BatchNormalization(64),
            conv2=L.Convolution2D(64, 192, 3, pad=1, nobias=True),
            norm2=L.BatchNormalization(192),
            inc3a=L.InceptionBN(192, 64, 64, 64, 64, 96, 'avg', 32),
            inc3b=L.InceptionBN(256, 64, 64, 96, 64, 96, 'avg', 64),
            inc3c=L.InceptionBN(320, 0, 128, 160, 64, 96, 'max', stride=2),
            inc4a=L.InceptionBN(576, 224, 64, 96, 96, 128, 'avg', 128),
            inc4b=L.InceptionBN(576, 192, 96, 128, 96, 128, 'avg', 128),
            # The paper projects to 96 channels here, and widens the first
            # branch by 32; models that were trained in 2016 are like this.
            inc4c=L.InceptionBN(576, 128, 128, 160, 128, 160, 'avg', 128),
            inc4d=L.InceptionBN(576, 64, 128, 192, 160, 192, 'avg', 128),
            inc4e=L.InceptionBN(576, 0, 128, 192, 192, 256, 'max', stride=2),
            inc5a=L.InceptionBN(1024, 352, 192, 320, 160, 224, 'avg', 128),
            inc5b=L.InceptionBN(1024, 352, 192, 320, 192, 224, 'max', 128),
            out=L.Linear(1024, 1000),
            conva=L.Convolution2D(576, 128, 1, nobias=True),
            norma=L.BatchNormalization(128),
            lina=L.Linear(2048, 1024, nobias=True),
            norma2=L.BatchNormalization(1024),
            outa=L.Linear(1024, 1000),
            convb=L.Convolution2D(576, 128, 1, nobias=True),
            normb=L.BatchNormalization(128),
            linb=L.Linear(2048, 1024, nobias=True),
            normb2=L.BatchNormalization(1024),
            outb=L.Linear(1024, 1000),
        )
        self._train = True

    @property
    def train(self):
        """Whether batches are normalized by themselves, not by averages."""
        return self._train

    @train.setter
    def train(self, value):
        self._train = value
        for link in self.links():
            if isinstance(link, L.InceptionBN):
                link.train = value

    def __call__(self, x, t):
        test = not self.train
        h = F.relu(self.norm1(self.conv1(x), test=test))
        h = F.max_pooling_2d(h, 3, stride=2, pad=1)
        h = F.relu(self.norm2(self.conv2(h), test=test))
        h = F.max_pooling_2d(h, 3, stride=2, pad=1)
        h = self.inc3c(self.inc3b(self.inc3a(h)))
        h = self.inc4a(h)
        loss1 = self.auxiliary_loss('a', h, t)
        h = self.inc4d(self.inc4c(self.inc4b(h)))
        loss2 = self.auxiliary_loss('b', h, t)
        h = self.inc5b(self.inc5a(self.inc4e(h)))
        y = self.out(F.average_pooling_2d(h, 7))
        loss3 = F.softmax_cross_entropy(y, t)

        loss = 0.3 * (loss1 + loss2) + loss3
        chainer.report({
            'loss': loss, 'loss1': loss1, 'loss2': loss2, 'loss3': loss3,
            'accuracy': F.accuracy(y, t)}, self)
        return loss

    def auxiliary_loss(self, name, h, t):
        """Loss of a classifier in the middle, where gradients are lively."""
        test = not self.train
        h = F.average_pooling_2d(h, 5, stride=3)
        h = F.relu(self['norm' + name](self['conv' + name](h), test=test))
        h = F.relu(self[f'norm{name}2'](self['lin' + name](h), test=test))
        return F.softmax_cross_entropy(self['out' + name](h), t)
