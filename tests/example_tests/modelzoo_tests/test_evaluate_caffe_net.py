import contextlib
import importlib.util
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np
from PIL import Image

from chainer.links import caffe
from chainer.testing import attr

SCRIPTS = (pathlib.Path(__file__).resolve().parents[3] /
           'examples' / 'modelzoo')
HOST_DEVICE = 'the device is the CPU'


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate_model = load_script('generate_model')
script = load_script('evaluate_caffe_net')


def call_main(module, *arguments):
    """Calls the main function of a script, and returns what it prints.

    If it exits, that is the message it exits with.
    """
    with mock.patch.object(sys, 'argv', ['script', *arguments]), \
            contextlib.redirect_stderr(io.StringIO()) as stderr, \
            contextlib.redirect_stdout(io.StringIO()) as stdout:
        try:
            module.main()
        except SystemExit as end:
            return stderr.getvalue() if end.code == 2 else end.code
    return stdout.getvalue()


class ModelTestCase(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def generate(self, model_type='caffenet', n=12):
        call_main(generate_model, '--model-type', model_type, '--images',
                  str(n), '--out', self.directory)

    def arguments(self, model_type='caffenet', *more):
        return [self.path('images.txt'), model_type,
                self.path('sample.caffemodel'), '--basepath', self.directory,
                '--mean', self.path('mean.npy'), *more]

    def check_accurate(self, output):
        loss = float(re.search('mean loss: (.*)', output)[1])
        self.assertLess(loss, .1)
        self.assertIn('mean accuracy: 1.0000', output)

    def run_script(self, name, *arguments):
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W', f'ignore:{HOST_DEVICE}',
             str(SCRIPTS / name), *arguments],
            capture_output=True, text=True, timeout=300, cwd=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result


class TestScripts(ModelTestCase):

    def run_both(self, *options):
        generated = self.run_script('generate_model.py', '--images', '12')
        # What it says that is to be run next
        command = generated.stdout.split('evaluate_caffe_net.py ')[1].split()
        result = self.run_script('evaluate_caffe_net.py', *command, *options)
        self.check_accurate(result.stdout)
        self.assertEqual(result.stderr.split()[-3:], ['12', '/', '12'])

    def test_cpu(self):
        self.run_both()

    @attr.gpu
    def test_device(self):
        self.run_both('--gpu', '0', '--batchsize', '5')


class TestEvaluation(ModelTestCase):

    def test_types_of_models(self):
        for model_type in script.MODELS:
            self.generate(model_type)
            self.check_accurate(call_main(
                script, *self.arguments(model_type, '--batchsize', '5')))

    def test_wrong_labels(self):
        self.generate()
        with open(self.path('images.txt')) as f:
            lines = f.readlines()
        # Three of twelve images are said to be of the next class.
        for i in 0, 3, 7:
            name, label = lines[i].split()
            lines[i] = f'{name} {(int(label) + 1) % 6}\n'
        with open(self.path('images.txt'), 'w') as f:
            f.writelines(lines)
        for batchsize in '5', '100':
            self.assertIn('mean accuracy: 0.7500', call_main(
                script, *self.arguments('caffenet', '-B', batchsize)))

    def test_mean_is_that_of_the_scores(self):
        self.generate(n=7)
        mean = script.read_mean(self.path('mean.npy'))
        pairs = script.read_image_list(self.path('images.txt'))
        self.assertEqual(pairs[6], ('0006.png', 0))
        images = script.CaffeImages(pairs, self.directory, mean, 227)
        func = caffe.CaffeFunction(self.path('sample.caffemodel'))
        losses = []
        for image, label in images:
            y, = func({'data': image[None]}, ['fc8'], train=False)
            losses.append(np.log(np.exp(y.data).sum()) - y.data[0, label])
        with contextlib.redirect_stderr(io.StringIO()):
            loss, accuracy = script.evaluate(func, 'fc8', images, 3, -1)
        self.assertAlmostEqual(loss, float(np.mean(losses)), places=5)
        self.assertEqual(accuracy, 1)

    def test_order_of_colours_matters(self):
        # With red in the place of blue, most images are of another class.
        self.generate()
        mean = script.read_mean(self.path('mean.npy'))
        images = script.CaffeImages(
            script.read_image_list(self.path('images.txt')), self.directory,
            mean, 227)
        func = caffe.CaffeFunction(self.path('sample.caffemodel'))
        x = np.array([image for image, _ in images])[:, ::-1]
        y, = func({'data': np.ascontiguousarray(x)}, ['fc8'], train=False)
        correct = y.data.argmax(axis=1) == [label for _, label in images]
        # Only green and magenta look the same with red and blue exchanged.
        np.testing.assert_array_equal(
            correct, [False, True, False, False, True, False] * 2)


class TestImages(ModelTestCase):

    def load(self, image, mean=0, size=224):
        image.save(self.path('image.png'))
        images = script.CaffeImages(
            [('image.png', 3)], self.directory, mean, size)
        return images[0]

    def test_centre_and_order_of_colours(self):
        pixels = np.random.RandomState(0).randint(
            0, 256, (256, 256, 3)).astype(np.uint8)
        mean = np.arange(3 * 256 * 256, dtype='f').reshape(3, 256, 256)
        for size, start in (224, 16), (227, 14):
            x, label = self.load(Image.fromarray(pixels), mean, size)
            self.assertEqual(label, 3)
            self.assertEqual(label.dtype, np.int32)
            self.assertEqual(x.dtype, np.float32)
            self.assertEqual(x.shape, (3, size, size))
            for i, j in (0, 0), (5, size - 1):
                np.testing.assert_array_equal(
                    x[:, i, j], pixels[start + i, start + j][::-1] -
                    mean[:, start + i, start + j])

    def test_other_sizes_and_modes(self):
        for mode, colour, expected in (
                ('RGB', (10, 20, 30), (30, 20, 10)), ('L', 40, (40,) * 3),
                ('RGBA', (10, 20, 30, 255), (30, 20, 10))):
            x, _ = self.load(Image.new(mode, (300, 100), colour))
            self.assertEqual(x.shape, (3, 224, 224))
            for channel, value in zip(x, expected):
                self.assertTrue((channel == value).all())


class TestBadArguments(ModelTestCase):

    def setUp(self):
        super().setUp()
        self.generate()

    def evaluate(self, *arguments):
        return call_main(script, *self.arguments(*arguments))

    def write_list(self, text):
        with open(self.path('images.txt'), 'w') as f:
            f.write(text)

    def test_list_of_images(self):
        for text, message in (
                ('0000.png 0\n\n0001.png\n', r'images\.txt, line 3 is not'),
                ('0000.png zero\n', 'line 1 is not the path'),
                ('\n', r'images\.txt has no images'),
                ('0000.png 0\n0001.png 6\n', 'between 0 and 5'),
                ('0000.png -1\n', 'between 0 and 5'),
                ('nowhere.png 0\n', r'No such file.*nowhere\.png'),
                ('images.txt 0\n', r'cannot identify.*images\.txt')):
            self.write_list(text)
            self.assertRegex(self.evaluate(), message)

    def test_paths_with_spaces(self):
        os.rename(self.path('0000.png'), self.path('an image.png'))
        self.write_list('an image.png\t0\n0001.png  1\n')
        self.check_accurate(self.evaluate())

    def test_model(self):
        self.assertRegex(
            self.evaluate('resnet'), "sample.caffemodel is no resnet: .*'fc10")
        os.remove(self.path('sample.caffemodel'))
        self.assertIn('No such file', self.evaluate())

    def test_mean(self):
        np.save(self.path('mean.npy'), np.zeros((3, 255, 256)))
        self.assertRegex(self.evaluate(), r'\(3, 255, 256\), but .*256, 256')
        # A colour does as well, and GoogLeNet needs none.
        np.save(self.path('mean.npy'), np.array([120., 120., 120.]))
        self.check_accurate(self.evaluate())
        os.remove(self.path('mean.npy'))
        self.assertIn('No such file', self.evaluate())
        self.generate('googlenet')
        os.remove(self.path('mean.npy'))
        self.check_accurate(self.evaluate('googlenet'))

    def test_numbers(self):
        self.assertIn('--batchsize must be at least 1',
                      self.evaluate('caffenet', '-B', '0'))
        self.assertIn('--images must be at least 1',
                      call_main(generate_model, '--images', '0'))


class TestGenerateModel(ModelTestCase):

    def test_always_the_same(self):
        contents = []
        for _ in range(2):
            self.generate(n=3)
            contents.append({
                name: pathlib.Path(self.path(name)).read_bytes()
                for name in os.listdir(self.directory)})
        self.assertEqual(contents[0], contents[1])
        self.assertEqual(sorted(contents[0]), [
            '0000.png', '0001.png', '0002.png', 'images.txt', 'mean.npy',
            'sample.caffemodel'])
        self.assertEqual(contents[0]['images.txt'].decode(),
                         '0000.png 0\n0001.png 1\n0002.png 2\n')
