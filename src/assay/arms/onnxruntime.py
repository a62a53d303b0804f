"""ONNX Runtime from Python: it infers from the model of the data file and does not train (`python -m assay.arms.onnxruntime`)."""

from __future__ import annotations

from functools import partial

import numpy as np

from assay.arms.inferring import INFERRED, calls_of, characters
from assay.worker import Arm, Benchmark, Inputs, Mode, Parameters, Work, serve

NETWORKS = ("gru", "lenet", "lstm", "resnet18", "rnn", "simple_cnn")
IMAGES = {"lenet": (1, 28, 28), "simple_cnn": (1, 28, 28), "resnet18": (3, 32, 32)}


def version() -> str:
    """Return the version of ONNX Runtime."""
    import onnxruntime

    return str(onnxruntime.__version__)


def build() -> dict[str, str]:
    """Return where ONNX Runtime can compute; here it is told to do so on the CPU."""
    import onnxruntime

    return {"providers": ", ".join(onnxruntime.get_available_providers())}


def load(network: str, inputs: Inputs, parameters: Parameters, threads: int) -> Work:
    """Prepare inferring of a network on so many threads; waiting threads do not spin."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(inputs.content("onnx"), options, providers=["CPUExecutionProvider"])
    shape = IMAGES.get(network)
    modes = {}
    for name, rows in INFERRED.items():
        queries = [np.ascontiguousarray(q, dtype=np.float32) if shape else characters("q", q) for q in inputs.each("q")]
        calls = calls_of(queries, rows)
        if calls:
            parts = [[{"x": q[i * rows : (i + 1) * rows].reshape(rows, *(shape or (-1,)))} for i in range(calls)] for q in queries]
            modes[name] = Mode(lambda feed: session.run(["logits"], feed)[0], parts, lambda logits: {"outputs": logits})
    return Work(
        parameters={key: parameters[key] for key in ("network", "classes", "dtype")},
        call="InferenceSession(model, intra_op_num_threads, no spinning).run(['logits'], {'x': x})",
        modes=modes,
        pools={"onnxruntime": threads},
    )


ARM = Arm(
    name="onnxruntime",
    framework="onnxruntime",
    version=version,
    build=build,
    benchmarks={name: Benchmark(partial(load, name), tuple(INFERRED)) for name in NETWORKS},
)

if __name__ == "__main__":
    raise SystemExit(serve.run(ARM))
