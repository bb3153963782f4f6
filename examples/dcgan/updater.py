"""The two-player game by which generator and discriminator are trained."""
import chainer
import chainer.functions as F
from chainer import training


class DCGANUpdater(training.StandardUpdater):
    """Updates both networks with the same images.

    The optimizers are called ``'gen'`` and ``'dis'``; their targets are the
    two networks.
    """

    def loss_dis(self, dis, y_fake, y_real):
        # softplus(-y) is -log(sigmoid(y)).
        loss = (F.sum(F.softplus(-y_real)) +
                F.sum(F.softplus(y_fake))) / len(y_fake.data)
        chainer.report({'loss': loss}, dis)
        return loss

    def loss_gen(self, gen, y_fake):
        # Not -softplus(y_fake), the opposite of what the discriminator wants:
        # that is flat as long as no image deceives it.
        loss = F.sum(F.softplus(-y_fake)) / len(y_fake.data)
        chainer.report({'loss': loss}, gen)
        return loss

    def update_core(self):
        optimizers = self.get_all_optimizers()
        gen, dis = optimizers['gen'].target, optimizers['dis'].target
        batch = self.converter(self.get_iterator('main').next(), self.device)

        y_real = dis(chainer.Variable(batch))
        z = chainer.Variable(gen.xp.asarray(gen.make_hidden(len(batch))))
        x_fake = gen(z)
        y_fake = dis(x_fake)
        loss_gen = self.loss_gen(gen, y_fake)

        gen.cleargrads()
        loss_gen.backward()
        optimizers['gen'].update()

        # The graph of the images is of no use for the discriminator.
        x_fake.unchain_backward()
        loss_dis = self.loss_dis(dis, y_fake, y_real)
        dis.cleargrads()
        loss_dis.backward()
        optimizers['dis'].update()
