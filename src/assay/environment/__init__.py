"""The host: what it is, whether it is fit to measure, and what identifies a run. Only the standard library, so that measuring jobs can use it."""
