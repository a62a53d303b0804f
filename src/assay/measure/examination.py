"""The single checks of the conformance of an arm: each asks, and says what it saw, or raises CheckError with it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from assay.measure import messages
from assay.measure.examined import PATIENCE_S, CheckError, Examined
from assay.measure.messages import Calibrate, Hello, Load, Quit, Request, ResetPeak, Run, Warmup
from assay.measure.recipes import VARIANTS
from assay.measure.replies import show

END_S = 5.0  # what the orchestrator gives a worker to end
REST_S = 0.2
RTOL = 1e-9  # the same numbers added in another order
MEMORY_SHARE, MEMORY_FLOOR = 0.1, 8 << 20  # the kernel counts resident pages per CPU and adds them up now and then
ALL = list(range(VARIANTS))
INFER = "infer_"  # a mode of this name answers for so many rows in a call

# whole lines that are no requests; the last is deep enough to exhaust a parser that recurses
NONSENSE = (
    b"", b"zork", b"[]", b"3", b"null", b"{}", b'{"request": "memory"}', b'{"token": "t"}', b'{"request": 1, "token": 2}', b"\xff\xfe\x00",
    b'{"request": "memory", "token": "t"', b'{"request": "run", "token": "t", "mode": "fit"}',
    b'{"request": "run", "token": "t", "mode": "fit", "variants": "0", "loops": 1}',
    b'{"request": "run", "token": "t", "mode": "fit", "variants": [-1], "loops": 1}',
    b'{"request": "run", "token": "t", "mode": "fit", "variants": [0], "loops": NaN}', b"[" * 100_000,
)  # fmt: skip


@dataclass(frozen=True)
class Unknown(Request[messages.QuitReply]):
    """A request that there is not."""

    name = "sing"


def hello(arm: Examined) -> str:
    """Ask who it is."""
    reply = arm.ask(Hello())
    arm.benchmarks = reply.benchmarks
    return f"{reply.arm}: {reply.framework} {reply.version}, {reply.language}; {', '.join(reply.benchmarks) or 'no benchmarks'}"


def sample_before_load(arm: Examined) -> str:
    """Ask for a sample when nothing is loaded."""
    return arm.error(Run("fit", [0], 1), "bad_request")


def unknown_request(arm: Examined) -> str:
    """Ask what nobody understands."""
    return arm.error(Unknown(), "bad_request")


def unknown_benchmark(arm: Examined) -> str:
    """Ask for a benchmark that there is not."""
    return arm.error(Load("no-such-benchmark", {"path": "/nowhere", "sha256": ""}, {}), "unsupported")


def missing_file(arm: Examined) -> str:
    """Ask for data that are not there."""
    if not arm.benchmarks:
        raise CheckError("no benchmark to try it with")
    return arm.error(Load(next(iter(arm.benchmarks)), {"path": "/nowhere/data.safetensors", "sha256": ""}, {}), "failed")


def nonsense(arm: Examined) -> str:
    """Send lines that are no requests."""
    for line in NONSENSE:
        arm.raw_error(line)
    arm.ask(Hello())
    return f"{len(NONSENSE)} lines refused, and it goes on"


def long_line(arm: Examined) -> str:
    """Send a request that is longer than a line may be."""
    arm.raw_error(b'{"request": "hello", "protocol": 1, "token": "' + b"a" * (2 << 20) + b'"}')
    arm.ask(Hello())
    return "refused, and it goes on"


def load(arm: Examined) -> str:
    """Load the data."""
    reply = arm.ask(arm.recipe.load(arm.data))
    if reply.variants != VARIANTS:
        raise CheckError(f"{reply.variants} variants of {VARIANTS}")
    if extra := set(reply.parameters) - set(arm.recipe.parameters):
        raise CheckError(f"parameters that were not given: {', '.join(sorted(extra))}")
    left_out = [key for key in arm.recipe.parameters if key not in reply.parameters]
    return f"{reply.call}" + (f"; says nothing of {', '.join(left_out)}" if left_out else "")


def unknown_mode(arm: Examined) -> str:
    """Ask for a mode that there is not."""
    return arm.error(Run("no-such-mode", [0], 1), "unsupported")


def wrong_variants(arm: Examined) -> str:
    """Ask for variants that there are not, and for none."""
    for variants in ([VARIANTS], [0, 10**9], [], [0] * 65):
        arm.error(Run(arm.modes[0], variants, 1), "bad_request")
    return "refused: one too high, one much too high, none, 65"


def no_calls(arm: Examined) -> str:
    """Ask for a sample without calls."""
    return arm.error(Run(arm.modes[0], [0], 0), "bad_request")


def warmup(arm: Examined) -> str:
    """Warm every mode up."""
    return "; ".join(f"{mode} {arm.ask(Warmup(mode, ALL)).wall_ns[0] / 1e6:.3g} ms" for mode in arm.modes)


def outputs(arm: Examined) -> str:
    """Compare every answer's name, type and shape with what the protocol says."""
    wanted = {f"{mode}/{v}/{name}": kind for mode in arm.modes for v in ALL for name, kind in arm.recipe.answers.get(mode, {}).items()}
    found = {name: (t.dtype, t.shape) for name, t in arm.answers().items()}
    for name, (dtype, shape) in wanted.items():
        if name not in found and name.rpartition("/")[2] in arm.recipe.optional:
            continue
        if found.get(name) != (dtype, shape):
            raise CheckError(f"{name} is {found.get(name, 'missing')}, and must be {(dtype, shape)}")
    if extra := set(found) - set(wanted):
        raise CheckError(f"nobody asked for {', '.join(sorted(extra)[:5])}")
    for name, tensor in arm.answers().items():
        if not all(map(math.isfinite, tensor.values)):
            raise CheckError(f"{name} is not finite")
    return f"{len(found)} arrays"


def checksums(arm: Examined) -> str:
    """Compare the checksum of every sample with that of the outputs, and of a sample that reaches two of four variants."""
    for mode in arm.modes:
        part = 0 if rows_of(mode) else None
        got = arm.run(mode, ALL, VARIANTS).checksums
        for v in ALL:
            _compare(f"{mode}, variant {v}", got[v], _expected(arm, mode, v, part))
        _compare(f"{mode}, one call of four", arm.run(mode, [3, 2, 1, 0], 1).checksums[0], _expected(arm, mode, 3, part))
    return f"{VARIANTS} variants of {', '.join(arm.modes)}"


def order_of_calls(arm: Examined) -> str:
    """Compare samples of uneven length with the outputs: call i is variant i mod V, and row (i div V) mod R."""
    for mode in arm.modes:
        rows = rows_of(mode)
        count = next(iter(arm.answer(mode, 0).values())).shape[0] // rows if rows else 1
        for loops in (5, 7, 2 * count + 1):
            got = arm.run(mode, [2, 0], loops).checksums
            for entry, variant in enumerate([2, 0]):
                last = max(i for i in range(loops) if i % 2 == entry)
                part = last // 2 % count if rows else None
                _compare(f"{mode}, call {last} of {loops}", got[entry], _expected(arm, mode, variant, part))
    return "as in the protocol"


def repeated(arm: Examined) -> str:
    """Take the same sample again and again."""
    for mode in arm.modes:
        first = arm.run(mode, ALL, VARIANTS).checksums
        for _ in range(3):
            for v, again in enumerate(arm.run(mode, ALL, VARIANTS).checksums):
                _compare(f"{mode}, variant {v}, again", again, first[v])
    return "four times the same"


def variants_differ(arm: Examined) -> str:
    """Compare the answers to different inputs."""
    for mode in arm.modes:
        seen = {tuple(value for t in arm.answer(mode, v).values() for value in t.values) for v in ALL}
        if len(seen) < VARIANTS:
            raise CheckError(f"{mode} answers the same to different inputs: {len(seen)} answers to {VARIANTS}")
    return f"{VARIANTS} answers to {VARIANTS} inputs"


def row_by_row(arm: Examined) -> str:
    """Compare the predictions of single rows with those of all."""
    if not {"predict", "predict_one"} <= set(arm.modes):
        return "the arm does not have both modes"
    for v in ALL:
        every, single = arm.answer("predict", v), arm.answer("predict_one", v)
        for name, tensor in single.items():
            scale = max(map(abs, every[name].values))
            for i, (a, b) in enumerate(zip(every[name].values, tensor.values, strict=False)):
                if abs(a - b) > RTOL * scale:
                    raise CheckError(f"variant {v}, row {i}: {name} is {b} alone and {a} among all")
    return "the same"


def calibration(arm: Examined) -> str:
    """Ask for the number of calls that takes a millisecond."""
    seen = []
    for mode in arm.modes:
        for variants in ([0], [0, 1, 2]):
            loops = arm.ask(Calibrate(mode, variants, 1_000_000)).loops
            doubled = loops / len(variants)
            if doubled < 1 or not math.log2(doubled).is_integer():
                raise CheckError(f"{mode}: {loops} calls are not {len(variants)} doubled some times")
        seen.append(f"{mode} {loops} calls")
    return "; ".join(seen) + " in 1 ms"


def latency(arm: Examined) -> str:
    """Take a sample with every call stamped."""
    seen = []
    for mode in arm.modes:
        reply = arm.run(mode, ALL, 30, latency=True)
        together = sum(ns * count for ns, count in (reply.histogram or {}).items())
        if together > reply.wall_ns * 1.01:
            raise CheckError(f"{mode}: calls of {together} ns in a sample of {reply.wall_ns} ns")
        if together == 0:
            raise CheckError(f"{mode}: every call took 0 ns")
        seen.append(f"{mode} {together / 30 / 1e3:.3g} us a call")
    return "; ".join(seen)


def cpu_time(arm: Examined) -> str:
    """Take a sample and compare its CPU time with its wall time; the orchestrator compares it with the kernel's."""
    mode = arm.modes[0]
    loops = arm.ask(Calibrate(mode, ALL, 20_000_000)).loops
    samples = [arm.run(mode, ALL, loops) for _ in range(3)]
    shares = [sample.cpu_ns / sample.wall_ns for sample in samples]
    if not max(shares) > 0:
        raise CheckError(f"{mode}: no CPU time in {samples[0].wall_ns / 1e6:.3g} ms")
    return f"{mode}: CPU over wall {max(shares):.2f}"


def memory(arm: Examined) -> str:
    """Compare what the worker says of its memory with /proc."""
    reply, (rss, peak) = arm.ask(messages.Memory()), arm.worker.memory()
    for name, said, seen in (("rss_bytes", reply.rss_bytes, rss), ("peak_bytes", reply.peak_bytes, peak)):
        if abs(said - seen) > MEMORY_SHARE * seen + MEMORY_FLOOR:
            raise CheckError(f"{name} is {said}, and /proc has {seen}")
    return f"{rss / 2**20:.1f} MiB resident, {peak / 2**20:.1f} MiB at most"


def reset_peak(arm: Examined) -> str:
    """Reset the high-water mark."""
    said = arm.ask(ResetPeak()).rss_bytes
    rss, peak = arm.worker.memory()
    if peak - rss > MEMORY_SHARE * rss + MEMORY_FLOOR:
        raise CheckError(f"the high-water mark is {peak} with {rss} resident")
    if abs(said - rss) > MEMORY_SHARE * rss + MEMORY_FLOOR:
        raise CheckError(f"rss_bytes is {said}, and /proc has {rss}")
    return f"{peak / 2**20:.1f} MiB"


def rest(arm: Examined) -> str:
    """Watch the worker when nothing is asked; the quietest of some looks counts."""
    arm.run(arm.modes[0], [0], 1)
    shares = []
    for _ in range(5):
        before, start = arm.worker.cpu_ns(), time.monotonic_ns()
        time.sleep(REST_S)
        shares.append((arm.worker.cpu_ns() - before) / (time.monotonic_ns() - start))
        if shares[-1] < 0.01:
            break
    if min(shares) > 0.1:
        raise CheckError(f"an idle worker uses {min(shares):.0%} of a CPU")
    return f"{min(shares):.1%} of a CPU"


def second_load(arm: Examined) -> str:
    """Load again and compare a sample."""
    mode = arm.modes[0]
    first = arm.run(mode, ALL, VARIANTS).checksums
    arm.ask(arm.recipe.load(arm.data))
    for v, again in enumerate(arm.run(mode, ALL, VARIANTS).checksums):
        _compare(f"{mode}, variant {v}", again, first[v])
    return "the same answers"


def quits(arm: Examined) -> str:
    """Say goodbye."""
    arm.forget()
    arm.ask(Hello())
    worker = arm.worker
    worker.request(Quit(), PATIENCE_S)
    status = worker.wait_for_exit(END_S)
    arm.chatter += worker.unread()
    worker.kill()
    if status != 0:
        raise CheckError("it did not exit" if status is None else f"exit status {status}")
    return "exit status 0"


def ends_with_stdin(arm: Examined) -> str:
    """Close its stdin."""
    arm.ask(Hello())
    worker = arm.worker
    worker.close_stdin()
    status = worker.wait_for_exit(END_S)
    arm.chatter += worker.unread()
    worker.kill()
    if status is None:
        raise CheckError("it did not exit")
    return f"exit status {status}"


def silent_stdout(arm: Examined) -> str:
    """See whether anything stood on stdout that was no reply."""
    if arm.chatter:
        raise CheckError(show(arm.chatter))
    return "nothing else"


def rows_of(mode: str) -> int:
    """Return how many rows one call of a mode answers for that goes through its queries part by part; 0 for any other mode."""
    return 1 if mode == "predict_one" else int(mode.removeprefix(INFER)) if mode.startswith(INFER) else 0


def _expected(arm: Examined, mode: str, variant: int, part: int | None) -> list[float]:
    """Return the checksums of an answer in the outputs, or of the part of it that one call gives."""
    answer = arm.answer(mode, variant).values()
    return [number for t in answer for number in (t if part is None else t.part(part, rows_of(mode))).checksum()]


def _compare(what: str, got: list[float], expected: list[float]) -> None:
    if len(got) != len(expected):
        raise CheckError(f"{what}: {len(got)} numbers instead of {len(expected)}")
    for i, (a, b) in enumerate(zip(got, expected, strict=True)):
        if abs(a - b) > RTOL * abs(expected[i // 3 * 3 + 1]):
            raise CheckError(f"{what}: number {i} is {a!r} instead of {b!r}")
