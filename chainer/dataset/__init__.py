"""What data sets and iterators are, and how batches are made of them."""
from chainer.dataset.convert import concat_examples
from chainer.dataset.dataset_mixin import DatasetMixin
from chainer.dataset.download import cache_or_load_file
from chainer.dataset.download import cached_download
from chainer.dataset.download import get_dataset_directory
from chainer.dataset.download import get_dataset_root
from chainer.dataset.download import set_dataset_root
from chainer.dataset.iterator import Iterator
