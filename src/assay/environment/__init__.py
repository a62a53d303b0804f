"""The host: what it is, whether it is fit to measure, and what identifies a run.

Only the standard library is used, so that measuring jobs can import it.
"""
