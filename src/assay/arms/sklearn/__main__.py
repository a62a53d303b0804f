"""Run the worker: `python -m assay.arms.sklearn`."""

from assay.arms.sklearn import ARM
from assay.worker import serve

raise SystemExit(serve.run(ARM))
