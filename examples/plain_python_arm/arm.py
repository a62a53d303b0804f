#!/usr/bin/env python3
"""An arm from nothing: the worker protocol in one file of plain Python, with no library at all.

It shows what an arm in any language has to do (docs/protocol.md): data, algorithms, answers, stopwatch, messages. It is meant for small
data. To write an arm in Python for real, use `assay.worker` instead (docs/adding-an-arm.md).
"""

import ctypes
import gc
import json
import math
import os
import resource
import struct
import sys
import time
from array import array

MAX_LINE = 1 << 20
RING = 64
MAX_ROWS = 1024


class WorkerError(Exception):
    """An error reply: kind and message."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


# ---- data: safetensors files


def read_tensors(path):
    """Read a file: its metadata, and (shape, values) by name."""
    with open(path, "rb") as file:  # noqa: PTH123
        content = file.read()
    size = struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = array({"F64": "d", "I64": "q"}[entry["dtype"]])
        values.frombytes(content[8 + size + start : 8 + size + end])
        tensors[name] = (entry["shape"], values)
    return metadata, tensors


def write_tensors(path, tensors):
    """Write arrays (lists of floats or integers, or lists of rows) to a file."""
    header, data = {}, b""
    for name, value in tensors.items():
        shape = [len(value), len(value[0])] if isinstance(value[0], list) else [len(value)]
        flat = flatten(value)
        kind, code = ("F64", "d") if isinstance(flat[0], float) else ("I64", "q")
        content = array(code, flat).tobytes()
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(struct.pack("<Q", len(text)) + text + data)


def rows_of(tensor, order):
    """Turn a stored matrix into a list of rows; with order F it is stored transposed."""
    (first, second), values = tensor
    lines = [list(values[at : at + second]) for at in range(0, first * second, second)]
    return [list(row) for row in zip(*lines, strict=True)] if order == "F" else lines


def flatten(value):
    """All numbers of an array, in C order."""
    return [number for row in value for number in row] if isinstance(value[0], list) else list(value)


# ---- algorithms


def lloyd(x, centres, max_iter, tol):
    """k-means with scikit-learn's rules: centres, labels, number of iterations."""
    columns = list(zip(*x, strict=True))
    means = [sum(column) / len(x) for column in columns]
    variance = sum(sum((v - m) ** 2 for v in column) / len(x) for column, m in zip(columns, means, strict=True)) / len(means)
    labels = None
    for iteration in range(1, max_iter + 1):  # noqa: B007  (the last one is returned)
        new_labels = nearest(x, centres)
        sums = [[0.0] * len(means) for _ in centres]
        counts = [0] * len(centres)
        for row, label in zip(x, new_labels, strict=True):
            counts[label] += 1
            sums[label] = [a + b for a, b in zip(sums[label], row, strict=True)]
        new = [[s / n for s in total] if n else old for total, n, old in zip(sums, counts, centres, strict=True)]
        shift = sum((a - b) ** 2 for p, q in zip(new, centres, strict=True) for a, b in zip(p, q, strict=True))
        centres, settled, labels = new, new_labels == labels, new_labels
        if settled or shift <= tol * variance:
            break
    return centres, nearest(x, centres), iteration


def nearest(x, centres):
    """The number of the nearest centre of every row."""
    return [min(range(len(centres)), key=lambda j: sum((a - b) ** 2 for a, b in zip(row, centres[j], strict=True))) for row in x]


def least_squares(x, y, fit_intercept):
    """Least squares by Householder reflections: coefficients and intercept."""
    p = len(x[0])
    a = [[*row, 1.0, target] if fit_intercept else [*row, target] for row, target in zip(x, y, strict=True)]
    unknowns = p + 1 if fit_intercept else p
    for k in range(unknowns):
        norm = math.sqrt(sum(row[k] ** 2 for row in a[k:]))
        v = [row[k] for row in a[k:]]
        v[0] += math.copysign(norm, v[0])
        square = sum(value**2 for value in v)
        for j in range(k, unknowns + 1):
            scale = 2 * sum(value * row[j] for value, row in zip(v, a[k:], strict=True)) / square
            for value, row in zip(v, a[k:], strict=True):
                row[j] -= scale * value
    solution = [0.0] * unknowns
    for k in reversed(range(unknowns)):
        known = sum(a[k][j] * solution[j] for j in range(k + 1, unknowns))
        solution[k] = (a[k][unknowns] - known) / a[k][k]
    return solution[:p], solution[p] if fit_intercept else 0.0


def predict_linear(q, model):
    """The predictions of a linear model."""
    coefficients, intercept = model
    return [sum(a * b for a, b in zip(row, coefficients, strict=True)) + intercept for row in q]


# ---- benchmarks: what is called with which inputs, and how its result becomes an answer


class Mode:
    """`call(input)` is timed; `inputs[variant]` lists its inputs; `answer(result)` gives named arrays."""

    def __init__(self, call, inputs, answer):
        self.call, self.inputs, self.answer = call, inputs, answer


def kmeans(tensors, order, parameters):
    """Modes of k-means."""
    variants = [v for v in range(len(tensors)) if f"x.{v}" in tensors]
    matrix = {name: rows_of(tensor, order) for name, tensor in tensors.items()}
    centres = matrix["centres"]
    queries = [matrix[f"q.{v}"] for v in variants]

    def predict(q):
        return nearest(q, centres)

    return {
        "fit": Mode(
            lambda data: lloyd(*data, parameters["max_iter"], parameters["tol"]),
            [[(matrix[f"x.{v}"], matrix[f"init.{v}"])] for v in variants],
            lambda result: {"centres": result[0], "labels": result[1], "iterations": [result[2]]},
        ),
        "predict": Mode(predict, [[q] for q in queries], lambda labels: {"labels": labels}),
        "predict_one": Mode(predict, [[[row] for row in q[:MAX_ROWS]] for q in queries], lambda labels: {"labels": labels}),
    }


def linear_regression(tensors, order, parameters):
    """Modes of linear regression."""
    variants = [v for v in range(len(tensors)) if f"x.{v}" in tensors]
    data = [(rows_of(tensors[f"x.{v}"], order), list(tensors[f"y.{v}"][1])) for v in variants]
    queries = [rows_of(tensors[f"q.{v}"], order) for v in variants]

    def fit(pair):
        return least_squares(*pair, parameters["fit_intercept"])

    def predict(q):
        return predict_linear(q, model)

    model = fit(data[0])
    return {
        "fit": Mode(fit, [[pair] for pair in data], lambda result: {"coefficients": result[0], "intercept": [result[1]]}),
        "predict": Mode(predict, [[q] for q in queries], lambda y: {"predictions": y}),
        "predict_one": Mode(predict, [[[row] for row in q[:MAX_ROWS]] for q in queries], lambda y: {"predictions": y}),
    }


BENCHMARKS = {
    "kmeans": (kmeans, "lloyd(x, init, max_iter, tol)", {"n_init": 1}),
    "linear_regression": (linear_regression, "least_squares(x, y, fit_intercept)", {}),
}
MODES = ["fit", "predict", "predict_one"]


# ---- the stopwatch


def sample(mode, variants, loops, latency):
    """Take one sample: call i works on variant `variants[i mod V]`, row `(i div V) mod R`."""
    count, rows = len(variants), len(mode.inputs[0])
    ring, histogram, call = [None] * RING, {}, mode.call
    gc.collect()
    usage, cpu = resource.getrusage(resource.RUSAGE_SELF), time.process_time_ns()
    t0 = time.monotonic_ns()
    for i in range(loops):
        data = mode.inputs[variants[i % count]][i // count % rows]
        start = time.monotonic_ns() if latency else 0
        ring[i % RING] = call(data)
        if latency:
            duration = three_digits(time.monotonic_ns() - start)
            histogram[duration] = histogram.get(duration, 0) + 1
    t1 = time.monotonic_ns()
    cpu, after = time.process_time_ns() - cpu, resource.getrusage(resource.RUSAGE_SELF)
    reached = min(loops, count)
    last = {i % count: i for i in range(loops - reached, loops)}
    fields = {
        "t0_ns": t0, "t1_ns": t1, "cpu_ns": cpu, "loops": loops,
        "voluntary_switches": after.ru_nvcsw - usage.ru_nvcsw, "involuntary_switches": after.ru_nivcsw - usage.ru_nivcsw,
        "minor_faults": after.ru_minflt - usage.ru_minflt, "major_faults": after.ru_majflt - usage.ru_majflt,
        "checksums": [checksums(mode.answer(ring[last[entry] % RING])) for entry in range(reached)],
    }  # fmt: skip
    return {**fields, "histogram": {str(ns): times for ns, times in histogram.items()}} if latency else fields


def three_digits(ns):
    """Round a duration to three significant digits."""
    unit = 10 ** max(len(str(ns)) - 3, 0)
    return (ns + unit // 2) // unit * unit


def checksums(answer):
    """Three numbers for each array, in the order of their names."""
    numbers = []
    for name in sorted(answer):
        values = flatten(answer[name])
        numbers += [sum(values), sum(map(abs, values)), sum(v * (1 + i % 31 / 31) for i, v in enumerate(values))]
    if not all(map(math.isfinite, numbers)):
        raise WorkerError("diverged", "the answer is not finite")
    return [float(number) for number in numbers]


# ---- messages


class Worker:
    """What is loaded, and one method per request."""

    def __init__(self):
        self.modes = None

    def hello(self, request):
        """Say who this is."""
        if request["protocol"] != 1:
            raise WorkerError("bad_request", "this worker speaks protocol 1")
        return {
            "protocol": 1, "arm": "plain-python", "framework": "none", "version": "1", "language": "python", "pid": os.getpid(),
            "clock": "CLOCK_MONOTONIC", "benchmarks": dict.fromkeys(BENCHMARKS, MODES), "build": {"interpreter": sys.version.split()[0]},
        }  # fmt: skip

    def load(self, request):
        """Read the data, make inputs and models."""
        if request["benchmark"] not in BENCHMARKS:
            raise WorkerError("unsupported", f"benchmarks: {', '.join(BENCHMARKS)}")
        make, call, fixed = BENCHMARKS[request["benchmark"]]
        started = time.monotonic_ns()
        metadata, tensors = read_tensors(request["dataset"]["path"])
        ended = time.monotonic_ns()
        self.modes = make(tensors, metadata["order"], request["parameters"])
        done = {"parameters": {**request["parameters"], **fixed, "dtype": "float64"}, "call": call, "pools": []}
        return {"started_ns": started, "ended_ns": ended, "variants": len(self.modes["fit"].inputs), **done}

    def warmup(self, request):
        """Make one call per entry of `variants`."""
        mode, times = self.mode(request), []
        for variant in request["variants"]:
            start = time.monotonic_ns()
            mode.call(mode.inputs[variant][0])
            times.append(time.monotonic_ns() - start)
        return {"wall_ns": times}

    def calibrate(self, request):
        """Double the number of calls until they take long enough."""
        mode, loops = self.mode(request), len(request["variants"])
        while True:
            trial = sample(mode, request["variants"], loops, False)
            wall = trial["t1_ns"] - trial["t0_ns"]
            if wall >= request["min_ns"]:
                return {"loops": loops, "wall_ns": wall}
            loops *= 2

    def run(self, request):
        """Take one sample."""
        mode = self.mode(request)
        if request["loops"] < 1:
            raise WorkerError("bad_request", "loops: at least 1")
        return sample(mode, request["variants"], request["loops"], request.get("latency", False))

    def reset_peak(self, request):
        """Give free memory back and reset the high-water mark."""
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123
            file.write("5")
        return {"rss_bytes": self.memory(request)["rss_bytes"]}

    def memory(self, request):
        """Resident memory and its high-water mark."""
        with open("/proc/self/status") as file:  # noqa: PTH123
            fields = dict(line.split(":", 1) for line in file)
        return {"rss_bytes": int(fields["VmRSS"].split()[0]) * 1024, "peak_bytes": int(fields["VmHWM"].split()[0]) * 1024}

    def outputs(self, request):
        """Write everything that the arm answers."""
        arrays = {}
        for name in request["modes"]:
            mode = self.mode({"mode": name, "variants": [0]})
            for variant, inputs in enumerate(mode.inputs):
                answers = [mode.answer(mode.call(data)) for data in inputs]
                for key in answers[0]:
                    arrays[f"{name}/{variant}/{key}"] = [number for answer in answers for number in answer[key]]
        write_tensors(request["path"], arrays)
        return {"path": request["path"]}

    def quit(self, request):
        """Say goodbye; the main loop ends."""
        return {}

    def mode(self, request):
        """The mode of a request, after its variants were checked."""
        if self.modes is None:
            raise WorkerError("bad_request", "nothing is loaded")
        if request["mode"] not in self.modes:
            raise WorkerError("unsupported", f"modes: {', '.join(self.modes)}")
        mode, variants = self.modes[request["mode"]], request["variants"]
        if not 1 <= len(variants) <= RING or not all(isinstance(v, int) and 0 <= v < len(mode.inputs) for v in variants):
            raise WorkerError("bad_request", "variants: 1 to 64 numbers of variants of the data")
        return mode


REQUESTS = {
    "hello": {"protocol": int},
    "load": {"benchmark": str, "dataset": dict, "parameters": dict, "seed": int, "threads": int},
    "warmup": {"mode": str, "variants": list},
    "calibrate": {"mode": str, "variants": list, "min_ns": int},
    "run": {"mode": str, "variants": list, "loops": int},
    "reset_peak": {}, "memory": {}, "outputs": {"path": str, "modes": list}, "quit": {},
}  # fmt: skip


def parse(line):
    """The object in a line; empty if it holds none."""
    try:
        request = json.loads(line) if len(line) <= MAX_LINE + 1 else {}
    except (ValueError, RecursionError) as error:
        raise WorkerError("bad_request", f"not JSON: {error}") from None
    return request if isinstance(request, dict) else {}


def check(request):
    """The name of a request, after its fields were checked."""
    name = request.get("request")
    if not isinstance(name, str) or name not in REQUESTS or not isinstance(request.get("token"), str):
        raise WorkerError("bad_request", "not a request of the protocol")
    for key, kind in REQUESTS[name].items():
        if not isinstance(request.get(key), kind):
            raise WorkerError("bad_request", f"{key}: must be there, as {kind.__name__}")
    return name


def answer(worker, line):
    """Answer one line, whatever it holds."""
    request = {}
    try:
        request = parse(line)
        outcome = {"status": "ok", **getattr(worker, check(request))(request)}
    except WorkerError as error:
        outcome = {"status": "error", "kind": error.kind, "message": str(error)}
    except MemoryError as error:
        outcome = {"status": "error", "kind": "out_of_memory", "message": str(error)}
    except Exception as error:  # noqa: BLE001  (whatever goes wrong, the worker goes on)
        outcome = {"status": "error", "kind": "failed", "message": f"{type(error).__name__}: {error}"}
    names = {"reply": request.get("request"), "token": request.get("token")}
    echoed = {key: value if isinstance(value, str) else "" for key, value in names.items()}
    return json.dumps({**echoed, **outcome}, allow_nan=False).encode() + b"\n"


def main():
    """Keep stdout for the protocol, and answer line by line until `quit` or the end of stdin."""
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints now prints on stderr
    worker = Worker()
    while line := sys.stdin.buffer.readline(MAX_LINE + 2):
        rest = line
        while len(line) > MAX_LINE and rest and not rest.endswith(b"\n"):
            rest = sys.stdin.buffer.readline(1 << 16)  # the rest of a line that is too long is skipped
        reply = answer(worker, line)
        protocol.write(reply)
        protocol.flush()
        if json.loads(reply)["reply"] == "quit":
            return


if __name__ == "__main__":
    main()
