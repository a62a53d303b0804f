"""Taking samples: one at a time, the other workers silent, every number checked from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assay.measure import checks, noise, plan
from assay.measure.messages import Run, RunReply, Warmup
from assay.measure.process import Exchange
from assay.measure.samples import Failure, Sample
from assay.measure.task import VARIANTS
from assay.measure.workers import Group

INVALID = "invalid"


@dataclass(frozen=True)
class Shot:
    """What one request for a sample is: whose, of what, and its place."""

    arm: str
    mode: str
    phase: str
    variants: list[int]
    loops: int
    round: int = -1
    position: int = -1
    latency: bool = False


def take(group: Group, shot: Shot) -> tuple[Sample, RunReply | None]:
    """Take one sample and put it through every check; the reply is None if the worker failed."""
    idle = group.others_cpu(shot.arm)
    read, delay = group.read_bytes(shot.arm), group.delay_ns(shot.arm)
    exchange, settled = _ask(group, shot)
    if exchange is None:
        failure = group.failures[-1]
        return _empty(shot, failure.status, failure.reason), None
    reply = exchange.reply
    for arm, cpu in group.others_cpu(shot.arm).items():
        if arm in idle:
            group.workers[arm].idle_cpu_ns += cpu - idle[arm]
            group.workers[arm].idle_wall_ns += exchange.received_ns - exchange.sent_ns
    sample = _sample(shot, reply, exchange.cpu_ns + settled - reply.cpu_ns)
    proof = _proof(group, shot, exchange)
    if proof:
        sample.status, sample.reason = INVALID, proof
        group.fail(Failure(shot.arm, shot.mode, INVALID, proof, final=True), alive=True)
    elif len(shot.variants) > VARIANTS:
        sample.flags = checks.promises(sample.cpu_ns, sample.outside_cpu_ns)
    elif shot.phase != "warmup":
        measure, waited = group.task.measure, _waited(exchange, delay, group.delay_ns(shot.arm))
        sample.flags = checks.suspicions(
            wall_ns=sample.wall_ns, cpu_ns=sample.cpu_ns, outside_ns=sample.outside_cpu_ns, loops=sample.loops,
            variants=len(shot.variants), threads=group.task.threads, max_excess=measure["max_cpu_excess"],
        ) + checks.files(group.read_bytes(shot.arm) - read) + checks.waits(sample.wall_ns, waited)  # fmt: skip
    if group.task.arms[shot.arm].spins:
        sample.flags = [flag for flag in sample.flags if flag not in checks.SPINNING]
    return sample, reply


def _waited(exchange: Exchange[RunReply], before: int | None, after: int | None) -> int:
    """Return for how long, outside its stamps, the worker neither computed nor was kept from it: it waited for somebody else's work."""
    if before is None or after is None:
        return 0
    outside = exchange.received_ns - exchange.sent_ns - exchange.reply.wall_ns
    return outside - max(0, exchange.cpu_ns - exchange.reply.cpu_ns) - (after - before)


def _ask(group: Group, shot: Shot) -> tuple[Exchange[RunReply] | None, int]:
    """Ask for a sample; return the exchange, and the CPU that the worker used from its reply until it was silent."""
    exchange = group.ask(shot.arm, Run(shot.mode, shot.variants, shot.loops, shot.latency), shot.mode)
    if exchange is None:
        return None, 0
    before = group.workers[shot.arm].process.cpu_ns()
    return exchange, group.settle(shot.arm) - before


def _sample(shot: Shot, reply: RunReply, outside_ns: int) -> Sample:
    return Sample(
        shot.round, shot.position, shot.arm, shot.mode, shot.phase, "warmup" if shot.phase == "warmup" else "ok", "",
        "".join(map(str, shot.variants)), reply.loops, reply.t0_ns, reply.wall_ns, reply.cpu_ns, outside_ns,
        reply.voluntary_switches, reply.involuntary_switches, reply.minor_faults, reply.major_faults,
    )  # fmt: skip


def _empty(shot: Shot, status: str, reason: str) -> Sample:
    """Return the row of a sample that was asked for and never came."""
    known = status if status in ("failed", "timeout", INVALID) else "failed"
    text = reason if known == status else f"{status}: {reason}"
    return Sample(shot.round, shot.position, shot.arm, shot.mode, shot.phase, known, text, "".join(map(str, shot.variants)), shot.loops)


def _proof(group: Group, shot: Shot, exchange: Exchange[RunReply]) -> str:
    """Return the first proof that a sample is not what it says. (Stamps were checked when the reply came in, process.py.)"""
    reply = exchange.reply
    expected = group.task.arms[shot.arm].modes[shot.mode]
    due = checks.expected_checksums(expected, shot.variants, shot.loops)
    fault = checks.checksum_fault(reply.checksums, due, group.task.checksum_rtol)
    return fault or checks.histogram_fault(reply.histogram or {}, reply.wall_ns) or ("" if reply.wall_ns else checks.NO_TIME)


def warm(group: Group, arm: str, mode: str, *, block: int, call_ns: float, loops: plan.Loops) -> Iterator[Sample]:
    """Warm one arm up in one mode: calls on variant 0, probes on a fresh input and for promises, a sample that does not count."""
    task = group.task
    rows = task.rows(arm, mode)
    yield from _warm_calls(group, arm, mode, plan.warmup_variants(task.preset["warmup"], call_ns))
    shots = [Shot(arm, mode, "warmup", [v], plan.novelty_calls(rows, call_ns)) for v in plan.novelty_variants(block)]
    many = [i % VARIANTS for i in range(plan.PROMPT_ENTRIES)]
    shots += [Shot(arm, mode, "warmup", many, len(many))] * plan.promise_probes(call_ns)
    if loops.loops[arm] > 1:
        shots.append(Shot(arm, mode, "warmup", plan.variants_of(loops.rotate, 0), loops.loops[arm]))
    for shot in shots:
        if not group.has(arm, mode):
            return
        yield take(group, shot)[0]


def _warm_calls(group: Group, arm: str, mode: str, variants: list[int]) -> Iterator[Sample]:
    """Make the first calls, after which a worker puts its garbage collector to rest; the request's CPU time is shared out by wall time."""
    exchange = group.ask(arm, Warmup(mode, variants), mode)
    if exchange is None:
        failure = group.failures[-1]
        yield _empty(Shot(arm, mode, "warmup", variants, len(variants)), failure.status, failure.reason)
        return
    group.settle(arm)
    total = sum(exchange.reply.wall_ns) or 1
    for variant, wall_ns in zip(variants, exchange.reply.wall_ns, strict=True):
        cpu_ns = exchange.cpu_ns * wall_ns // total
        yield Sample(-1, -1, arm, mode, "warmup", "warmup", "", str(variant), 1, exchange.sent_ns, wall_ns, cpu_ns)


def one_round(group: Group, number: int, turn: int, loops: dict[str, plan.Loops]) -> tuple[list[Sample], dict[str, Any]]:
    """Take every arm's sample once in every mode; returns the samples and what else happened on the host meanwhile."""
    before, workers_before, failed = noise.read(), group.cpu_ns(), len(group.failures)
    samples = []
    for mode in plan.mode_order(group.task, turn):
        if mode not in loops:
            continue
        variants = plan.variants_of(loops[mode].rotate, turn)
        for position, arm in enumerate(plan.order(group.task, mode, turn)):
            if group.has(arm, mode) and arm in loops[mode].loops:
                shot = Shot(arm, mode, "measure", variants, loops[mode].loops[arm], number, position)
                samples.append(take(group, shot)[0])
    delta = noise.between(before, noise.read(), group.cpu_ns() - workers_before)
    cause = checks.round_fault(delta, sum(s.major_faults for s in samples), group.task.measure["max_steal"])
    for sample in samples:
        if cause and sample.status == "ok":
            sample.status, sample.reason = INVALID, cause
    silence(group)
    return samples, {"round": number, "cause": cause, "failed": len(group.failures) > failed, **delta}


def silence(group: Group) -> None:
    """End the workers that compute while it is another's turn."""
    for arm, worker in list(group.workers.items()):
        problem = checks.idle_fault(worker.idle_cpu_ns, worker.idle_wall_ns, group.task.measure["max_idle_cpu"])
        if problem:
            group.fail(Failure(arm, "", INVALID, problem))


def latencies(group: Group, turn: int, call_ns: Mapping[tuple[str, str], float]) -> tuple[list[Sample], dict[str, dict[str, int]]]:
    """Stamp single calls where a mode goes row by row; returns the samples and every arm's histogram."""
    samples, histograms = [], {}
    for mode in group.task.modes:
        for position, arm in enumerate(plan.order(group.task, mode, turn)):
            if group.has(arm, mode) and group.task.rows(arm, mode):
                calls = plan.latency_calls(group.task.measure["latency_calls"], call_ns[arm, mode])
                shot = Shot(arm, mode, "latency", plan.variants_of(True, 0), calls, position=position, latency=True)
                sample, reply = take(group, shot)
                samples.append(sample)
                if reply and reply.histogram and sample.status == "ok":
                    histograms[f"{arm} {mode}"] = {str(ns): count for ns, count in reply.histogram.items()}
    return samples, histograms


def failures_of(group: Group) -> list[dict[str, Any]]:
    """Return the failures of a group for the journal."""
    return [asdict(f) for f in group.failures]
