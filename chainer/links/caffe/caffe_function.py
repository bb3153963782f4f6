"""Networks trained with Caffe as links."""
import difflib
import warnings

from chainer import link, variable
from chainer.utils import type_check

try:
    from chainer.links.caffe import layer_table, model_file
    available = True
except ImportError as error:
    if error.name is None or error.name.partition('.')[0] != 'google':
        raise
    available = False


class CaffeFunction(link.Chain):
    """A network trained with Caffe, as a chain.

    The binary file that Caffe writes, usually named ``*.caffemodel``, has both
    the layers of a network and their weights. Layers with weights become
    children of the chain, named as they are in the file, so that the network
    can be trained further, saved and loaded like any other. The others become
    plain functions.

    These types of layers are known, also by the names they had in files of
    before 2015: AbsVal, Accuracy, BNLL, BatchNorm, Bias, Concat, Convolution,
    Deconvolution, Dropout, ELU, Eltwise, EuclideanLoss, Exp, Flatten,
    HingeLoss, InnerProduct, LRN, Log, PReLU, Pooling, Power, ReLU, Reshape,
    Scale, Sigmoid, SigmoidCrossEntropyLoss, Slice, Softmax, SoftmaxWithLoss,
    Split, TanH. Layers that are given no blob (those that read data) or give
    none, are ignored. So are, with a warning, layers of other types and of
    settings that are not supported: convolution is two-dimensional and not
    dilated, pooling not stochastic.

    A convolution of two to four groups of channels becomes an ordinary
    :class:`~chainer.links.Convolution2D` with zeros as the weights between the
    groups, so that its weights fit into networks that were written for
    Chainer. (Training changes these zeros, too.) With more groups, the weights
    are those of the file, of shape ``(out_channels, in_channels / g, kh,
    kw)``, and nothing connects the groups. Parameters have no gradients at
    first, as if they had been cleared: loading takes as much memory as the
    weights.

    Args:
        model_path (str): The file.

    Attributes:
        fs (CaffeFunction): The chain itself; once the links were in a set of
            their own.
        forwards (dict): What computes each layer, by the name of the layer: a
            link or a function.
        layers (list): ``(name, bottoms, tops)`` of each layer in their order:
            its name, and lists of the names of blobs that it reads and writes.
        split_map (dict): The blob that a blob is a copy of, for those that
            Caffe makes where one is read several times.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is broken. It says which layer, and what is wrong
            with it. Broken or hostile files do no other harm; they cannot run
            code.
        RuntimeError: If protobuf cannot be imported.

    .. admonition:: Example

       Scores of BVLC's CaffeNet for a minibatch ``x`` of images, an array of
       shape ``(10, 3, 227, 227)``::

           func = CaffeFunction('bvlc_reference_caffenet.caffemodel')
           y, = func(inputs={'data': x}, outputs=['fc8'], train=False)

    """

    def __init__(self, model_path):
        super().__init__()
        if not available:
            raise RuntimeError('protobuf is needed to read models of Caffe: '
                               'pip install protobuf')
        self.forwards = {}
        self.layers = []
        self.split_map = {}
        self._unsupported = {}
        self._all_names = set()
        with model_file.open_model(model_path) as layers:
            for layer in layers:
                self._all_names.add(layer.name)
                if layer.tops:
                    self._add_layer(layer)
        if self._unsupported:
            warnings.warn(f'{model_path}: not supported, and ignored: '
                          f'{", ".join(self._unsupported)}', stacklevel=2)

    @property
    def fs(self):
        return self

    def _add_layer(self, layer):
        """Adds a layer, or what is not supported about it."""
        description = layer.describe()
        try:
            forward = layer_table.create(layer)
            if forward is not None:
                self._check_name(layer.name, forward)
        except layer_table.NotSupported as error:
            self._unsupported[f'{description} ({error})'] = layer.tops
            return
        except ValueError as error:
            raise ValueError(f'{description}: {error}') from error
        if forward is None:
            # Layers that read data have no bottom.
            if layer.bottoms:
                self._unsupported[description] = layer.tops
            return
        if isinstance(forward, link.Link):
            self.add_link(layer.name, forward)
        self.forwards[layer.name] = forward
        self.layers.append((layer.name, layer.bottoms, layer.tops))
        if layer.type == 'Split':
            self.split_map.update(dict.fromkeys(layer.tops, *layer.bottoms))

    def _check_name(self, name, forward):
        if name in self.forwards:
            raise ValueError('there is another layer of that name')
        if isinstance(forward, link.Link) and (
                hasattr(self, name) or not name or name.strip('/') != name):
            raise ValueError('it has weights, but its name cannot be that of '
                             'a child of a chain')

    def copy(self):
        twin = super().copy()
        twin.forwards = dict(self.forwards)
        for name, child in self._named_children():
            if twin.forwards[name] is child:
                twin.forwards[name] = getattr(twin, name)
        return twin

    def __call__(self, inputs, outputs, disable=(), train=True):
        """Computes blobs from other blobs.

        Layers are run in their order in the file, if all blobs that they read
        are given or have been computed, and if the outputs depend on them. A
        layer that writes the blob it reads changes what the name stands for
        from there on.

        Args:
            inputs (dict): Variables, by the names of the blobs they are.
            outputs (iterable of str): Names of the blobs wanted.
            disable (iterable of str): Names of layers to leave out. A name
                that no layer of the file has makes a warning.
            train (bool): Whether it is the TRAIN phase, in which dropout drops
                and batch normalization uses the statistics of the batch, or
                the TEST phase. Layers that the file gives to one of them only
                are run in both.

        Returns:
            tuple of Variable: The blobs wanted.

        Raises:
            KeyError: If a blob cannot be computed.

        """
        outputs = _names('outputs', outputs)
        blobs = {name: x if isinstance(x, variable.Variable) else
                 variable.Variable(x) for name, x in inputs.items()}
        disable = _names('disable', disable)
        self._check_disabled(disable)
        layers = self._find_layers(blobs, disable)
        self._check_outputs(outputs, blobs, layers)
        for (name, bottoms, tops), dead in _plan(layers, outputs):
            xs = [blobs[blob] for blob in bottoms]
            blobs.update(zip(tops, self._forward(name, xs, len(tops), train)))
            for blob in dead:
                del blobs[blob]
        return tuple([blobs[name] for name in outputs])

    def _check_disabled(self, names):
        for name in names:
            if name not in self._all_names:
                similar = difflib.get_close_matches(
                    name, sorted(self._all_names), 1)
                hint = f': is {similar[0]!r} meant?' if similar else ''
                warnings.warn(f'no layer to disable has the name '
                              f'{name!r}{hint}', stacklevel=3)

    def _find_layers(self, inputs, disable):
        """Returns the layers that can be run."""
        known = set(inputs)
        layers = []
        for layer in self.layers:
            name, bottoms, tops = layer
            if name not in disable and known.issuperset(bottoms):
                layers.append(layer)
                known.update(tops)
        return layers

    def _check_outputs(self, outputs, inputs, layers):
        known = set(inputs).union(*[tops for _, _, tops in layers])
        for blob in outputs:
            if blob not in known:
                raise KeyError(f'the blob {blob!r} cannot be computed: '
                               f'{self._explain_missing(blob, known)}')

    def _explain_missing(self, blob, known):
        unsupported = self._unsupported_tops()
        if blob in unsupported:
            return f'{unsupported[blob]} makes it'
        for name, bottoms, tops in self.layers:
            # Not those that change it in place
            if blob not in tops or blob in bottoms:
                continue
            missing = [b for b in bottoms if b not in known]
            if not missing:
                return f'the layer {name!r} is disabled'
            makers = ''.join([
                f'. {layer} makes {b!r}' for b, layer
                in unsupported.items() if b in missing])
            return (f'the layer {name!r} makes it from {bottoms}, of which '
                    f'{missing} are neither given nor computed{makers}')
        blobs = sorted(known.union(*[tops for _, _, tops in self.layers]))
        similar = difflib.get_close_matches(blob, blobs) or blobs[:3]
        return (f'no layer makes it. There are {len(blobs)} blobs, for '
                f'example {", ".join(map(repr, similar))}')

    def _unsupported_tops(self):
        return {top: f'{layer}, which is not supported,'
                for layer, tops in self._unsupported.items() for top in tops}

    def _forward(self, name, xs, n_tops, train):
        forward = self.forwards[name]
        options = {}
        if getattr(forward, 'takes_train', False):
            options['train'] = train
        try:
            ys = forward(*xs, **options)
        except type_check.InvalidType as error:
            raise type_check.InvalidType(
                error.expect, error.actual, f'layer {name!r}: {error}',
                error.remedy) from error
        ys = ys if isinstance(ys, tuple) else (ys,)
        if len(ys) != n_tops:
            raise ValueError(f'what stands for the layer {name!r} returned '
                             f'{len(ys)} variables instead of {n_tops}')
        return ys


def _names(what, names):
    if isinstance(names, str):
        raise TypeError(f'{what} is a list of names, but is {names!r}: '
                        f'write [{names!r}]')
    return tuple(names)


def _plan(layers, outputs):
    """Returns the layers that outputs depend on.

    Each comes with the blobs that are of no use once it has been run.
    """
    alive = set(outputs)
    plan = []
    for layer in reversed(layers):
        _, bottoms, tops = layer
        if alive.isdisjoint(tops):
            continue
        dead = {*bottoms, *tops} - alive
        plan.append((layer, dead))
        alive.difference_update(tops)
        alive.update(bottoms)
    return reversed(plan)
