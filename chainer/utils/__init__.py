"""What functions and links share: random choice, exact types."""
from chainer.utils.experimental import experimental
from chainer.utils.force import force_array, force_type
from chainer.utils.walker_alias import WalkerAlias
