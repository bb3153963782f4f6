"""What a training loop does besides updates."""
from chainer.training.extensions.dump_graph import dump_graph
from chainer.training.extensions.evaluator import Evaluator
from chainer.training.extensions.exponential_shift import ExponentialShift
from chainer.training.extensions.linear_shift import LinearShift
from chainer.training.extensions.log_report import LogReport
from chainer.training.extensions.plot_report import PlotReport
from chainer.training.extensions.print_report import PrintReport
from chainer.training.extensions.progress_bar import ProgressBar
from chainer.training.extensions.snapshot import snapshot
from chainer.training.extensions.snapshot import snapshot_object
