"""The import name ``fireworks`` for Longfuse: it is replaced by ``longfuse.compat.fireworks`` when it is imported."""

import sys

del sys.modules[__name__]  # make room for the package that the next line lets the name mean

import longfuse.compat.alias  # noqa: E402, F401

__import__(__name__)
