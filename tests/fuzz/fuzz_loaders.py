"""Feeds broken files to the loaders of model files.

Usage::

    python tests/fuzz/fuzz_loaders.py --files 10000 --seed 0 --kind all

A file is a good one with something broken in it at random. Whatever is in it,
a loader may raise the exceptions of its documentation, and nothing else: it
must not crash, hang or take up memory, and what it loads into must stay as it
was if it raises one. A network that could be loaded is also run.

Files are loaded in a process of its own, with limits. The number of a file and
the seed determine it: ``--first 123 --files 1 --keep DIR`` writes the file
number 123 to a directory.
"""
import argparse
import collections
import contextlib
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
import zipfile

import numpy

import chainer
import chainer.links as L
from chainer import serializers
from chainer.links.caffe import CaffeFunction, wire_format
from chainer.utils import type_check

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), os.pardir, 'chainer_tests',
    'links_tests', 'caffe_tests'))
import caffe_net

try:
    import resource
except ImportError:
    # Windows. Hangs and huge arrays will be noticed all the same.
    resource = None

SECONDS = 10
BYTES = 1 << 28


# --------------------------------------------------------------------
# Mutations of any file
# --------------------------------------------------------------------

INTERESTING = (0, 1, 2, 127, 128, 255, 256, 65535, (1 << 31) - 1, 1 << 31,
               (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1)


def truncate(data, rng):
    return data[:rng.randrange(len(data) + 1)]


def flip_bytes(data, rng):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if data:
            data[rng.randrange(len(data))] = rng.choice(
                (0, 1, 127, 128, 255, rng.randrange(256)))
    return bytes(data)


def insert_bytes(data, rng):
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.choice((1, 2, 7, 100))) + data[at:]


def delete_block(data, rng):
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[stop:]


def repeat_block(data, rng):
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:stop] + data[start:]


def swap_blocks(data, rng):
    a, b, c = sorted(rng.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def replace_all(data, rng):
    return rng.randbytes(rng.choice((0, 1, 10, 1000)))


ANY_FILE = (truncate, flip_bytes, insert_bytes, delete_block, repeat_block,
            swap_blocks, replace_all)


# --------------------------------------------------------------------
# Models of Caffe
# --------------------------------------------------------------------

def make_models():
    """Returns good models: all types of layers, in both layouts."""
    net = caffe_net.CaffeNet(data=(1, 3, 8, 8))
    net.add('Data', 'data', '', 'data label')
    net.add_convolution('conv1', 'data', 3, 4, 3, pad=[1])
    net.add_relu('conv1')
    net.add('Pooling', 'pool1', 'conv1', pooling_param=dict(
        pool='MAX', kernel_size=3, stride=2))
    net.add('LRN', 'norm1', 'pool1', lrn_param=dict(local_size=3, alpha=.1))
    net.add_convolution('conv2', 'norm1', 4, 4, 3, group=2, pad=[1])
    net.add('Split', 'split', 'conv2', 'a b c')
    net.add('Pooling', 'a2', 'a', pooling_param=dict(
        pool='AVE', kernel_h=3, kernel_w=2, pad_h=1, stride=2))
    net.add('TanH', 'b2', 'b', 'b')
    net.add('Deconvolution', 'c2', 'c', blobs=[net.random.randn(4, 2, 2, 2)],
            convolution_param=dict(num_output=4, group=2, kernel_size=[2],
                                   stride=[2], bias_term=False))
    net.add('Concat', 'bc', 'b conv2')
    net.add('Slice', 'slice', 'bc', 's1 s2', slice_param=dict(
        slice_point=[5]))
    net.add('Power', 'power', 's1', power_param=dict(scale=2))
    net.add('Eltwise', 'sum', 'power power', eltwise_param=dict(
        coeff=[1, -.5]))
    net.add('Dropout', 'drop', 'sum', 'sum')
    net.add_inner_product('fc', 'sum', 5 * 16, 6)
    net.add('Accuracy', 'accuracy', 'fc label',
            accuracy_param=dict(top_k=2))
    net.add('SoftmaxWithLoss', 'loss', 'fc label')
    models = [net.model(v1=True)]
    net.add('BatchNorm', 'bn', 's2', blobs=[[0] * 3, [1] * 3, [1]])
    net.add('Scale', 'scale', 'bn', blobs=[[1] * 3, [0] * 3],
            scale_param=dict(bias_term=True))
    net.add('Bias', 'bias', 'scale', blobs=[[1] * 3])
    net.add('PReLU', 'prelu', 'bias', blobs=[[.1] * 3])
    net.add('Reshape', 'reshape', 'prelu', reshape_param=dict(
        shape=dict(dim=[0, -1, 2])))
    net.add('Flatten', 'flatten', 'reshape')
    net.add('Softmax', 'softmax', 'flatten')
    return [*models, net.model()]


def mutate_message(data, rng):
    """Changes a field of a message, or of a message in it."""
    try:
        fields = list(wire_format.fields(io.BytesIO(data), 0, len(data)))
    except ValueError:
        fields = []
    if not fields:
        return flip_bytes(data, rng)
    field = rng.choice(fields)
    value = data[field.start:field.stop]
    number, wire_type = field.number, field.wire_type
    if wire_type == wire_format.BYTES and rng.random() < .75:
        value = mutate_message(value, rng)
        changed = encode(number, wire_type, value)
    else:
        changed = rng.choice(FIELD_MUTATIONS)(number, wire_type, value, rng)
    return data[:field.begin] + changed + data[field.stop:]


def encode(number, wire_type, value, size=None):
    header = varint(number << 3 | wire_type)
    if wire_type == wire_format.BYTES:
        header += varint(len(value) if size is None else size)
    return header + value


def varint(number):
    digits = []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


FIELD_MUTATIONS = (
    lambda number, wire_type, value, rng: b'',
    lambda number, wire_type, value, rng:
        encode(number, wire_type, value) * rng.choice((2, 3, 50)),
    lambda number, wire_type, value, rng:
        encode(rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 100, number + 1,
                           rng.randrange(1 << 29))), wire_type, value),
    lambda number, wire_type, value, rng:
        encode(number, rng.randrange(8), value),
    lambda number, wire_type, value, rng:
        encode(number, wire_type, value, rng.choice(INTERESTING)),
    lambda number, wire_type, value, rng:
        encode(number, wire_format.VARINT, varint(rng.choice(INTERESTING))),
    lambda number, wire_type, value, rng:
        encode(number, wire_format.VARINT, varint(rng.randrange(9))),
    lambda number, wire_type, value, rng:
        encode(number, wire_type, flip_bytes(value, rng)),
)


class CaffeLoader:
    """Loads models of Caffe, and runs those that can be."""

    def __init__(self):
        self.models = make_models()
        self.inputs = {
            'data': numpy.random.RandomState(0).randn(1, 3, 8, 8).astype('f'),
            'label': numpy.array([1], 'i')}

    def make_file(self, rng):
        data = rng.choice(self.models)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            if rng.random() < .6:
                data = mutate_message(data, rng)
            else:
                data = rng.choice(ANY_FILE)(data, rng)
        return data

    def load(self, path):
        """Returns what became of a file."""
        try:
            func = CaffeFunction(path)
        except ValueError as error:
            assert path in str(error)
            return 'ValueError'
        tops = [top for _, _, tops in func.layers for top in tops]
        outcome = 'loaded'
        for train in (True, False):
            for top in reversed(tops):
                with contextlib.suppress(KeyError):
                    outcome = self.call(func, top, train)
                    break
        return outcome

    def call(self, func, output, train):
        try:
            with numpy.errstate(all='ignore'):
                func(self.inputs, [output], train=train)
        except KeyError:
            raise
        except (ValueError, type_check.InvalidType) as error:
            return f'loaded, run: {type(error).__name__}'
        except MemoryError:
            # Definitions may well ask for images that are too large.
            return 'loaded, run: MemoryError'
        return 'loaded and run'


# --------------------------------------------------------------------
# NPZ files
# --------------------------------------------------------------------

def make_chain():
    random_state = numpy.random.RandomState(0)
    model = chainer.Chain(
        l1=L.Linear(5, 4, initialW=random_state.randn(4, 5)),
        l2=L.Linear(4, 300, initialW=random_state.randn(300, 4)))
    model.add_persistent('mean', random_state.randn(3))
    model.add_persistent('count', 7)
    return model


def mutate_archive(data, rng):
    """Changes a file in an archive, or its name, and writes it anew."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(name, archive.read(name))
                       for name in archive.namelist()]
    except Exception:
        return flip_bytes(data, rng)
    if not entries:
        return data
    i = rng.randrange(len(entries))
    name, content = entries[i]
    kind = rng.randrange(5)
    if kind == 0:
        entries[i] = (rng.choice((name + 'x', '', '../x', entries[0][0])),
                      content)
    elif kind == 1:
        content = content.replace(b"'shape': (", b"'shape': (" + rng.choice(
            (b'1, ', b'-1, ', b'99999999999, ', b'0, ', b'None, ')), 1)
        entries[i] = name, content
    elif kind == 2:
        content = content.replace(b"'<f", rng.choice(
            (b"'>f", b"'|O", b"'<i", b"'<U", b"'<M", b"'<c")), 1)
        entries[i] = name, content
    else:
        entries[i] = name, rng.choice(ANY_FILE)(content, rng)
    file = io.BytesIO()
    with warnings.catch_warnings():
        # Names may come up twice.
        warnings.simplefilter('ignore')
        with zipfile.ZipFile(file, 'w', rng.choice(
                (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for name, content in entries:
                archive.writestr(name or '.npy', content)
    return file.getvalue()


class NpzLoader:
    """Loads NPZ files into a chain."""

    def __init__(self):
        file = io.BytesIO()
        serializers.save_npz(file, make_chain())
        self.model = file.getvalue()

    def make_file(self, rng):
        data = self.model
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            if rng.random() < .6:
                data = mutate_archive(data, rng)
            else:
                data = rng.choice(ANY_FILE)(data, rng)
        return data

    def load(self, path):
        """Returns what became of a file."""
        target = make_chain()
        for param in target.params():
            param.data.fill(1)
        before = self.state(target)
        try:
            serializers.load_npz(path, target)
        except (KeyError, TypeError, ValueError) as error:
            assert self.state(target) == before, 'the target was changed'
            kinds = KeyError, TypeError, ValueError
            return next(k.__name__ for k in kinds if isinstance(error, k))
        return 'loaded'

    @staticmethod
    def state(target):
        return (target.count, target.mean.tobytes(),
                [param.data.tobytes() for param in target.params()])


# --------------------------------------------------------------------
# Processes
# --------------------------------------------------------------------

LOADERS = {'caffe': CaffeLoader, 'npz': NpzLoader}


def make_file(loader, kind, seed, number):
    return loader.make_file(random.Random(f'{kind} {seed} {number}'))


def work(kind, seed, first, last):
    """Loads files, and prints number and outcome of each."""
    loader = LOADERS[kind]()
    limit()
    warnings.simplefilter('error')
    # Layers that are not supported.
    warnings.simplefilter('ignore', UserWarning)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'file')
        for number in range(first, last):
            with open(path, 'wb') as file:
                file.write(make_file(loader, kind, seed, number))
            alarm(SECONDS)
            try:
                outcome = loader.load(path)
            except BaseException:
                outcome = 'FAILED ' + repr(traceback.format_exc())
            alarm(0)
            print(number, outcome, flush=True)


def limit():
    if resource is None or not os.path.exists('/proc/self/statm'):
        return
    with open('/proc/self/statm') as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + BYTES, size + BYTES))


def alarm(seconds):
    if hasattr(signal, 'alarm'):
        signal.signal(signal.SIGALRM, timed_out)
        signal.alarm(seconds)


def timed_out(signum, frame):
    raise TimeoutError(f'{SECONDS} seconds')


def run(kind, seed, first, last):
    """Yields (number, outcome) of files, whatever happens to a worker."""
    while first < last:
        worker = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), '--worker',
             '--kind', kind, '--seed', str(seed), '--first', str(first),
             '--files', str(last - first)],
            stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, OMP_NUM_THREADS='1'))
        with worker:
            for line in worker.stdout:
                number, _, outcome = line.rstrip().partition(' ')
                first = int(number) + 1
                yield int(number), outcome
        if first < last:
            yield first, f'FAILED the process ended: {worker.returncode}'
            first += 1


def main(arguments=None):
    """Runs the script; returns the number of failures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--files', type=int, default=10000)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--kind', choices=('caffe', 'npz', 'all'),
                        default='all')
    parser.add_argument('--keep', help='directory for files that fail, or '
                        'for the file if it is a single one')
    parser.add_argument('--worker', action='store_true',
                        help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    last = args.first + args.files
    if args.worker:
        work(args.kind, args.seed, args.first, last)
        return 0
    failures = 0
    for kind in LOADERS if args.kind == 'all' else (args.kind,):
        outcomes = collections.Counter()
        for number, outcome in run(kind, args.seed, args.first, last):
            failed = outcome.startswith('FAILED')
            outcomes['FAILED' if failed else outcome] += 1
            if failed:
                print(f'{kind} file {number} of seed {args.seed}: {outcome}')
            if args.keep and (failed or args.files == 1):
                path = os.path.join(args.keep, f'{kind}_{number}')
                with open(path, 'wb') as file:
                    file.write(make_file(
                        LOADERS[kind](), kind, args.seed, number))
        failures += outcomes['FAILED']
        print(f'{kind}: {sum(outcomes.values())} files')
        for outcome, count in outcomes.most_common():
            print(f'{count:8} {outcome}')
    return failures


if __name__ == '__main__':
    sys.exit(main() > 0)
