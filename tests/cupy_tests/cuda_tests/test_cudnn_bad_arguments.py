"""Every argument of cuDNN's functions, wrong in every way."""
import functools
import os
import sys
import unittest

import numpy

from cupy.cuda import cudnn, runtime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bad_arguments import (  # noqa: E402
    Argument,
    Array,
    Descriptor,
    Handle,
    HostMemory,
    Stream,
    check,
    check_without_device,
    enum,
    ints,
)

FLOAT, DOUBLE, HALF = (cudnn.CUDNN_DATA_FLOAT, cudnn.CUDNN_DATA_DOUBLE,
                       cudnn.CUDNN_DATA_HALF)
NCHW = cudnn.CUDNN_TENSOR_NCHW
BAD_PARAM = cudnn.CUDNN_STATUS_BAD_PARAM


def handle():
    return Handle(cudnn.create, cudnn.destroy, cudnn.setStream)


def target(create, destroy):
    """A descriptor that is to be set."""
    return Handle(create, destroy, device=False)


def factor(value=1):
    return HostMemory(numpy.array([value], 'f4'))


def packed(shape):
    return [int(numpy.prod(shape[i + 1:])) for i in range(len(shape))]


def set_tensor(shape, strides, dtype):
    return lambda desc: cudnn.setTensorNdDescriptor(
        desc, dtype, len(shape), ints(*shape), ints(*strides))


def tensor(*shape, strides=None):
    """A descriptor of float32; others are of other shapes and types."""
    larger = (*shape[:-1], shape[-1] + 1)
    more = (*shape, 2)
    return Descriptor(
        cudnn.createTensorDescriptor, cudnn.destroyTensorDescriptor,
        set_tensor(shape, strides or packed(shape), FLOAT),
        larger=set_tensor(larger, packed(larger), FLOAT),
        of_more_axes=set_tensor(more, packed(more), FLOAT),
        of_doubles=set_tensor(shape, packed(shape), DOUBLE))


def kernel(*shape):
    def set_filter(shape, dtype):
        return lambda desc: cudnn.setFilterNdDescriptor(
            desc, dtype, NCHW, len(shape), ints(*shape))

    return Descriptor(
        cudnn.createFilterDescriptor, cudnn.destroyFilterDescriptor,
        set_filter(shape, FLOAT),
        of_more_channels=set_filter((shape[0], shape[1] + 1, *shape[2:]),
                                    FLOAT),
        larger=set_filter((*shape[:-1], shape[-1] + 1), FLOAT),
        of_more_axes=set_filter((*shape, 2), FLOAT),
        of_halves=set_filter(shape, HALF))


def convolution():
    def set_2d(pad, dtype):
        return lambda desc: cudnn.setConvolution2dDescriptor(
            desc, pad, pad, 1, 1, 1, 1, cudnn.CUDNN_CROSS_CORRELATION, dtype)

    def set_groups(desc):
        set_2d(0, FLOAT)(desc)
        cudnn.setConvolutionGroupCount(desc, 2)

    def set_3d(desc):
        one = ints(1, 1, 1)
        cudnn.setConvolutionNdDescriptor(
            desc, 3, ints(0, 0, 0), one, one, cudnn.CUDNN_CROSS_CORRELATION,
            FLOAT)

    return Descriptor(
        cudnn.createConvolutionDescriptor, cudnn.destroyConvolutionDescriptor,
        set_2d(0, FLOAT), padded=set_2d(1, FLOAT),
        of_doubles=set_2d(0, DOUBLE),
        of_groups=set_groups, of_three_axes=set_3d)


def pooling():
    def set_2d(window, stride):
        return lambda desc: cudnn.setPooling2dDescriptor(
            desc, cudnn.CUDNN_POOLING_MAX, cudnn.CUDNN_NOT_PROPAGATE_NAN,
            window, window, 0, 0, stride, stride)

    return Descriptor(
        cudnn.createPoolingDescriptor, cudnn.destroyPoolingDescriptor,
        set_2d(2, 2), of_other_steps=set_2d(2, 1), too_large=set_2d(7, 2))


def activation(mode=cudnn.CUDNN_ACTIVATION_RELU):
    return Descriptor(
        cudnn.createActivationDescriptor, cudnn.destroyActivationDescriptor,
        lambda desc: cudnn.setActivationDescriptor(
            desc, mode, cudnn.CUDNN_NOT_PROPAGATE_NAN, 0))


def floats(*shape):
    return Array(int(numpy.prod(shape)), 'f4')


class CudnnTest(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)

    def check(self, function, *arguments):
        check(self, cudnn.CuDNNError, function, *arguments)


class TestHandle(CudnnTest):

    def test_stream(self):
        self.check(cudnn.getStream,
                   Handle(cudnn.create, cudnn.destroy, device=False))
        self.check(cudnn.setStream, Handle(cudnn.create, cudnn.destroy),
                   Stream())

    def test_no_device(self):
        check_without_device(self, '''
from cupy.cuda import cudnn, runtime
try:
    cudnn.create()
except runtime.CUDARuntimeError as error:
    assert error.status == 100, error
else:
    raise AssertionError('created')
''')

    def test_destroy(self):
        ptr = cudnn.create()
        cudnn.destroy(ptr)
        for value in (0, 12344, ptr):
            with self.assertRaisesRegex(cudnn.CuDNNError, 'never created'):
                cudnn.destroy(value)


class TestSetters(CudnnTest):

    def test_destroy(self):
        for kind in ('Tensor', 'Filter', 'Convolution', 'Pooling',
                     'Activation'):
            create = getattr(cudnn, f'create{kind}Descriptor')
            destroy = getattr(cudnn, f'destroy{kind}Descriptor')
            ptr = create()
            destroy(ptr)
            for value in (0, 12344, ptr):
                with self.assertRaisesRegex(cudnn.CuDNNError,
                                            'never created'):
                    destroy(value)

    def test_tensors(self):
        new = functools.partial(target, cudnn.createTensorDescriptor,
                                cudnn.destroyTensorDescriptor)
        sizes = [Argument(2, 0, -1) for _ in range(4)]
        self.check(cudnn.setTensor4dDescriptor, new(), enum(NCHW),
                   enum(FLOAT), *sizes)
        self.check(cudnn.setTensor4dDescriptorEx, new(), enum(FLOAT), *sizes,
                   *[Argument(step, 0, -1) for step in (8, 4, 2, 1)])
        self.check(cudnn.setTensorNdDescriptor, new(), enum(FLOAT),
                   Argument(4, 3, 9, -1),
                   Argument(ints(2, 2, 2, 2), 0, ints(2, 2, 0, 2)),
                   Argument(ints(8, 4, 2, 1), 0, ints(8, 4, -2, 1)))

    def test_filters(self):
        new = functools.partial(target, cudnn.createFilterDescriptor,
                                cudnn.destroyFilterDescriptor)
        self.check(cudnn.setFilter4dDescriptor, new(), enum(FLOAT),
                   enum(NCHW), *[Argument(2, 0, -1) for _ in range(4)])
        self.check(cudnn.setFilterNdDescriptor, new(), enum(FLOAT),
                   enum(NCHW), Argument(4, 2, 9, -1),
                   Argument(ints(2, 2, 2, 2), 0, ints(2, 2, 0, 2)))

    def test_convolutions(self):
        new = functools.partial(target, cudnn.createConvolutionDescriptor,
                                cudnn.destroyConvolutionDescriptor)
        self.check(cudnn.setConvolutionMathType, new(), enum(0))
        self.check(cudnn.setConvolutionGroupCount, new(), Argument(2, 0, -1))
        self.check(
            cudnn.setConvolution2dDescriptor, new(), Argument(0, -1),
            Argument(0, -1), *[Argument(1, 0, -1) for _ in range(4)], enum(1),
            enum(FLOAT))
        self.check(
            cudnn.setConvolutionNdDescriptor, new(), Argument(2, 1, 4, -1),
            Argument(ints(0, 0), 0, ints(0, -1)),
            Argument(ints(1, 1), 0, ints(0, 1)),
            Argument(ints(1, 1), 0, ints(1, 0)), enum(1), enum(FLOAT))

    def test_poolings(self):
        new = functools.partial(target, cudnn.createPoolingDescriptor,
                                cudnn.destroyPoolingDescriptor)
        self.check(
            cudnn.setPooling2dDescriptor, new(), enum(0), enum(0),
            Argument(2, 0, -1), Argument(2, 0, -1), Argument(0, -1),
            Argument(0, -1), Argument(2, 0, -1), Argument(2, 0, -1))
        self.check(
            cudnn.setPoolingNdDescriptor, new(), enum(0), enum(0),
            Argument(2, 1, 4, -1), Argument(ints(2, 2), 0, ints(2, 0)),
            Argument(ints(0, 0), 0, ints(-1, 0)),
            Argument(ints(2, 2), 0, ints(2, 0)))

    def test_activations(self):
        self.check(cudnn.setActivationDescriptor,
                   target(cudnn.createActivationDescriptor,
                          cudnn.destroyActivationDescriptor),
                   enum(0), enum(0), 0.)

    def test_batch_normalization(self):
        self.check(cudnn.deriveBNTensorDescriptor,
                   target(cudnn.createTensorDescriptor,
                          cudnn.destroyTensorDescriptor),
                   Descriptor(cudnn.createTensorDescriptor,
                              cudnn.destroyTensorDescriptor,
                              set_tensor((2, 3, 4, 5), (60, 20, 5, 1), FLOAT)),
                   enum(cudnn.CUDNN_BATCHNORM_SPATIAL))

    def test_shapes_of_outputs(self):
        three = Argument(4, 3, 5, -1)
        x = Descriptor(cudnn.createTensorDescriptor,
                       cudnn.destroyTensorDescriptor,
                       set_tensor((2, 3, 5, 5), (75, 25, 5, 1), FLOAT),
                       small=set_tensor((2, 3, 1, 1), (3, 1, 1, 1), FLOAT))
        w = Descriptor(cudnn.createFilterDescriptor,
                       cudnn.destroyFilterDescriptor,
                       lambda desc: cudnn.setFilter4dDescriptor(
                           desc, FLOAT, NCHW, 4, 3, 3, 3),
                       other_channels=lambda desc:
                       cudnn.setFilter4dDescriptor(
                           desc, FLOAT, NCHW, 4, 2, 3, 3))
        conv = Descriptor(
            cudnn.createConvolutionDescriptor,
            cudnn.destroyConvolutionDescriptor,
            lambda desc: cudnn.setConvolution2dDescriptor(
                desc, 0, 0, 1, 1, 1, 1, 1, FLOAT))
        self.check(cudnn.getConvolutionNdForwardOutputDim, conv, x, w, three)

    def test_shapes_of_poolings(self):
        x = Descriptor(cudnn.createTensorDescriptor,
                       cudnn.destroyTensorDescriptor,
                       set_tensor((2, 3, 5, 5), (75, 25, 5, 1), FLOAT),
                       small=set_tensor((2, 3, 1, 1), (3, 1, 1, 1), FLOAT))
        desc = Descriptor(
            cudnn.createPoolingDescriptor, cudnn.destroyPoolingDescriptor,
            lambda desc: cudnn.setPooling2dDescriptor(
                desc, 0, 0, 2, 2, 0, 0, 2, 2))
        self.check(cudnn.getPoolingNdForwardOutputDim, desc, x,
                   Argument(4, 3, 5, -1))


class TestElements(CudnnTest):

    SHAPE = 2, 3, 4, 5

    def test_add(self):
        self.check(cudnn.addTensor, handle(), factor(), tensor(1, 3, 1, 1),
                   floats(3), factor(), tensor(*self.SHAPE),
                   floats(*self.SHAPE))

    def test_set_and_scale(self):
        self.check(cudnn.setTensor, handle(), tensor(*self.SHAPE),
                   floats(*self.SHAPE), factor())
        self.check(cudnn.scaleTensor, handle(), tensor(*self.SHAPE),
                   floats(*self.SHAPE), factor(2))

    def test_forward(self):
        # The last element of such strides is number 1 + 100 + 60 + 18 + 4.
        self.check(cudnn.activationForward, handle(), activation(), factor(),
                   tensor(*self.SHAPE, strides=(100, 30, 6, 1)), floats(183),
                   factor(0), tensor(*self.SHAPE), floats(*self.SHAPE))

    def test_backward(self):
        self.check(cudnn.activationBackward, handle(), activation(), factor(),
                   tensor(*self.SHAPE), floats(*self.SHAPE),
                   tensor(*self.SHAPE), floats(*self.SHAPE),
                   tensor(*self.SHAPE), floats(*self.SHAPE), factor(0),
                   tensor(*self.SHAPE), floats(*self.SHAPE))

    def test_softmax(self):
        self.check(cudnn.softmaxForward, handle(), enum(1), enum(1), factor(),
                   tensor(*self.SHAPE), floats(*self.SHAPE), factor(0),
                   tensor(*self.SHAPE), floats(*self.SHAPE))
        self.check(cudnn.softmaxBackward, handle(), enum(1), enum(1),
                   factor(), tensor(*self.SHAPE), floats(*self.SHAPE),
                   tensor(*self.SHAPE), floats(*self.SHAPE), factor(0),
                   tensor(*self.SHAPE), floats(*self.SHAPE))

    def test_in_place(self):
        # One array may be both only if it is read and written alike.
        h, act, one, zero = handle(), activation(), factor(), factor(0)
        rows = tensor(1, 1, 2, 2, strides=(4, 4, 2, 1))
        columns = tensor(1, 1, 2, 2, strides=(4, 4, 1, 2))
        x = Array(4, 'f4', [1, 2, 3, 4])
        for used in (h, act, one, zero, rows, columns, x):
            self.addCleanup(used.close)
        h, act, one, zero, rows, columns, ptr = [
            used.good() for used in (h, act, one, zero, rows, columns, x)]
        for call in (
                lambda y: cudnn.activationForward(
                    h, act, one, rows, ptr, zero, y, ptr),
                lambda y: cudnn.activationBackward(
                    h, act, one, rows, ptr, rows, ptr, rows, ptr, zero, y,
                    ptr),
                lambda y: cudnn.softmaxForward(
                    h, 1, 1, one, rows, ptr, zero, y, ptr),
                lambda y: cudnn.softmaxBackward(
                    h, 1, 1, one, rows, ptr, rows, ptr, zero, y, ptr)):
            with self.assertRaises(cudnn.CuDNNError) as raised:
                call(columns)
            self.assertEqual(raised.exception.status, BAD_PARAM)
            self.assertIn('of different strides', str(raised.exception))
            x.check_unchanged(self)
            call(rows)
            x.set()


class TestConvolution(CudnnTest):

    X, W, Y = (2, 3, 5, 5), (4, 3, 3, 3), (2, 4, 3, 3)
    WAYS = (('Forward', 'xwcy'), ('BackwardData', 'wycx'),
            ('BackwardFilter', 'xycw'))

    def operand(self, letter):
        return {'x': (lambda: tensor(*self.X), self.X),
                'w': (lambda: kernel(*self.W), self.W),
                'y': (lambda: tensor(*self.Y), self.Y),
                'c': (convolution, None)}[letter]

    def test_choice(self):
        for way, operands in self.WAYS:
            with self.subTest(way):
                self.check(
                    getattr(cudnn, f'getConvolution{way}Algorithm'), handle(),
                    *[self.operand(letter)[0]() for letter in operands], 1, 0)

    def test_workspace(self):
        for way, operands in self.WAYS:
            with self.subTest(way):
                self.check(
                    getattr(cudnn, f'getConvolution{way}WorkspaceSize'),
                    handle(),
                    *[self.operand(letter)[0]() for letter in operands],
                    Argument(1, -1, 2, 1000))

    def workspace(self, way, operands):
        arguments = [handle(), *[self.operand(letter)[0]()
                                 for letter in operands]]
        try:
            return getattr(cudnn, f'getConvolution{way}WorkspaceSize')(
                *[argument.good() for argument in arguments], 1)
        finally:
            for argument in arguments:
                argument.close()

    def test_compute(self):
        for way, operands in self.WAYS:
            needed = self.workspace(way, operands)
            self.assertGreater(needed, 0)
            arguments = []
            for letter in operands:
                make, shape = self.operand(letter)
                if letter == operands[-1]:  # the result stands at the end
                    arguments += [factor(0)]
                arguments += [make()] + ([floats(*shape)] if shape else [
                    Argument(1, -1, 2, 1000), Array(needed, 'u1'),
                    Argument(needed, needed - 1, 0)])
            with self.subTest(way):
                self.check(getattr(cudnn, f'convolution{way}'), handle(),
                           factor(), *arguments)

    def test_no_workspace(self):
        # Where none is needed, none is looked at.
        for way, operands in self.WAYS:
            arguments = [handle(), factor()]
            for letter in operands:
                make, shape = self.operand(letter)
                if letter == operands[-1]:
                    arguments += [factor(0)]
                arguments += [make()] + ([floats(*shape)] if shape else [
                    Argument(0), Argument(12344), Argument(10)])
            try:
                getattr(cudnn, f'convolution{way}')(
                    *[argument.good() for argument in arguments])
            finally:
                for argument in arguments:
                    argument.close()

    def test_bias(self):
        self.check(cudnn.convolutionBackwardBias, handle(), factor(),
                   tensor(*self.Y), floats(*self.Y), factor(0),
                   tensor(1, 4, 1, 1), floats(4))


class TestPooling(CudnnTest):

    def test_forward(self):
        self.check(cudnn.poolingForward, handle(), pooling(), factor(),
                   tensor(2, 3, 4, 6), floats(2, 3, 4, 6), factor(0),
                   tensor(2, 3, 2, 3), floats(2, 3, 2, 3))

    def test_backward(self):
        self.check(cudnn.poolingBackward, handle(), pooling(), factor(),
                   tensor(2, 3, 2, 3), floats(2, 3, 2, 3),
                   tensor(2, 3, 2, 3), floats(2, 3, 2, 3),
                   tensor(2, 3, 4, 6), floats(2, 3, 4, 6), factor(0),
                   tensor(2, 3, 4, 6), floats(2, 3, 4, 6))


class TestBatchNormalization(CudnnTest):

    SHAPE = 2, 3, 4, 5

    def image(self):
        return tensor(*self.SHAPE), floats(*self.SHAPE)

    def test_training(self):
        self.check(
            cudnn.batchNormalizationForwardTraining, handle(), enum(1),
            factor(), factor(0), *self.image(), *self.image(),
            tensor(1, 3, 1, 1), floats(3), floats(3), .5, floats(3),
            floats(3), Argument(1e-3, -1., float('nan')), floats(3), floats(3))

    def test_inference(self):
        self.check(
            cudnn.batchNormalizationForwardInference, handle(), enum(1),
            factor(), factor(0), *self.image(), *self.image(),
            tensor(1, 3, 1, 1), floats(3), floats(3), floats(3), floats(3),
            Argument(1e-3, -1., float('nan')))

    def test_backward(self):
        self.check(
            cudnn.batchNormalizationBackward, handle(), enum(1), factor(),
            factor(0), factor(), factor(0), *self.image(), *self.image(),
            *self.image(), tensor(1, 3, 1, 1), floats(3), floats(3),
            floats(3), Argument(1e-3, -1., float('nan')), floats(3), floats(3))
