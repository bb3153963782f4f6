"""Networks of Caffe for tests: described once, written in every form."""
import contextlib
import os
import tempfile

import cv2
import numpy
from google.protobuf import text_format

from chainer.links.caffe import CaffeFunction, caffe_pb

# How types of layers were called before they were strings.
V1_TYPES = {
    'AbsVal': 'ABSVAL', 'Accuracy': 'ACCURACY', 'BNLL': 'BNLL',
    'Concat': 'CONCAT', 'Convolution': 'CONVOLUTION',
    'Deconvolution': 'DECONVOLUTION', 'Data': 'DATA', 'Dropout': 'DROPOUT',
    'Eltwise': 'ELTWISE', 'EuclideanLoss': 'EUCLIDEAN_LOSS', 'Exp': 'EXP',
    'Flatten': 'FLATTEN', 'HingeLoss': 'HINGE_LOSS',
    'InnerProduct': 'INNER_PRODUCT', 'LRN': 'LRN', 'Pooling': 'POOLING',
    'Power': 'POWER', 'ReLU': 'RELU', 'Sigmoid': 'SIGMOID',
    'SigmoidCrossEntropyLoss': 'SIGMOID_CROSS_ENTROPY_LOSS',
    'Slice': 'SLICE', 'Softmax': 'SOFTMAX',
    'SoftmaxWithLoss': 'SOFTMAX_LOSS', 'Split': 'SPLIT', 'TanH': 'TANH',
    'Threshold': 'THRESHOLD'}


class CaffeNet:
    """A network of Caffe.

    Args:
        inputs: Shapes of the inputs, by their names.

    """

    def __init__(self, **inputs):
        self.random = numpy.random.RandomState(0)
        self.inputs = {
            name: self.random.randn(*shape).astype('f')
            for name, shape in inputs.items()}
        self.layers = []

    def add(self, type_, name, bottom, top=None, blobs=(), **params):
        """Adds a layer: one that works in place if ``top`` is its bottom.

        Args:
            type_ (str): Type.
            name (str): Name.
            bottom (str): Names of what it reads, separated by spaces.
            top (str): Names of what it writes. By default its own.
            blobs (iterable of arrays): Its weights.
            params: The other fields of the message.

        """
        top = name if top is None else top
        self.layers.append((dict(
            name=name, bottom=bottom.split(), top=top.split(), **params),
            type_, blobs))

    def add_convolution(self, name, bottom, n_in, n_out, k, bias=True,
                        **param):
        group = param.get('group', 1)
        W = self.random.randn(n_out, n_in // group, k, k)
        W *= (2. / W[0].size) ** 0.5
        blobs = [W, self.random.randn(n_out) * 0.1][:2 if bias else 1]
        self.add('Convolution', name, bottom, blobs=blobs,
                 convolution_param=dict(num_output=n_out, kernel_size=[k],
                                        bias_term=bias, **param))

    def add_inner_product(self, name, bottom, n_in, n_out):
        W = self.random.randn(n_out, n_in) * (2. / n_in) ** 0.5
        self.add('InnerProduct', name, bottom,
                 blobs=[W, self.random.randn(n_out) * 0.1],
                 inner_product_param=dict(num_output=n_out))

    def add_relu(self, bottom):
        self.add('ReLU', f'{bottom}/relu', bottom, bottom)

    def message(self, v1=False, weights=True):
        """Returns the network as a message.

        Args:
            v1 (bool): In the layout until 2015.
            weights (bool): With the weights.

        """
        net = caffe_pb.NetParameter(name='net')
        for fields, type_, blobs in self.layers:
            if v1:
                layer = net.layers.add(type=V1_TYPES[type_], **fields)
            else:
                layer = net.layer.add(type=type_, **fields)
            for blob in blobs if weights else ():
                fill_blob(layer.blobs.add(), numpy.asarray(blob), v1)
        return net

    def model(self, v1=False):
        """Returns the binary file."""
        return self.message(v1).SerializeToString()

    def prototxt(self, v1=False):
        """Returns the definition as text, without weights."""
        net = self.message(v1, weights=False)
        for name, x in self.inputs.items():
            net.input.append(name)
            net.input_shape.add(dim=x.shape)
        return text_format.MessageToString(net)

    def load(self, v1=False):
        """Returns the network as a :class:`CaffeFunction`."""
        return load(self.model(v1))

    def opencv(self, v1=False):
        """Returns all outputs of layers as OpenCV computes them."""
        cv2.setNumThreads(1)
        net = cv2.dnn.readNetFromCaffe(
            numpy.frombuffer(self.prototxt(v1).encode(), numpy.uint8),
            numpy.frombuffer(self.model(v1), numpy.uint8))
        net.enableFusion(False)
        for name, x in self.inputs.items():
            net.setInput(x, name)
        # In place, the last layer is the one whose output a blob has.
        writers = {fields['top'][0]: fields['name']
                   for fields, _, _ in self.layers}
        outputs = net.forward(list(writers.values()))
        return dict(zip(writers, outputs))


def randn(*shape):
    """Returns random numbers, the same for the same shape."""
    return numpy.random.RandomState(1).randn(*shape)


def single_layer(type_, n_bottoms=1, tops='y', shape=(2, 6, 7, 5), blobs=(),
                 **params):
    """Returns a net of one layer, with the inputs x0, x1, ...

    Of the blobs, a tuple is the shape of one with random numbers.
    """
    blobs = [randn(*blob) if isinstance(blob, tuple) else blob
             for blob in blobs]
    net = CaffeNet(**{f'x{i}': shape for i in range(n_bottoms)})
    # OpenCV mixes up the names of layers and blobs.
    name = tops.split()[0]
    net.add(type_, name, ' '.join(net.inputs), tops, blobs, **params)
    return net


def convolution(*shape, bias=None, **param):
    """Returns options of :func:`single_layer` for a convolution.

    ``shape`` is that of its weights, ``bias`` the number of biases.
    """
    blobs = [shape]
    if bias is not None:
        blobs.append((bias,))
    return dict(blobs=blobs, convolution_param=dict(
        param, bias_term=bias is not None))


def fill_blob(proto, array, v1=False):
    """Writes an array into the message of a blob."""
    if v1:
        shape = (1,) * (4 - array.ndim) + array.shape
        proto.num, proto.channels, proto.height, proto.width = shape
    else:
        proto.shape.dim.extend(array.shape)
    proto.data.extend(array.ravel().tolist())


def load(model):
    """Returns a :class:`CaffeFunction` of the bytes of a file."""
    with write(model) as path:
        return CaffeFunction(path)


@contextlib.contextmanager
def write(data):
    """Context manager that writes bytes into a file, and gives its path."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'net.caffemodel')
        with open(path, 'wb') as file:
            file.write(data)
        yield path
