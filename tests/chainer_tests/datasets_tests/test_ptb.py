import io
import os
import pathlib
import shutil
import tempfile
import unittest
from contextlib import redirect_stderr
from unittest import mock

import numpy
from numpy import testing

from chainer import datasets
from chainer.dataset import download, mirrors
from chainer.datasets import ptb

TEXTS = {
    'train': ' no it was <unk> \n it was n\'t \n',
    'valid': ' was it \n',
    'test': ' it was black monday \n',
}
VOCABULARY = {'no': 0, 'it': 1, 'was': 2, '<unk>': 3, '<eos>': 4, "n't": 5,
              'black': 6, 'monday': 7}
SEQUENCES = [[0, 1, 2, 3, 4, 1, 2, 5, 4], [2, 1, 4], [1, 2, 6, 7, 4]]


class TestPtb(unittest.TestCase):

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.folder = os.path.join(self.root, 'pfnet', 'chainer', 'ptb')
        os.makedirs(self.folder)
        for patch in (
                mock.patch.object(download, '_root', self.root),
                mock.patch.object(ptb, '_VOCABULARY_SIZE', 8),
                mock.patch.object(
                    ptb, '_LENGTHS', {'train': 9, 'valid': 3, 'test': 5}),
                redirect_stderr(io.StringIO())):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)
        self.set_urls('nowhere')

    def set_urls(self, *folders):
        """Puts mirrors of this machine in the place of those of the world."""
        patch = mock.patch.object(ptb, '_SOURCE', mirrors.Source(
            'pfnet/chainer/ptb', ptb._SOURCE._files,
            [pathlib.Path(self.root, f).as_uri() + '/' for f in folders]))
        patch.start()
        self.addCleanup(patch.stop)

    def put_files(self, folder, texts=TEXTS):
        folder = os.path.join(self.root, folder)
        os.makedirs(folder, exist_ok=True)
        for split, text in texts.items():
            with open(os.path.join(folder, f'ptb.{split}.txt'), 'w') as f:
                f.write(text)

    def check(self):
        sequences = datasets.get_ptb_words()
        self.assertIs(type(sequences), tuple)
        for actual, expected in zip(sequences, SEQUENCES, strict=True):
            self.assertEqual(actual.dtype, numpy.int32)
            testing.assert_array_equal(actual, expected)
        self.assertEqual(datasets.get_ptb_words_vocabulary(), VOCABULARY)

    def test_files_of_the_user(self):
        self.put_files(self.folder)
        self.check()

    def test_vocabulary_alone(self):
        self.put_files(self.folder)
        vocabulary = datasets.get_ptb_words_vocabulary()
        self.assertEqual(vocabulary, VOCABULARY)
        self.assertEqual(datasets.get_ptb_words_vocabulary(), VOCABULARY)
        self.check()

    def test_mirrors(self):
        wrong = {split: '<html>\n' for split in TEXTS}
        self.put_files('first', wrong)
        self.put_files('second')
        self.set_urls('first', 'second')
        self.check()

    def test_mirror_with_wrong_files(self):
        self.put_files('mirror', dict(TEXTS, train='half of it\n'))
        self.set_urls('mirror')
        with self.assertRaisesRegex(OSError, '(?s)ptb.train.txt.* 4 words'):
            datasets.get_ptb_words()

    def test_layout_of_version_1(self):
        self.put_files(self.folder)
        self.check()
        for split, expected in zip(TEXTS, SEQUENCES, strict=True):
            path = os.path.join(self.folder, f'{split}.npz')
            with numpy.load(path) as npz:
                self.assertEqual(list(npz), ['w'])
                testing.assert_array_equal(npz['w'], expected)
            os.remove(os.path.join(self.folder, f'ptb.{split}.txt'))
        with open(os.path.join(self.folder, 'vocab.txt')) as f:
            self.assertEqual(f.read().splitlines(), list(VOCABULARY))
        self.check()

    def test_broken_caches(self):
        self.put_files(self.folder)
        self.check()
        path = os.path.join(self.folder, 'test.npz')
        for w in (numpy.zeros(5), numpy.zeros(4, 'i'),
                  numpy.full(5, 8, 'i'), numpy.full(5, -1, 'i')):
            numpy.savez(path, w=w)
            with self.assertWarnsRegex(RuntimeWarning, path):
                self.check()
        path = os.path.join(self.folder, 'vocab.txt')
        for words in (list(VOCABULARY)[:-1], list(VOCABULARY)[:-1] + ['no'],
                      ['\xff']):
            with open(path, 'w', encoding='latin-1') as f:
                f.writelines(f'{word}\n' for word in words)
            with self.assertWarnsRegex(RuntimeWarning, path):
                self.check()

    def test_text_of_another_corpus(self):
        for split in TEXTS:
            self.put_files(self.folder, dict(TEXTS, **{split: 'one\n'}))
            with self.assertRaisesRegex(
                    ValueError, f'ptb.{split}.txt is not .* has 2 words'):
                datasets.get_ptb_words()

    def test_text_of_another_vocabulary(self):
        self.put_files(
            self.folder, dict(TEXTS, valid=' was tuesday \n'))
        with self.assertRaisesRegex(ValueError, '9 different words'):
            datasets.get_ptb_words_vocabulary()

    def test_offline(self):
        with self.assertRaises(OSError) as context:
            datasets.get_ptb_words()
        message = str(context.exception)
        self.assertIn(self.folder, message)
        for split in TEXTS:
            self.assertIn(f'\n  ptb.{split}.txt\n', message)


class TestFacts(unittest.TestCase):

    def test_mirrors_are_https(self):
        self.assertEqual(list(ptb._SOURCE._files), [
            'ptb.train.txt', 'ptb.valid.txt', 'ptb.test.txt'])
        for url in ptb._SOURCE._urls:
            self.assertRegex(url, '^https://.*/$')

    def test_corpus_of_the_right_size_is_accepted(self):
        # Ten thousand words in lines of a hundred.
        words = [f'w{i}' for i in range(9999)]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'ptb.valid.txt')
            n_line, n_rest = divmod(73760, 100)
            lines = [' '.join(words[:99])] * n_line
            lines.append(' '.join(words[:n_rest - 1]))
            with open(path, 'w') as f:
                f.write('\n'.join(lines) + '\n')
            ptb._SOURCE._files['ptb.valid.txt'](path)
            with self.assertRaisesRegex(ValueError, '73760.*929589'):
                ptb._SOURCE._files['ptb.train.txt'](path)
