"""Benchmarks of Assay itself: how far its schedule can be trusted, beside the tools people use today, and what it costs.

`python -m bench` takes some minutes and prints; `python -m bench --full` takes about half an hour and writes docs/performance.md.
"""
