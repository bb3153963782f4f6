"""Import of models of Caffe, where v1 has always had it."""
from chainer.links.caffe.caffe_function import CaffeFunction
