import chainer
import chainer.functions as F
import chainer.links as L


class GoogLeNet(chainer.Chain):
    """GoogLeNet, with its two auxiliary classifiers.

    See: C. Szegedy et al., Going Deeper with Convolutions (arXiv:1409.4842).
    """

    insize = 224

    def __init__(self):
        super(GoogLeNet, self).__init__(
            conv1=L.Convolution2D(3, 64, 7, stride=2, pad=3),
            conv2_reduce=L.Convolution2D(64, 64, 1),
            conv2=L.Convolution2D(64, 192, 3, pad=1),
            inc3a=L.Inception(192, 64, 96, 128, 16, 32, 32),
            inc3b=L.Inception(256, 128, 128, 192, 32, 96, 64),
            inc4a=L.Inception(480, 192, 96, 208, 16, 48, 64),
            inc4b=L.Inception(512, 160, 112, 224, 24, 64, 64),
            inc4c=L.Inception(512, 128, 128, 256, 24, 64, 64),
            inc4d=L.Inception(512, 112, 144, 288, 32, 64, 64),
            inc4e=L.Inception(528, 256, 160, 320, 32, 128, 128),
            inc5a=L.Inception(832, 256, 160, 320, 32, 128, 128),
            inc5b=L.Inception(832, 384, 192, 384, 48, 128, 128),
            loss3_fc=L.Linear(1024, 1000),
            loss1_conv=L.Convolution2D(512, 128, 1),
            loss1_fc1=L.Linear(2048, 1024),
            loss1_fc2=L.Linear(1024, 1000),
            loss2_conv=L.Convolution2D(528, 128, 1),
            loss2_fc1=L.Linear(2048, 1024),
            loss2_fc2=L.Linear(1024, 1000),
        )
        self.train = True

    def __call__(self, x, t):
        h = F.max_pooling_2d(F.relu(self.conv1(x)), 3, stride=2)
        h = F.local_response_normalization(h, n=5)
        h = F.relu(self.conv2(F.relu(self.conv2_reduce(h))))
        h = F.local_response_normalization(h, n=5)
        h = F.max_pooling_2d(h, 3, stride=2)
        h = self.inc3b(self.inc3a(h))
        h = self.inc4a(F.max_pooling_2d(h, 3, stride=2))
        loss1 = self.auxiliary_loss('loss1', h, t)
        h = self.inc4d(self.inc4c(self.inc4b(h)))
        loss2 = self.auxiliary_loss('loss2', h, t)
        h = F.max_pooling_2d(self.inc4e(h), 3, stride=2)
        h = F.average_pooling_2d(self.inc5b(self.inc5a(h)), 7)
        y = self.loss3_fc(F.dropout(h, 0.4, train=self.train))
        loss3 = F.softmax_cross_entropy(y, t)

        loss = 0.3 * (loss1 + loss2) + loss3
        chainer.report({
            'loss': loss, 'loss1': loss1, 'loss2': loss2, 'loss3': loss3,
            'accuracy': F.accuracy(y, t)}, self)
        return loss

    def auxiliary_loss(self, name, h, t):
        """Loss of a classifier in the middle, where gradients are lively."""
        h = F.average_pooling_2d(h, 5, stride=3)
        h = F.relu(self[name + '_conv'](h))
        h = F.relu(self[name + '_fc1'](h))
        h = F.dropout(h, 0.7, train=self.train)
        return F.softmax_cross_entropy(self[name + '_fc2'](h), t)
