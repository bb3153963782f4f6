"""Saving and loading, in files of NumPy and of HDF5."""
from chainer.serializers.hdf5 import (
    HDF5Deserializer, HDF5Serializer, load_hdf5, save_hdf5)
from chainer.serializers.npz import (
    DictionarySerializer, load_npz, NpzDeserializer, save_npz)
