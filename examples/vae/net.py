"""Variational auto-encoder: what an image is made from, and back."""
import chainer
import chainer.functions as F
import chainer.links as L


class VAE(chainer.Chain):
    """Encoder and decoder, with one hidden layer each.

    The encoder gives a normal distribution over codes of ``n_latent`` numbers
    for each image, the decoder gives the probability of each pixel to be
    white.
    """

    def __init__(self, n_in, n_latent, n_h):
        super(VAE, self).__init__(
            le1=L.Linear(n_in, n_h),
            le2_mu=L.Linear(n_h, n_latent),
            le2_ln_var=L.Linear(n_h, n_latent),
            ld1=L.Linear(n_latent, n_h),
            ld2=L.Linear(n_h, n_in),
        )

    def __call__(self, x, sigmoid=True):
        """Reconstructs images from the means of their codes."""
        return self.decode(self.encode(x)[0], sigmoid)

    def encode(self, x):
        """Returns the means of the codes and the logarithms of variances."""
        h = F.tanh(self.le1(x))
        return self.le2_mu(h), self.le2_ln_var(h)

    def decode(self, z, sigmoid=True):
        h = F.tanh(self.ld1(z))
        y = self.ld2(h)
        return F.sigmoid(y) if sigmoid else y

    def get_loss_func(self, C=1.0, k=1):
        """Returns the function of images that is to become small.

        It is the number of nats that it takes to describe an image: those of
        the pixels, given a code that is drawn from its distribution, and
        ``C`` times those of the code.

        Args:
            C (float): Weight of the second part. The more of it, the simpler
                are the codes, and the blurrier the reconstructions.
            k (int): Number of codes drawn for each image.

        """
        def loss_func(x):
            mu, ln_var = self.encode(x)
            batchsize = len(mu.data)
            rec_loss = 0
            for _ in range(k):
                z = F.gaussian(mu, ln_var)
                # bernoulli_nll takes what comes before the sigmoid.
                rec_loss += F.bernoulli_nll(
                    x, self.decode(z, sigmoid=False)) / (k * batchsize)
            kl_loss = F.gaussian_kl_divergence(mu, ln_var) / batchsize
            loss = rec_loss + C * kl_loss
            chainer.report({'rec_loss': rec_loss, 'loss': loss}, self)
            return loss

        return loss_func
