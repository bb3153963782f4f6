"""The global random number generators as a text, to be saved."""
import json
import random

import numpy

from chainer import cuda


def dump():
    """Returns the states of the global generators.

    These are the generator behind the functions of :mod:`numpy.random` and the
    one behind those of :mod:`random`, which shuffling, dropout, noise and
    data augmentation draw from; and those of :mod:`cupy.random`, one for each
    device, as far as they have been used.

    Returns:
        str: States in JSON.

    """
    states = {'numpy': numpy.random.get_state(legacy=False),
              'python': random.getstate()}
    if cuda.available:
        states['cupy'] = cuda.cupy.random.generator.get_states()
    return json.dumps(states, default=numpy.ndarray.tolist)


def restore(text):
    """Puts the global generators into the states that were dumped.

    Those of devices that are not here, or were not there, start anew when
    they are used.

    Args:
        text (str): What :func:`dump` returned.

    Raises:
        ValueError: If the generators are of another kind than those dumped.

    """
    states = json.loads(text)
    version, words, gauss_next = states['python']
    numpy.random.set_state(states['numpy'])
    random.setstate((version, tuple(words), gauss_next))
    if cuda.available:
        cuda.cupy.random.generator.set_states({
            int(device_id): state
            for device_id, state in states.get('cupy', {}).items()})
