"""Data sets: made from the seed tree, taken from a package or read from a user's file, and stored with a manifest."""

from assay.datasets.making import make
from assay.datasets.problems import DataError
from assay.datasets.store import read_tensors, verify

__all__ = ["DataError", "make", "read_tensors", "verify"]
