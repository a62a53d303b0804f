"""Parity: before anything is timed, every arm of a cell shows that it did the same work and got the same answer."""

from assay.parity.client import ArmError, Client, Start
from assay.parity.gate import check_cell, merge

__all__ = ["ArmError", "Client", "Start", "check_cell", "merge"]
