"""Run the worker: `python -m assay.arms.torch`."""

from assay.arms.torch import ARM
from assay.worker import serve

raise SystemExit(serve.run(ARM))
