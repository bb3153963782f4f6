"""Parameters and the hierarchy that holds them: Link, Chain, ChainList."""
import contextlib
import copy

import numpy

from chainer import cuda, serializer, variable


class Link:
    """Something with parameters: a layer, a part of a model, a model.

    A link holds

    * *parameters*: variables to be optimized, registered with
      :meth:`add_param` or by keyword to the constructor;
    * *persistent values*: arrays and scalars that are no parameters and yet
      belong to what was learned, such as the running averages of batch
      normalization; registered with :meth:`add_persistent`.

    Both are attributes of the link, and both are saved and loaded by
    :meth:`serialize`. All other attributes are part of the program: whoever
    loads a link constructs it by the same code first.

    Links are composed into larger ones by :class:`Chain` and
    :class:`ChainList`. What is done to a link (clearing gradients, moving to a
    device, saving) is done to the whole hierarchy below it. Parameters are
    named by their path in it: ``/predictor/l1/W``.

    Args:
        params: Names and shapes of parameters. See :meth:`add_param`.

    Attributes:
        name (str): Name of this link in its parent, ``None`` for the root.

    .. admonition:: Example

       A fully-connected layer:

       >>> import numpy as np
       >>> import chainer
       >>> import chainer.functions as F
       >>> class Affine(chainer.Link):
       ...     def __init__(self, n_in, n_out):
       ...         super(Affine, self).__init__(W=(n_out, n_in), b=n_out)
       ...         self.W.data[...] = np.random.randn(n_out, n_in)
       ...         self.b.data.fill(0)
       ...     def __call__(self, x):
       ...         return F.linear(x, self.W, self.b)
       >>> layer = Affine(3, 2)
       >>> layer(np.zeros((5, 3), 'f')).shape
       (5, 2)
       >>> [name for name, _ in layer.namedparams()]
       ['/W', '/b']

    """

    def __init__(self, **params):
        self._params = []
        self._persistent = []
        self._uninitialized_params = set()
        self._grads_cleared = False
        self._cpu = True
        self._device_id = None
        self.name = None
        for name, shape in params.items():
            self.add_param(name, shape)

    @property
    def xp(self):
        """Array module of this link: ``numpy`` or ``cupy``."""
        return numpy if self._cpu else cuda.cupy

    @property
    def has_uninitialized_params(self):
        """``True`` if a parameter of this link waits for its shape."""
        return len(self._uninitialized_params) > 0

    # --------------------------------------------------------------------
    # Registration
    # --------------------------------------------------------------------

    def add_param(self, name, shape, dtype=numpy.float32):
        """Registers a parameter.

        The parameter becomes an attribute of the link: a variable of
        volatility ``AUTO``. Its data and its gradient are filled with NaN, so
        that a forgotten initialization, or a gradient that was never cleared,
        shows at once. A parameter that took its shape from the first input
        after the gradients of the link were cleared starts with none.

        Args:
            name (str): Name of the parameter and of the attribute. It may be
                that of a parameter registered with
                :meth:`add_uninitialized_param`.
            shape (int or tuple of int): Shape.
            dtype: Data type.

        Raises:
            AttributeError: If the link has such an attribute already, or links
                have a method of that name.
            TypeError: If the name is not a string.

        """
        late = name in self._uninitialized_params
        if not late:
            self._check_free(name, 'parameter')
        with cuda.get_device(self._device_id):
            data = self.xp.full(shape, numpy.nan, dtype=dtype)
            grad = self.xp.full_like(data, numpy.nan)
        if late and self._grads_cleared:
            grad = None
        param = variable.Variable(data, 'auto', name, grad)
        self._uninitialized_params.discard(name)
        self._params.append(name)
        self.__dict__[name] = param

    def add_uninitialized_param(self, name):
        """Registers the name of a parameter whose shape is not known yet.

        A link whose parameters depend on the shape of its input registers
        their names at construction, and calls :meth:`add_param` when it is
        first called. The links of this library take that back if the call
        fails.

        Args:
            name (str): Name of the parameter.

        Raises:
            AttributeError: If the link has such an attribute already, or links
                have a method of that name.
            TypeError: If the name is not a string.

        """
        self._check_free(name, 'parameter')
        self._uninitialized_params.add(name)

    def add_persistent(self, name, value):
        """Registers a persistent value and makes it an attribute.

        Args:
            name (str): Name of the value and of the attribute.
            value (array or scalar): Value.

        Raises:
            AttributeError: If the link has such an attribute already, or links
                have a method of that name.
            TypeError: If the name is not a string.

        """
        self._check_free(name, 'persistent value')
        self._persistent.append(name)
        self.__dict__[name] = value

    def _check_free(self, name, what):
        if not isinstance(name, str):
            raise TypeError(f'the name of a {what} is a string, but got '
                            f'{name!r}')
        # An attribute of an instance would hide a method of links.
        if (name in self.__dict__ or name in self._uninitialized_params or
                hasattr(Chain, name)):
            raise AttributeError(
                f'cannot register a {what} {name!r}: {type(self).__name__} '
                f'has an attribute of that name')

    @contextlib.contextmanager
    def _all_or_nothing(self):
        """Undoes initializations if the block that they happen in fails.

        The links of the hierarchy that wait for shapes of parameters are
        again what they were: the first input was not the right one.
        """
        before = [(link, link._snapshot()) for link in self.links()
                  if link._uninitialized_params]
        try:
            yield
        except BaseException:
            for link, attributes in before:
                link.__dict__.clear()
                link.__dict__.update(attributes)
            raise

    def _snapshot(self):
        attributes = dict(self.__dict__)
        for name in ('_params', '_persistent', '_uninitialized_params',
                     '_children'):
            if name in attributes:
                attributes[name] = copy.copy(attributes[name])
        return attributes

    # --------------------------------------------------------------------
    # Traversal
    # --------------------------------------------------------------------

    def params(self):
        """Iterates over all parameters of the hierarchy."""
        for name in self._params:
            yield self.__dict__[name]
        for child in self.children():
            yield from child.params()

    def namedparams(self):
        """Iterates over the (path, parameter) pairs of the hierarchy."""
        for name in self._params:
            yield '/' + name, self.__dict__[name]
        for name, child in self._named_children():
            for path, param in child.namedparams():
                yield f'/{name}{path}', param

    def links(self, skipself=False):
        """Iterates over all links of the hierarchy.

        Args:
            skipself (bool): Leave this link itself out.

        """
        if not skipself:
            yield self
        for child in self.children():
            yield from child.links()

    def namedlinks(self, skipself=False):
        """Iterates over the (path, link) pairs of the hierarchy.

        Args:
            skipself (bool): Leave this link itself, whose path is ``'/'``,
                out.

        """
        if not skipself:
            yield '/', self
        for name, child in self._named_children():
            yield f'/{name}', child
            for path, link in child.namedlinks(skipself=True):
                yield f'/{name}{path}', link

    def children(self):
        """Iterates over the links right below this one."""
        for _, child in self._named_children():
            yield child

    # The names are those of the registration: a link that was put in the
    # place of a child by assignment, as is done for fine-tuning, has none.
    def _named_children(self):
        return iter(())

    # --------------------------------------------------------------------
    # What is done to the whole hierarchy
    # --------------------------------------------------------------------

    def copy(self):
        """Copies the hierarchy, sharing the arrays.

        Links and variables of the copy are other objects than those of the
        original; the arrays in them, data and gradients, are the same. It is
        the first step of sending a model to a second device.

        Returns:
            Link: The copy. It has no name, as it has no parent.

        """
        twin = copy.copy(self)
        twin._params = list(self._params)
        twin._persistent = list(self._persistent)
        twin._uninitialized_params = set(self._uninitialized_params)
        twin.name = None
        for name in self._params:
            twin.__dict__[name] = copy.copy(self.__dict__[name])
        return twin

    def to_cpu(self):
        """Moves parameters and persistent values to host memory.

        Returns:
            Link: ``self``.

        """
        if not self._cpu:
            self._move(variable.Variable.to_cpu, cuda.to_cpu)
            self._cpu = True
            self._device_id = None
        for child in self.children():
            child.to_cpu()
        return self

    def to_gpu(self, device=None):
        """Moves parameters and persistent values to a device.

        A link that is on a device already stays there, also if that is
        another one: a model whose parts are on several devices may be sent to
        the first of them, and only what is in host memory goes there. Take a
        link to host memory first to move it to another device.

        Args:
            device: Device specifier. By default the current device.

        Returns:
            Link: ``self``.

        Raises:
            RuntimeError: If CuPy is missing.

        """
        cuda.check_cuda_available()
        with cuda.get_device(device):
            if self._cpu:
                self._move(variable.Variable.to_gpu, cuda.to_gpu)
                self._cpu = False
                self._device_id = cuda.Device().id
            for child in self.children():
                child.to_gpu()
        return self

    def _move(self, move_variable, move_array):
        for name in self._params:
            move_variable(self.__dict__[name])
        for name in self._persistent:
            value = self.__dict__[name]
            if isinstance(value, (numpy.ndarray, cuda.ndarray)):
                self.__dict__[name] = move_array(value)

    def copyparams(self, link):
        """Copies the data of all parameters from a link of the same shape.

        Gradients and persistent values are not copied. The links may live on
        different devices.

        Args:
            link (Link): Where the data come from.

        Raises:
            ValueError: If the other link lacks a parameter of this one, or
                has it in another shape; nothing has changed then.

        """
        for mine, theirs in self._pairs(link):
            mine.copydata(theirs)

    def addgrads(self, link):
        """Adds the gradients of a link of the same shape to those of this one.

        A parameter without a gradient there changes nothing here. The links
        may live on different devices.

        Args:
            link (Link): Where the gradients come from.

        Raises:
            ValueError: If the other link lacks a parameter of this one, or
                has it in another shape; nothing has changed then.

        """
        for mine, theirs in self._pairs(link):
            mine.addgrad(theirs)

    def _pairs(self, link):
        mine, theirs = dict(self.namedparams()), dict(link.namedparams())
        missing = [path for path in mine if path not in theirs]
        if missing:
            raise ValueError(f'the other link lacks the parameters {missing}')
        shapeless = [path for path in self._uninitialized_paths()
                     if path in theirs]
        if shapeless:
            raise ValueError(
                f'the parameters {shapeless} have no shape here yet, but have '
                f'one in the other link: call this link once before')
        for path, param in mine.items():
            if param.data.shape != theirs[path].data.shape:
                raise ValueError(
                    f'the links differ: {path} has the shape '
                    f'{param.data.shape} here and {theirs[path].data.shape} '
                    f'there')
        return [(param, theirs[path]) for path, param in mine.items()]

    def _uninitialized_paths(self):
        for path, link in self.namedlinks():
            for name in link._uninitialized_params:
                yield f'{path.rstrip("/")}/{name}'

    def cleargrads(self):
        """Clears the gradients of all parameters.

        Call it before each backpropagation: gradients of parameters add up.
        """
        for param in self.params():
            param._grad = None
        self._remember_clearing()

    def zerograds(self):
        """Fills the gradients of all parameters with zeros.

        It does for backpropagation what :meth:`cleargrads` does, at a higher
        cost.
        """
        for param in self.params():
            param.zerograd()
        self._remember_clearing()

    def _remember_clearing(self):
        # For parameters that come up in the forward computation that follows.
        for link in self.links():
            link._grads_cleared = True

    def serialize(self, serializer):
        """Saves or loads parameters and persistent values.

        A parameter without a shape takes the shape found in the file.

        Args:
            serializer (AbstractSerializer): Serializer or deserializer.

        Raises:
            ValueError: If a parameter without a shape is to be saved.

        """
        values = self.__dict__
        for name in self._params:
            serializer(name, values[name].data)
        for name in self._persistent:
            values[name] = serializer(name, values[name])
        for name in sorted(self._uninitialized_params):
            self._serialize_uninitialized(serializer, name)
        for name, child in self._named_children():
            child.serialize(serializer[name])

    def _serialize_uninitialized(self, serializer_, name):
        if isinstance(serializer_, serializer.Serializer):
            raise ValueError(
                f'cannot save {type(self).__name__}: its parameter {name!r} '
                f'has no shape yet. Call the link once before saving it')
        data = serializer_(name, None)
        if data is None or getattr(serializer_, 'rehearsing', False):
            return
        self.add_param(name, data.shape, data.dtype)
        param = self.__dict__[name]
        param.copydata(variable.Variable(data))


class Chain(Link):
    """Link composed of other links, each an attribute.

    Children are registered by keyword to the constructor or with
    :meth:`add_link`. A chain may have parameters of its own, too.

    Args:
        links: Names of children, and the children.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer
       >>> import chainer.functions as F
       >>> import chainer.links as L
       >>> class MLP(chainer.Chain):
       ...     def __init__(self, n_in, n_hidden, n_out):
       ...         super(MLP, self).__init__(
       ...             l1=L.Linear(n_in, n_hidden),
       ...             l2=L.Linear(n_hidden, n_out))
       ...     def __call__(self, x):
       ...         return self.l2(F.relu(self.l1(x)))
       >>> model = MLP(4, 3, 2)
       >>> model(np.zeros((1, 4), 'f')).shape
       (1, 2)
       >>> [name for name, _ in model.namedparams()]
       ['/l1/W', '/l1/b', '/l2/W', '/l2/b']

    """

    def __init__(self, **links):
        super().__init__()
        self._children = []
        for name, link in links.items():
            self.add_link(name, link)

    def __getitem__(self, name):
        """Returns an attribute: ``chain['l1']`` is ``chain.l1``."""
        return getattr(self, name)

    def add_link(self, name, link):
        """Registers a child and makes it an attribute.

        Args:
            name (str): Name of the child and of the attribute.
            link (Link): The child.

        Raises:
            TypeError: If ``link`` is not a link, or the name not a string.
            ValueError: If ``link`` is a child of another chain already.
            AttributeError: If the chain has such an attribute already, or
                links have a method of that name.

        """
        _check_orphan(link)
        self._check_free(name, 'child')
        link.name = name
        self._children.append(name)
        self.__dict__[name] = link

    def _named_children(self):
        for name in self._children:
            yield name, self.__dict__[name]

    def copy(self):
        twin = super().copy()
        twin._children = list(self._children)
        for name in self._children:
            child = self.__dict__[name].copy()
            child.name = name
            twin.__dict__[name] = child
        return twin


class ChainList(Link):
    """Link composed of other links, numbered from 0.

    It suits a number of children that the program decides. A chain list can be
    indexed and iterated over; it is not a list otherwise.

    Args:
        links: The children.

    .. admonition:: Example

       >>> import chainer
       >>> import chainer.links as L
       >>> layers = chainer.ChainList(L.Linear(4, 3), L.Linear(3, 2))
       >>> len(layers), layers[1].W.shape
       (2, (2, 3))
       >>> [name for name, _ in layers.namedparams()]
       ['/0/W', '/0/b', '/1/W', '/1/b']

    """

    def __init__(self, *links):
        super().__init__()
        self._children = []
        for link in links:
            self.add_link(link)

    def __getitem__(self, index):
        """Returns the child of the index; a list of children of a slice."""
        return self._children[index]

    def __iter__(self):
        """Iterates over the children, in the order of their addition."""
        return iter(self._children)

    def __len__(self):
        """Returns the number of children."""
        return len(self._children)

    def add_link(self, link):
        """Registers a child at the end.

        Args:
            link (Link): The child.

        Raises:
            TypeError: If ``link`` is not a link.
            ValueError: If ``link`` is a child of another chain already.

        """
        _check_orphan(link)
        link.name = str(len(self._children))
        self._children.append(link)

    def _named_children(self):
        for index, child in enumerate(self._children):
            yield str(index), child

    def copy(self):
        twin = super().copy()
        twin._children = []
        for child in self._children:
            twin.add_link(child.copy())
        return twin


def _check_orphan(link):
    if not isinstance(link, Link):
        raise TypeError(f'a child of a chain is a Link, but got {type(link)}')
    if link.name is not None:
        raise ValueError(
            f'this {type(link).__name__} is the child {link.name!r} of a '
            f'chain already. To use it in a second one, add link.copy(), '
            f'which shares its arrays')
