import subprocess
import sys
import unittest

from chainer import testing
from chainer.links.caffe import caffe_pb

# Fields of messages and their numbers in the files that Caffe writes.
NUMBERS = {
    'NetParameter': 'layers 2 layer 100',
    'LayerParameter':
        'name 1 type 2 bottom 3 top 4 blobs 7 '
        'loss_param 101 accuracy_param 102 concat_param 104 '
        'convolution_param 106 dropout_param 108 eltwise_param 110 '
        'exp_param 111 hinge_loss_param 114 inner_product_param 117 '
        'lrn_param 118 pooling_param 121 power_param 122 relu_param 123 '
        'softmax_param 125 slice_param 126 prelu_param 131 reshape_param 133 '
        'log_param 134 flatten_param 135 batch_norm_param 139 elu_param 140 '
        'bias_param 141 scale_param 142',
    'V1LayerParameter':
        'bottom 2 top 3 name 4 type 5 blobs 6 concat_param 9 '
        'convolution_param 10 dropout_param 12 inner_product_param 17 '
        'lrn_param 18 pooling_param 19 power_param 21 eltwise_param 24 '
        'accuracy_param 27 hinge_loss_param 29 relu_param 30 slice_param 31 '
        'softmax_param 39 exp_param 41 loss_param 42',
    'BlobProto':
        'num 1 channels 2 height 3 width 4 data 5 shape 7 double_data 8',
    'ConvolutionParameter':
        'num_output 1 bias_term 2 pad 3 kernel_size 4 group 5 stride 6 '
        'pad_h 9 pad_w 10 kernel_h 11 kernel_w 12 stride_h 13 stride_w 14 '
        'axis 16 dilation 18',
    'PoolingParameter':
        'pool 1 kernel_size 2 stride 3 pad 4 kernel_h 5 kernel_w 6 '
        'stride_h 7 stride_w 8 pad_h 9 pad_w 10 global_pooling 12 '
        'round_mode 13',
    'LRNParameter': 'local_size 1 alpha 2 beta 3 norm_region 4 k 5',
    'InnerProductParameter': 'num_output 1 bias_term 2 axis 5 transpose 6',
    'BatchNormParameter':
        'use_global_stats 1 moving_average_fraction 2 eps 3',
    'ScaleParameter': 'axis 1 num_axes 2 bias_term 4',
    'ConcatParameter': 'concat_dim 1 axis 2',
    'SliceParameter': 'slice_dim 1 slice_point 2 axis 3',
    'SoftmaxParameter': 'axis 2',
    'LossParameter': 'ignore_label 1 normalize 2 normalization 3',
}

# What no test of a layer tells from another value.
DEFAULTS = {
    'batch_norm_param': {'moving_average_fraction': .999, 'eps': 1e-5},
    'dropout_param': {'dropout_ratio': .5},
    'exp_param': {'base': -1, 'scale': 1, 'shift': 0},
    'lrn_param': {'local_size': 5, 'alpha': 1, 'beta': .75, 'k': 1},
    'power_param': {'power': 1, 'scale': 1, 'shift': 0},
}


class TestMessages(unittest.TestCase):

    def test_numbers(self):
        file = caffe_pb.NetParameter.DESCRIPTOR.file
        for name, text in NUMBERS.items():
            words = text.split()
            fields = file.message_types_by_name[name].fields_by_name
            for field, number in zip(words[::2], words[1::2]):
                self.assertEqual(fields[field].number, int(number), field)

    def test_defaults(self):
        layer = caffe_pb.LayerParameter()
        for param, defaults in DEFAULTS.items():
            for name, value in defaults.items():
                self.assertAlmostEqual(
                    getattr(getattr(layer, param), name), value, places=6)

    def test_private_pool(self):
        # Whoever has the messages of Caffe, too, can use protobuf's pool.
        code = '''if True:
            from google.protobuf import descriptor_pb2, descriptor_pool
            from chainer.links.caffe import caffe_pb
            file = descriptor_pb2.FileDescriptorProto()
            caffe_pb.NetParameter.DESCRIPTOR.file.CopyToProto(file)
            file.name, file.message_type[0].name = 'other.proto', 'Other'
            pool = descriptor_pool.Default()
            pool.AddSerializedFile(file.SerializeToString())
            pool.FindMessageTypeByName('chainer.caffe.Other')'''
        subprocess.run([sys.executable, '-W', 'error', '-c', code], check=True)


testing.run_module(__name__, __file__)
