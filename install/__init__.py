"""What runs at build time: it decides what CuPy is built for, and builds it.

``backend`` decides, with what ``compiler``, ``cuda``, ``onednn`` and
``openblas`` find; ``extensions`` lists the parts, ``make`` runs the commands
whose inputs changed, and ``build_ext`` is what setuptools calls.
"""
