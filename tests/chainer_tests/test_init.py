import importlib
import os
import subprocess
import sys
import unittest

import chainer

# What users reach as attributes after a bare `import chainer`.
NAMES = {
    'chainer': '''
        AUTO AbstractSerializer Chain ChainList DebugMode Deserializer
        DictSummary Flag Function FunctionSet GradientMethod Initializer Link
        OFF ON Optimizer Reporter Serializer Summary Variable __version__
        computational_graph cuda dataset datasets flag function
        function_hooks function_set functions get_current_reporter
        get_function_hooks gradient_check init_weight initializer initializers
        is_debug iterators link links optimizer optimizers report report_scope
        reporter serializer serializers set_debug testing thread_local
        training utils variable''',
    'chainer.computational_graph': '''
        ComputationalGraph build_computational_graph''',
    'chainer.cuda': '''
        Device DummyDevice DummyDeviceType Event Stream available
        check_cuda_available copy cudnn_enabled cupy elementwise empty
        empty_like full full_like get_array_module get_device
        get_max_workspace_size init memoize memory_pool ndarray ones ones_like
        reduce set_max_workspace_size to_cpu to_gpu zeros zeros_like''',
    'chainer.dataset': '''
        DatasetMixin Iterator cache_or_load_file cached_download
        concat_examples get_dataset_directory get_dataset_root
        set_dataset_root''',
    'chainer.datasets': '''
        DictDataset ImageDataset LabeledImageDataset SubDataset TupleDataset
        get_cifar10 get_cifar100 get_cross_validation_datasets
        get_cross_validation_datasets_random get_mnist get_ptb_words
        get_ptb_words_vocabulary split_dataset split_dataset_random''',
    'chainer.flag': 'AUTO Flag OFF ON aggregate_flags',
    'chainer.function': 'Function FunctionHook',
    'chainer.function_hooks': 'PrintHook TimerHook',
    'chainer.gradient_check': 'assert_allclose check_backward numerical_grad',
    'chainer.initializer': 'Initializer get_fans',
    'chainer.initializers': '''
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity
        LeCunUniform Normal One Orthogonal Uniform Zero init_weight''',
    'chainer.iterators': 'MultiprocessIterator SerialIterator',
    'chainer.optimizer': '''
        GradientClipping GradientHardClipping GradientMethod GradientNoise
        Lasso Optimizer WeightDecay exponential_decay_noise''',
    'chainer.optimizers': '''
        AdaDelta AdaGrad Adam MomentumSGD NesterovAG RMSprop RMSpropGraves SGD
        SMORMS3''',
    'chainer.serializers': '''
        DictionarySerializer HDF5Deserializer HDF5Serializer NpzDeserializer
        load_hdf5 load_npz save_hdf5 save_npz''',
    'chainer.testing': '''
        assert_allclose attr condition parameterize product product_dict
        run_module unary_math_function_test with_requires''',
    'chainer.testing.attr': 'cudnn gpu multi_gpu slow',
    'chainer.testing.condition': '''
        repeat repeat_with_success_at_least retry''',
    'chainer.training': '''
        Extension IntervalTrigger PRIORITY_EDITOR PRIORITY_READER
        PRIORITY_WRITER ParallelUpdater StandardUpdater Trainer Updater
        extensions get_trigger make_extension triggers''',
    'chainer.training.extensions': '''
        Evaluator ExponentialShift LinearShift LogReport PlotReport
        PrintReport ProgressBar dump_graph snapshot snapshot_object''',
    'chainer.training.triggers': 'MaxValueTrigger MinValueTrigger',
    'chainer.utils': 'WalkerAlias force_array force_type type_check',
    'chainer.utils.type_check': '''
        Expr InvalidType TypeInfo TypeInfoTuple Variable expect get_types''',
}

# Modules that code written for v1 imports by their path, and what it takes
# from them.
MODULES = {
    'chainer.basic_math': '''
        Absolute Add AddConstant Div DivFromConstant MatMulConstVar
        MatMulVarConst MatMulVarVar Mul MulConstant Neg PowConstVar
        PowVarConst PowVarVar Sub SubFromConstant''',
    'chainer.functions.activation.log_softmax': 'log_softmax',
    'chainer.functions.activation.relu': 'ReLU relu',
    'chainer.functions.activation.sigmoid': 'Sigmoid sigmoid',
    'chainer.functions.activation.softmax': 'Softmax softmax',
    'chainer.functions.activation.tanh': 'Tanh tanh',
    'chainer.functions.array.broadcast': 'broadcast broadcast_to',
    'chainer.functions.array.get_item': 'GetItem get_item',
    'chainer.functions.array.reshape': 'Reshape reshape',
    'chainer.functions.connection.linear': 'LinearFunction linear',
    'chainer.functions.evaluation.accuracy': 'Accuracy accuracy',
    'chainer.functions.loss.softmax_cross_entropy': '''
        SoftmaxCrossEntropy softmax_cross_entropy''',
    'chainer.functions.math.basic_math': 'Add Mul absolute',
    'chainer.functions.math.identity': 'Identity identity',
    'chainer.functions.math.sum': 'Sum sum',
    'chainer.functions.noise.dropout': 'Dropout dropout',
    'chainer.links.connection.linear': 'Linear',
    'chainer.links.connection.parameter': 'Parameter',
    'chainer.links.model.classifier': 'Classifier',
    'chainer.optimizers.ada_delta': 'AdaDelta',
    'chainer.optimizers.ada_grad': 'AdaGrad',
    'chainer.optimizers.adam': 'Adam',
    'chainer.optimizers.momentum_sgd': 'MomentumSGD',
    'chainer.optimizers.nesterov_ag': 'NesterovAG',
    'chainer.optimizers.rmsprop': 'RMSprop',
    'chainer.optimizers.rmsprop_graves': 'RMSpropGraves',
    'chainer.optimizers.sgd': 'SGD',
    'chainer.optimizers.smorms3': 'SMORMS3',
    'chainer.serializers.hdf5': '''
        HDF5Deserializer HDF5Serializer load_hdf5 save_hdf5''',
    'chainer.serializers.npz': '''
        DictionarySerializer NpzDeserializer load_npz save_npz''',
    'chainer.training.extensions.evaluator': 'Evaluator',
    'chainer.training.extensions.exponential_shift': 'ExponentialShift',
    'chainer.training.extensions.linear_shift': 'LinearShift',
    'chainer.training.extensions.log_report': 'LogReport',
    'chainer.training.extensions.print_report': 'PrintReport',
    'chainer.training.extensions.progress_bar': 'ProgressBar',
    'chainer.training.trigger': 'IntervalTrigger',
    'chainer.utils.array': 'as_mat',
    'chainer.utils.type_check': '''
        BinaryOperator BoolBinaryOperator Call Constant GetAttr GetItem
        UnaryOperator''',
    'chainer.utils.walker_alias': 'WalkerAlias',
}

OPTIONAL_PACKAGES = (
    'PIL', 'cupy', 'h5py', 'matplotlib', 'mock', 'nose', 'packaging',
    'pytest', 'six')


def run_python(code):
    """Runs code in a new interpreter and returns what it prints."""
    root = os.path.dirname(os.path.dirname(chainer.__file__))
    done = subprocess.run(
        [sys.executable, '-W', 'error', '-c', code], text=True,
        env=dict(os.environ, PYTHONPATH=root), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return done.stdout


class TestNames(unittest.TestCase):

    def test_attributes(self):
        missing = run_python(
            'import chainer\n'
            f'for module, names in {NAMES!r}.items():\n'
            '    for name in names.split():\n'
            '        try:\n'
            '            eval(f"{module}.{name}")\n'
            '        except AttributeError:\n'
            '            print(f"{module}.{name}")\n')
        self.assertEqual(missing, '')

    def test_modules(self):
        for path, names in MODULES.items():
            module = importlib.import_module(path)
            for name in names.split():
                self.assertTrue(hasattr(module, name), f'{path}.{name}')

    def test_shortcuts(self):
        for shortcut, original in [
                (chainer.Variable, chainer.variable.Variable),
                (chainer.Flag, chainer.flag.Flag),
                (chainer.ON, chainer.flag.ON),
                (chainer.OFF, chainer.flag.OFF),
                (chainer.AUTO, chainer.flag.AUTO),
                (chainer.Function, chainer.function.Function),
                (chainer.FunctionSet, chainer.function_set.FunctionSet),
                (chainer.Link, chainer.link.Link),
                (chainer.Chain, chainer.link.Chain),
                (chainer.ChainList, chainer.link.ChainList),
                (chainer.Optimizer, chainer.optimizer.Optimizer),
                (chainer.GradientMethod, chainer.optimizer.GradientMethod),
                (chainer.Initializer, chainer.initializer.Initializer),
                (chainer.init_weight, chainer.initializers.init_weight),
                (chainer.Reporter, chainer.reporter.Reporter),
                (chainer.report, chainer.reporter.report),
                (chainer.Serializer, chainer.serializer.Serializer),
                (chainer.Deserializer, chainer.serializer.Deserializer),
                (chainer.functions.Linear, chainer.links.Linear),
                (chainer.gradient_check.assert_allclose,
                 chainer.testing.assert_allclose)]:
            self.assertIs(shortcut, original)

    def test_version(self):
        self.assertEqual(chainer.__version__, '1.14.0')


class TestImport(unittest.TestCase):

    def test_without_optional_packages(self):
        run_python(
            'import sys\n'
            f'for name in {OPTIONAL_PACKAGES!r}:\n'
            '    sys.modules[name] = None\n'
            'import chainer\n'
            'assert not chainer.cuda.available\n')

    def test_what_only_some_users_need_is_not_loaded(self):
        loaded = run_python(
            'import sys\n'
            'import chainer\n'
            'for name in ("matplotlib", "mock", "nose", "packaging", '
            '"pytest", "six"):\n'
            '    if name in sys.modules:\n'
            '        print(name)\n')
        self.assertEqual(loaded, '')
