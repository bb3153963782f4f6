import warnings

import chainer


def experimental(api_name):
    """Warns that something may still change.

    It is called at the beginning of a function, or of a constructor, whose
    interface is not settled. Users who know that can set
    ``chainer.disable_experimental_feature_warning`` to ``True``.

    Args:
        api_name (str): What it is called.

    .. admonition:: Example

       >>> import warnings
       >>> from chainer import utils
       >>> def f():
       ...     utils.experimental('f')
       >>> with warnings.catch_warnings(record=True) as caught:
       ...     warnings.simplefilter('always')
       ...     f()
       >>> print(caught[0].message)
       f is experimental: its interface may change

    """
    if not chainer.disable_experimental_feature_warning:
        # The line to show is the one that called the function.
        warnings.warn(f'{api_name} is experimental: its interface may change',
                      FutureWarning, stacklevel=3)
