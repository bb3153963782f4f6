from chainer import cuda


class GradientHardClipping:
    """Optimizer hook that limits each element of the gradients.

    What lies outside of an interval is replaced by the nearer bound. Unlike
    :class:`GradientClipping` it may change the direction.

    Args:
        lower_bound (float): Smallest value of an element.
        upper_bound (float): Largest value of an element.

    Attributes:
        name (str): ``'GradientHardClipping'``, its name among hooks.
        lower_bound (float): Smallest value of an element.
        upper_bound (float): Largest value of an element.

    Raises:
        ValueError: If the lower bound is greater than the upper one.

    """

    name = 'GradientHardClipping'

    def __init__(self, lower_bound, upper_bound):
        if lower_bound > upper_bound:
            raise ValueError(
                f'no gradient is greater than {lower_bound} and less than '
                f'{upper_bound}: pass the lower bound first')
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def __call__(self, opt):
        """Changes the gradients of the target of an optimizer.

        Args:
            opt (Optimizer): The optimizer that is about to update.

        """
        lower, upper = float(self.lower_bound), float(self.upper_bound)
        for param in opt.target.params():
            grad = param.grad
            if grad is not None:
                with cuda.get_device(grad):
                    xp = cuda.get_array_module(grad)
                    xp.clip(grad, lower, upper, out=grad)
