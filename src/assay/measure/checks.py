"""No sample is believed without these checks: pure functions, each with a named reason.

Three kinds of evidence, three rules:

- **Proof.** A wrong checksum, a stamp outside the request's window (process.py), more calls in the histogram than there was time
  for: no load of the host can cause one of these in an honest arm. A single case makes the arm's mode `invalid`, at once and for good.
- **Suspicion.** What rests on CPU clocks (work after the clock stopped, more CPU than threads, an idle arm that computes) also shows
  now and then in an honest arm on a busy host: caches are shared, so the same checksum may cost three times the CPU. The sample keeps
  its time (to drop it would select by outcome), and the arm's mode becomes `invalid` when suspicion repeats: at least
  `REPEATS` samples and more than `SHARE` of them. An arm that cheats does so in nearly every sample.
- **Cause.** Steal, a clock jump, memory pressure, swapping: the host's fault, not an arm's. The whole round is invalid for all arms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

AFTER_CLOCK = "computes after the clock stopped"
PROMISES = "computes its answers when they are read, after the clock stopped"
FILES = "reads files while it is timed"
WAITS = "waits outside its stamps, for work that no clock of its own counts"
NO_TIME = "clock: calls that took no time"
THREADS = "threads"
CPU_CLOCK = "reports more CPU time than the kernel counted"
IDLE = "idle_arm_spinning"
CHILDREN = "children: work was done by processes beside the worker"
CHECKSUM = "checksum"
HISTOGRAM = "histogram"
NOVELTY = "answers faster when it has seen the input before"
MEMORY = "memory: reports less than the kernel counted"

SPINNING = (AFTER_CLOCK, PROMISES, THREADS)  # what threads that wait by spinning look like; an arm that is to show them may

REPEATS = 3
READINGS = 5
SHARE = 0.1

FILES_BYTES = 64 << 10  # a request has some hundred bytes, and a library may look at a file of the kernel's; few data are as small
WAITS_FLOOR_NS = 5_000_000  # pipes and wake-ups take a tenth of that; where others hold the CPU the kernel counts it, and it is no wait
WAITS_SHARE = 0.2  # of the sample
CLOCK_SLACK_NS = 500_000  # stamps and CPU clocks are read one after the other; an interrupt may fall between
OUTSIDE_FLOOR_NS = 2_000_000  # decoding, garbage collection, checksum and reply of a small sample
OUTSIDE_CALLS = 2.0  # a checksum reads each variant's answer, which costs no more than computing it; twice for a busy host
PROMISES_FLOOR_NS = 4_000_000  # 64 checksums of small arrays cost a Python worker 1 ms; four times that on a busy host
OUTSIDE_SHARE = 0.1  # of the CPU inside: freeing what many calls made
NOVELTY_FLOOR_NS = 50_000  # cold caches and first use of code by a fresh input
NOVELTY_BYTES_PER_NS = 2.0  # reading a fresh input from memory, at 2 GB/s on a busy host
IDLE_FLOOR_NS = 5_000_000  # CPU that idle arms used in all: below, one per cent of little time is a stray wake-up
CHILDREN_FLOOR_NS = 20_000_000  # two ticks: the kernel counts the CPU of children that ended in ticks
HISTOGRAM_SHARE = 1.02  # durations are rounded to three digits
SLEW = 0.0005  # NTP may slew CLOCK_MONOTONIC by 500 ppm
JUMP_NS = 1_000_000
MEMORY_SHARE = 0.1
MEMORY_FLOOR = 8 << 20  # the kernel's resident counters are per CPU and drift by up to some MiB


def checksum_fault(got: Sequence[Sequence[float]], expected: Sequence[Sequence[float]], rtol: float) -> str:
    """Return how the checksums of a sample differ from those parity found; empty if they agree.

    Every array has three numbers (sum, sum of magnitudes, weighted sum); each may differ by `rtol` times the sum of magnitudes.
    """
    if len(got) != len(expected):
        return f"{CHECKSUM}: {len(got)} answers instead of {len(expected)}"
    for number, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        if len(ours) != len(theirs):
            return f"{CHECKSUM}: answer {number} has {len(ours)} numbers instead of {len(theirs)}"
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if not abs(a - b) <= rtol * abs(theirs[i // 3 * 3 + 1]):
                return f"{CHECKSUM}: answer {number} has {a!r} where parity found {b!r}"
    return ""


def expected_checksums(expected: Mapping[str, list[Any]], variants: Sequence[int], loops: int) -> list[list[float]]:
    """Return the checksums a sample must report: of the last answer for every entry of `variants` that was reached.

    Row by row, call i predicts row (i div V) mod R, so the last call of an entry decides which row's checksum is due.
    """
    due = []
    for entry, variant in enumerate(variants[:loops]):
        numbers = expected[str(variant)]
        if numbers and isinstance(numbers[0], list):
            last = (loops - 1 - entry) // len(variants) * len(variants) + entry
            numbers = numbers[last // len(variants) % len(numbers)]
        due.append(numbers)
    return due


def histogram_fault(histogram: Mapping[int, int], wall_ns: int) -> str:
    """Return a message if the calls of a latency histogram took longer than the stamps around them all."""
    total = sum(ns * count for ns, count in histogram.items())
    return f"{HISTOGRAM}: calls of {total} ns within {wall_ns} ns" if total > HISTOGRAM_SHARE * wall_ns + CLOCK_SLACK_NS else ""


def suspicions(*, wall_ns: int, cpu_ns: int, outside_ns: int, loops: int, variants: int, threads: int, max_excess: float) -> list[str]:
    """Return the names of the suspicions that one sample raises (several together make an arm invalid, see above)."""
    found = []
    per_call = cpu_ns / loops
    if outside_ns > max(OUTSIDE_FLOOR_NS, OUTSIDE_CALLS * per_call * variants) + OUTSIDE_SHARE * cpu_ns:
        found.append(AFTER_CLOCK)
    if outside_ns < -CLOCK_SLACK_NS - 0.01 * cpu_ns:
        found.append(CPU_CLOCK)
    if cpu_ns > threads * (1 + max_excess) * wall_ns + CLOCK_SLACK_NS:
        found.append(THREADS)
    return found


def files(read_bytes: int) -> list[str]:
    """Return the suspicion that an arm reads its data while it is timed; the others have theirs in memory. What it maps is not seen."""
    return [FILES] if read_bytes > FILES_BYTES else []


def waits(wall_ns: int, waited_ns: int) -> list[str]:
    """Return the suspicion that another process or a device works for an arm while its clock stands still, or that its clock is one of CPU.

    `waited_ns` is how long the arm slept between request and reply, but not between its stamps.
    """
    return [WAITS] if waited_ns > WAITS_FLOOR_NS + WAITS_SHARE * wall_ns else []


def promises(cpu_ns: int, outside_ns: int) -> list[str]:
    """Return the suspicion that an arm computes only when its answers are read, from a probe of 64 calls that reads every answer.

    A sample has four answers read, and late work on four small inputs hides in the floor of `suspicions`. Calls of less than some
    60 us can still hide here: that is the limit of what CPU clocks from outside can prove.
    """
    return [PROMISES] if outside_ns > PROMISES_FLOOR_NS + OUTSIDE_CALLS * cpu_ns else []


def threads_fault(running: Sequence[int], threads: int) -> str:
    """Return a message if more threads than the budget ran or wanted to, in most readings taken from outside during calls.

    CPU over wall time cannot show this on a busy host, where four threads get less than one CPU.
    """
    more = sum(count > threads for count in running)
    if len(running) >= READINGS and 2 * more > len(running):
        return f"{THREADS}: more than {threads} ran or wanted to in {more} of {len(running)} readings, up to {max(running)}"
    return ""


def repeated(flagged: int, total: int) -> bool:
    """Whether a suspicion came up often enough to be the arm's doing."""
    return flagged >= REPEATS and flagged > SHARE * total


def idle_fault(cpu_ns: int, wall_ns: int, most: float) -> str:
    """Return a message if an idle arm used more CPU than `most` of the time in which other arms were timed."""
    if cpu_ns > IDLE_FLOOR_NS and cpu_ns > most * wall_ns:
        return f"{IDLE}: used {100 * cpu_ns / wall_ns:.0f} % of a CPU while other arms were timed"
    return ""


def children_fault(children_ns: int, inside_ns: int) -> str:
    """Return a message if other processes that the worker started used CPU while its samples were taken."""
    if children_ns > CHILDREN_FLOOR_NS and children_ns > 0.05 * inside_ns:
        return f"{CHILDREN} ({children_ns * 1e-6:.0f} ms of CPU beside {inside_ns * 1e-6:.0f} ms of its own)"
    return ""


def novelty_fault(pairs: Sequence[Sequence[float]], bytes_per_variant: float, most: float) -> str:
    """Return a message if an arm answers a fresh input much slower than one it has seen: it keeps its answers.

    Parameters
    ----------
    pairs : sequence of (first_ns, second_ns, inputs)
        Wall time of the first and of the second call on an input that the process, warm by then, had never seen, of all
        blocks and variants; `inputs` is how many rows a probe went through, 1 where a call answers for all rows.
    bytes_per_variant : float
        What reading a fresh input from memory may cost an honest arm.
    most : float
        Largest ratio of the two that is believed. The median decides: a single preemption does not.
    """
    if len(pairs) < REPEATS:
        return ""
    ratio = median(first / max(second, 1) for first, second, *_ in pairs)
    saved = median(first - second for first, second, *_ in pairs)
    if ratio > most and saved > NOVELTY_FLOOR_NS + bytes_per_variant / NOVELTY_BYTES_PER_NS:
        return f"{NOVELTY}: the first call on a fresh input takes {ratio:.1f} times the second (more than {most:g})"
    return ""


def memory_fault(reported: int, counted: int) -> str:
    """Return a message if a worker's own peak is well below the kernel's."""
    if reported < counted * (1 - MEMORY_SHARE) - MEMORY_FLOOR:
        return f"{MEMORY} ({reported >> 20} MiB, {counted >> 20} MiB)"
    return ""


def round_fault(delta: Mapping[str, float], major_faults: int, max_steal: float) -> str:
    """Return the cause that makes a whole round invalid for all arms; empty if there is none.

    `delta` has `steal` (share), `memory_full_us`, `swap` (bytes of swap), `mono_ns`, `raw_ns`, `boot_ns` over the round.
    """
    if delta["steal"] > max_steal:
        return f"steal: the hypervisor took {100 * delta['steal']:.0f} % of the CPUs"
    if abs(delta["mono_ns"] - delta["raw_ns"]) > SLEW * delta["raw_ns"] + JUMP_NS:
        return "clock: CLOCK_MONOTONIC and CLOCK_MONOTONIC_RAW disagree"
    if delta["boot_ns"] - delta["mono_ns"] > JUMP_NS:
        return "clock: the host was suspended"
    if delta["memory_full_us"] > 0:
        return "memory pressure: all tasks waited for memory"
    if major_faults and delta["swap"]:
        return f"swapping: {major_faults} major faults"
    return ""
