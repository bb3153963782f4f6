"""How a batch becomes the arguments of a loss function."""
from chainer import flag, variable


def make(arrays, volatile=flag.OFF):
    """Wraps the arrays of a batch into variables.

    Args:
        arrays: What the converter made of a batch. The items of a tuple become
            positional arguments, those of a dictionary keyword arguments, and
            anything else is the only argument.
        volatile (~chainer.Flag): Volatility of the variables.

    Returns:
        tuple: Positional arguments (list) and keyword arguments (dict).

    """
    if isinstance(arrays, dict):
        return [], {key: variable.Variable(array, volatile)
                    for key, array in arrays.items()}
    if not isinstance(arrays, tuple):
        arrays = arrays,
    return [variable.Variable(array, volatile) for array in arrays], {}
