"""The version, apart from the root, which names the whole package."""

__version__ = "0.1.0"
