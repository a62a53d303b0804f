"""Selection: what is really installed and built on this machine, and which arms run in which benchmark."""

from assay.selection.arms import select
from assay.selection.builds import build_needs, build_rust, build_wheel, builds_of
from assay.selection.probe import probe

__all__ = ["build_needs", "build_rust", "build_wheel", "builds_of", "probe", "select"]
