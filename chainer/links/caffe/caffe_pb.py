"""The messages that a Caffe model file consists of.

This is the part of Caffe's message definitions that importing a network needs,
as a table from which protobuf makes classes. There is no generated code, which
every version of protobuf wants of its own version.
"""
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = 'chainer.caffe'

# A message, and its fields below it: number, kind, type, name and default.
# The kind is "one", "many", or "packed": many, written one after the other.
_MESSAGES = """
NetParameter
    1 one string name
    2 many V1LayerParameter layers
    3 many string input
    4 many int32 input_dim
    8 many BlobShape input_shape
    100 many LayerParameter layer

LayerParameter
    1 one string name
    2 one string type
    3 many string bottom
    4 many string top
    7 many BlobProto blobs
    101 one LossParameter loss_param
    102 one AccuracyParameter accuracy_param
    104 one ConcatParameter concat_param
    106 one ConvolutionParameter convolution_param
    108 one DropoutParameter dropout_param
    110 one EltwiseParameter eltwise_param
    111 one ExpParameter exp_param
    114 one HingeLossParameter hinge_loss_param
    117 one InnerProductParameter inner_product_param
    118 one LRNParameter lrn_param
    121 one PoolingParameter pooling_param
    122 one PowerParameter power_param
    123 one ReLUParameter relu_param
    125 one SoftmaxParameter softmax_param
    126 one SliceParameter slice_param
    131 one PReLUParameter prelu_param
    133 one ReshapeParameter reshape_param
    134 one LogParameter log_param
    135 one FlattenParameter flatten_param
    139 one BatchNormParameter batch_norm_param
    140 one ELUParameter elu_param
    141 one BiasParameter bias_param
    142 one ScaleParameter scale_param

V1LayerParameter
    1 one bytes layer
    2 many string bottom
    3 many string top
    4 one string name
    5 one LayerType type
    6 many BlobProto blobs
    9 one ConcatParameter concat_param
    10 one ConvolutionParameter convolution_param
    12 one DropoutParameter dropout_param
    17 one InnerProductParameter inner_product_param
    18 one LRNParameter lrn_param
    19 one PoolingParameter pooling_param
    21 one PowerParameter power_param
    24 one EltwiseParameter eltwise_param
    27 one AccuracyParameter accuracy_param
    29 one HingeLossParameter hinge_loss_param
    30 one ReLUParameter relu_param
    31 one SliceParameter slice_param
    39 one SoftmaxParameter softmax_param
    41 one ExpParameter exp_param
    42 one LossParameter loss_param

BlobProto
    1 one int32 num = 0
    2 one int32 channels = 0
    3 one int32 height = 0
    4 one int32 width = 0
    5 packed float data
    7 one BlobShape shape
    8 packed double double_data

BlobShape
    1 packed int64 dim

AccuracyParameter
    1 one uint32 top_k = 1
    2 one int32 axis = 1
    3 one int32 ignore_label

BatchNormParameter
    1 one bool use_global_stats
    2 one float moving_average_fraction = 0.999
    3 one float eps = 1e-5

BiasParameter
    1 one int32 axis = 1
    2 one int32 num_axes = 1

ConcatParameter
    1 one uint32 concat_dim = 1
    2 one int32 axis = 1

ConvolutionParameter
    1 one uint32 num_output
    2 one bool bias_term = true
    3 many uint32 pad
    4 many uint32 kernel_size
    5 one uint32 group = 1
    6 many uint32 stride
    9 one uint32 pad_h = 0
    10 one uint32 pad_w = 0
    11 one uint32 kernel_h
    12 one uint32 kernel_w
    13 one uint32 stride_h
    14 one uint32 stride_w
    16 one int32 axis = 1
    18 many uint32 dilation

DropoutParameter
    1 one float dropout_ratio = 0.5

ELUParameter
    1 one float alpha = 1

EltwiseParameter
    1 one EltwiseOp operation = SUM
    2 many float coeff

ExpParameter
    1 one float base = -1
    2 one float scale = 1
    3 one float shift = 0

FlattenParameter
    1 one int32 axis = 1
    2 one int32 end_axis = -1

HingeLossParameter
    1 one Norm norm = L1

InnerProductParameter
    1 one uint32 num_output
    2 one bool bias_term = true
    5 one int32 axis = 1
    6 one bool transpose = false

LRNParameter
    1 one uint32 local_size = 5
    2 one float alpha = 1
    3 one float beta = 0.75
    4 one NormRegion norm_region = ACROSS_CHANNELS
    5 one float k = 1

LogParameter
    1 one float base = -1
    2 one float scale = 1
    3 one float shift = 0

LossParameter
    1 one int32 ignore_label
    2 one bool normalize
    3 one NormalizationMode normalization = VALID

PReLUParameter
    2 one bool channel_shared = false

PoolingParameter
    1 one PoolMethod pool = MAX
    2 one uint32 kernel_size
    3 one uint32 stride = 1
    4 one uint32 pad = 0
    5 one uint32 kernel_h
    6 one uint32 kernel_w
    7 one uint32 stride_h
    8 one uint32 stride_w
    9 one uint32 pad_h = 0
    10 one uint32 pad_w = 0
    12 one bool global_pooling = false
    13 one RoundMode round_mode = CEIL

PowerParameter
    1 one float power = 1
    2 one float scale = 1
    3 one float shift = 0

ReLUParameter
    1 one float negative_slope = 0

ReshapeParameter
    1 one BlobShape shape
    2 one int32 axis = 0
    3 one int32 num_axes = -1

ScaleParameter
    1 one int32 axis = 1
    2 one int32 num_axes = 1
    4 one bool bias_term = false

SliceParameter
    1 one uint32 slice_dim = 1
    2 many uint32 slice_point
    3 one int32 axis = 1

SoftmaxParameter
    2 one int32 axis = 1
"""

# Where an enumeration belongs (the empty name: to no message), its name, its
# first number and its values.
_ENUMS = (
    ('EltwiseParameter', 'EltwiseOp', 0, 'PROD SUM MAX'),
    ('HingeLossParameter', 'Norm', 1, 'L1 L2'),
    ('LRNParameter', 'NormRegion', 0, 'ACROSS_CHANNELS WITHIN_CHANNEL'),
    ('LossParameter', 'NormalizationMode', 0, 'FULL VALID BATCH_SIZE NONE'),
    ('PoolingParameter', 'PoolMethod', 0, 'MAX AVE STOCHASTIC'),
    ('PoolingParameter', 'RoundMode', 0, 'CEIL FLOOR'),
    ('V1LayerParameter', 'LayerType', 0,
     'NONE ACCURACY BNLL CONCAT CONVOLUTION DATA DROPOUT EUCLIDEAN_LOSS '
     'FLATTEN HDF5_DATA HDF5_OUTPUT IM2COL IMAGE_DATA INFOGAIN_LOSS '
     'INNER_PRODUCT LRN MULTINOMIAL_LOGISTIC_LOSS POOLING RELU SIGMOID '
     'SOFTMAX SOFTMAX_LOSS SPLIT TANH WINDOW_DATA ELTWISE POWER '
     'SIGMOID_CROSS_ENTROPY_LOSS HINGE_LOSS MEMORY_DATA ARGMAX THRESHOLD '
     'DUMMY_DATA SLICE MVN ABSVAL SILENCE CONTRASTIVE_LOSS EXP '
     'DECONVOLUTION'),
)


def _describe_file():
    """Returns the description of a .proto file with these messages."""
    file = descriptor_pb2.FileDescriptorProto(
        name='chainer_caffe.proto', package=_PACKAGE, syntax='proto2')
    messages = {}
    for block in _MESSAGES.strip().split('\n\n'):
        name, *fields = block.splitlines()
        messages[name] = file.message_type.add(name=name)
        for field in fields:
            _describe_field(messages[name], *field.partition('=')[::2])
    for owner, name, number, values in _ENUMS:
        enum = messages.get(owner, file).enum_type.add(name=name)
        for i, value in enumerate(values.split()):
            enum.value.add(name=value, number=number + i)
    return file


def _describe_field(message, text, default):
    number, kind, type_name, name = text.split()
    field = message.field.add(name=name, number=int(number))
    field.label = (field.LABEL_OPTIONAL if kind == 'one' else
                   field.LABEL_REPEATED)
    if kind == 'packed':
        field.options.packed = True
    if type_name.islower():
        field.type = getattr(field, f'TYPE_{type_name.upper()}')
    else:
        # Relative to the message: what it is, protobuf finds out.
        field.type_name = type_name
    if default:
        field.default_value = default.strip()


def _make_classes():
    # A pool of our own: other packages may have their Caffe messages in the
    # common one.
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_describe_file().SerializeToString())
    if hasattr(message_factory, 'GetMessageClass'):
        make = message_factory.GetMessageClass
    else:
        make = message_factory.MessageFactory(pool).GetPrototype

    def find(name):
        return make(pool.FindMessageTypeByName(f'{_PACKAGE}.{name}'))
    return find


_find = _make_classes()

BlobProto = _find('BlobProto')
LayerParameter = _find('LayerParameter')
NetParameter = _find('NetParameter')
V1LayerParameter = _find('V1LayerParameter')
