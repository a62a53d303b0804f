"""Run the worker: `python -m assay.arms.linfa_py`."""

from assay.arms.linfa_py import ARM
from assay.worker import serve

raise SystemExit(serve.run(ARM))
