"""The environment variables of workers."""

from __future__ import annotations

import os
from collections.abc import Mapping

INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV",
    "CONDA_PREFIX", "CUDA_VISIBLE_DEVICES",
)  # fmt: skip
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "TOKIO_WORKER_THREADS", "LOKY_MAX_CPU_COUNT",
)  # fmt: skip
# waiting threads sleep: a pool that spins would take its CPU from whatever is timed next
# (OpenBLAS's threads otherwise spin for some 100 ms after a call; 4 is the least exponent of clock ticks that it takes)
WAITING = {
    "OMP_DYNAMIC": "FALSE", "MKL_DYNAMIC": "FALSE", "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0",
    "OPENBLAS_THREAD_TIMEOUT": "4",
}  # fmt: skip
# 32-bit floats are 32-bit floats: NVIDIA's libraries would round them to 19 bits in convolutions
EXACT = {"NVIDIA_TF32_OVERRIDE": "0"}


def worker_environment(
    threads: int, overrides: Mapping[str, str | None] | None = None, padding: int = 0, hash_seed: int = 0
) -> dict[str, str]:
    """Return a worker's environment, built from scratch: a few inherited names, the thread budget, and the arm's own variables.

    `overrides` win; None leaves a variable unset. `padding` is the length of a variable without meaning.
    """
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= dict.fromkeys(THREAD_VARIABLES, str(threads)) | WAITING | EXACT
    environment |= {"PYTHONHASHSEED": str(hash_seed), "ASSAY_PADDING": "x" * padding}
    for name, value in (overrides or {}).items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment
