"""What links with a tree or a sampler beside their parameters have in common.
"""
import copy

from chainer import cuda, link


class CompanionLink(link.Link):
    """Link with an object that moves to other devices together with it.

    A subclass sets ``companion_name``, the attribute that holds the object,
    and has a parameter ``W``.
    """

    companion_name = None

    @property
    def _companion(self):
        return getattr(self, self.companion_name)

    def copy(self):
        twin = super().copy()
        # The copy may move to another device.
        setattr(twin, self.companion_name, copy.copy(self._companion))
        return twin

    def to_cpu(self):
        """Moves the link, and what it has beside parameters, to host memory.

        Returns:
            Link: ``self``.

        """
        super().to_cpu()
        self._companion.to_cpu()
        return self

    def to_gpu(self, device=None):
        """Moves the link, and what it has beside parameters, to a device.

        Args:
            device: Device specifier. By default the current device.

        Returns:
            Link: ``self``.

        """
        super().to_gpu(device)
        with cuda.get_device(self.W.data):
            self._companion.to_gpu()
        return self
