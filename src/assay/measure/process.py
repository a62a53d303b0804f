"""One worker process, seen from the orchestrator: started, asked, watched, and ended with everything it started.

Only the standard library is used here, and no thread: a worker dies with the thread that started it (PR_SET_PDEATHSIG), so workers
are started from a thread that lives as long as they do.
"""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

from assay.measure import kernel
from assay.measure.messages import STATUS_OF_KIND, ErrorReply, HelloReply, LoadReply, Quit, Request, Run, RunReply
from assay.measure.pipes import MAX_LINE, Pipes
from assay.measure.replies import ReplyError, decode, show
from assay.measure.variables import worker_environment

R = TypeVar("R")

GRACE_S = 5.0  # how long a killed process may take to vanish
POLL_S = 0.05  # how often threads are counted while a worker is not being timed
CPU_ROUNDING_NS = 10_000_000  # a kernel without exact accounting counts in ticks of up to 10 ms

MARK = "ASSAY_WORKER"  # the variable by which whatever a worker starts is recognised

# what Python, C++, Rust, the kernel, CUDA, libtorch and ONNX Runtime say
OUT_OF_MEMORY = (
    "MemoryError", "std::bad_alloc", "memory allocation of", "Cannot allocate memory", "out of memory", "can't allocate memory",
    "Failed to allocate memory",
)  # fmt: skip


class WorkerError(Exception):
    """A worker did not do what was asked.

    Attributes
    ----------
    status
        failed, timeout, oom, invalid or diverged.
    reason
        What happened, in words.
    kind
        The protocol's kind of error where the worker itself reported one, and then goes on listening; empty where it has ended.
    """

    def __init__(self, status: str, reason: str, kind: str = "") -> None:
        super().__init__(f"{status}: {reason}")
        self.status, self.reason, self.kind = status, reason, kind


@dataclass(frozen=True)
class Exchange(Generic[R]):
    """A reply, the request's window (CLOCK_MONOTONIC, ns) and the worker's CPU time within it as the kernel counts it."""

    reply: R
    sent_ns: int
    received_ns: int
    cpu_ns: int


@dataclass
class _Pending:
    """A request that was sent and not yet answered."""

    message: Request[Any]
    token: str
    sent_ns: int
    cpu_ns: int


class WorkerProcess:
    """A worker that runs. Every method either returns or raises WorkerError; none hangs. Use it as a context manager.

    Parameters
    ----------
    command
        Program and arguments.
    threads
        Thread budget, told to every library that reads it from the environment.
    environment
        Variables of the arm over the common ones; None leaves one unset.
    padding
        Length of a variable without meaning: the size of the environment moves the stack, and with it some timings.
    hash_seed
        PYTHONHASHSEED.
    memory_limit
        Most bytes of address space (RLIMIT_AS).

    Attributes
    ----------
    pid
        The process that answers; after `hello` it may be a child of what was started, as where a script starts the arm.
    spawned_ns
        Stamp just before the start, CLOCK_MONOTONIC.
    nice
        Priority as nice(1) counts it: -20 where this user may raise it; None if the process ended at once.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        threads: int = 1,
        environment: Mapping[str, str | None] | None = None,
        padding: int = 0,
        hash_seed: int = 0,
        memory_limit: int | None = None,
    ) -> None:
        self.command = list(command)
        identity = secrets.token_hex(8)
        self._mark = f"{MARK}={identity}"
        variables = {**worker_environment(threads, environment, padding, hash_seed), MARK: identity}
        kernel.become_subreaper()
        self._oom_kills = kernel.oom_kills()
        self._pending: _Pending | None = None
        self._end: WorkerError | None = None
        self._max_threads, self._last_cpu_ns = 1, 0
        self.spawned_ns = time.monotonic_ns()
        self._process = self._start(variables, memory_limit)
        self.pid = self._process.pid
        try:
            self._pipes = Pipes(self._process)
        except OSError as error:
            self._process.kill()
            raise WorkerError("failed", f"cannot watch the worker: {error}") from error

    def _start(self, variables: dict[str, str], memory_limit: int | None) -> subprocess.Popen[bytes]:
        program = self.command[0] if self.command else ""
        if not program or not shutil.which(program, path=variables.get("PATH")):
            raise WorkerError("failed", f"{program!r} is not a program that can be run")
        setpriv = _setpriv()
        command = [setpriv, "--pdeathsig", "KILL", "--", *self.command] if setpriv else self.command
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=variables, bufsize=0, start_new_session=True)
        except (OSError, ValueError) as error:
            raise WorkerError("failed", f"{program!r} cannot be started: {error}") from error
        self.nice = kernel.prefer(process.pid)
        if memory_limit is not None:
            with contextlib.suppress(OSError, ValueError):  # gone already, or under a lower limit already
                resource.prlimit(process.pid, resource.RLIMIT_AS, (memory_limit, memory_limit))
        return process

    def request(self, message: Request[R], timeout: float) -> Exchange[R]:
        """Ask and wait for the reply, at most `timeout` seconds."""
        self.send(message)
        return cast("Exchange[R]", self.receive(timeout))

    def send(self, message: Request[Any]) -> None:
        """Ask without waiting: several workers can then load side by side. `receive` must follow before the next request."""
        if self._end:
            raise WorkerError(self._end.status, f"the worker has ended before: {self._end.reason}")
        if self._pending:
            raise self._give_up("failed", f"{message.name} was sent before {self._pending.message.name} was answered")
        self._pipes.read()
        if self._pipes.incoming:
            raise self._give_up("invalid", f"wrote to the protocol without being asked: {show(bytes(self._pipes.incoming[:200]))}")
        token = secrets.token_hex(8)
        self._pipes.outgoing += message.encode(token)
        self._pending = _Pending(message, token, time.monotonic_ns(), self.cpu_ns())
        self._pipes.write()

    def receive(self, timeout: float) -> Exchange[Any]:
        """Wait for the reply to what was sent, at most `timeout` seconds from now."""
        if not self._pending:
            raise self._end or WorkerError("failed", "nothing was asked")
        pending, message = self._pending, self._pending.message
        line = self._wait_for_line(time.monotonic() + timeout, timeout, None if isinstance(message, Run) else POLL_S)
        received_ns = time.monotonic_ns()
        cpu_ns = self.cpu_ns()
        self._pending = None
        self._count_threads()
        try:
            reply = decode(message, pending.token, line)
        except ReplyError as error:
            raise self._give_up("invalid", f"{message.name}: {error}") from None
        if isinstance(reply, ErrorReply):
            kind = "out_of_memory" if reply.kind == "failed" and _lacks_memory(reply.message) else reply.kind
            raise WorkerError(STATUS_OF_KIND[kind], f"{message.name}: {kind}: {reply.message}", kind)
        exchange = Exchange(reply, pending.sent_ns, received_ns, cpu_ns - pending.cpu_ns)
        problem = self._disbelieve(exchange)
        if problem:
            raise self._give_up("invalid", f"{message.name}: {problem}")
        return exchange

    def ask_raw(self, line: bytes, timeout: float) -> bytes:
        """Send any bytes and return the line that answers them, unread: for tests of what a worker does with nonsense."""
        if self._end:
            raise self._end
        self._pending = None
        self._pipes.outgoing += line
        return self._wait_for_line(time.monotonic() + timeout, timeout, POLL_S)

    def close_stdin(self) -> None:
        """Close the worker's stdin, upon which it exits; nothing can be asked any more."""
        self._pipes.stdin.close()

    def unread(self) -> bytes:
        """Return what stands on the worker's stdout that nobody asked for, up to a line's length."""
        self._pipes.read()
        return bytes(self._pipes.incoming)

    @property
    def alive(self) -> bool:
        """Whether the process runs and can be asked."""
        return self._end is None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """Exit status of what was started, minus the signal if one ended it; None while it runs."""
        return self._process.poll()

    @property
    def max_threads(self) -> int:
        """The most threads that were seen so far: after every reply, and now and then while the worker is not being timed."""
        return self._max_threads

    def cpu_ns(self) -> int:
        """CPU time of all threads of the worker so far, in ns."""
        self._last_cpu_ns = max(self._last_cpu_ns, kernel.cpu_ns(self.pid) or 0)
        return self._last_cpu_ns

    def read_bytes(self) -> int:
        """Bytes that the worker has read so far, from files and pipes; 0 where the kernel does not say."""
        return kernel.read_bytes(self.pid) or 0

    def delay_ns(self) -> int | None:
        """Time for which the worker and this process were ready to run and had to wait for a CPU; None where the kernel does not say."""
        worker, own = kernel.run_delay_ns(self.pid), kernel.run_delay_ns(os.getpid())
        return None if worker is None or own is None else worker + own

    def children_cpu_ns(self) -> int:
        """CPU time of all other processes that were started by the worker, living or waited for, in ns. Takes milliseconds."""
        members = kernel.family(self._process.pid, self._mark) if self._process.poll() is None else {}
        living = sum(kernel.cpu_ns(pid) or 0 for pid in members if pid != self.pid)
        return living + sum(member.waited_cpu_ns for member in members.values())

    def memory(self) -> tuple[int, int]:
        """VmRSS and VmHWM in bytes, as the kernel counts them; zeros if the process is gone."""
        status = kernel.status(self.pid)
        return status.get("VmRSS", 0), status.get("VmHWM", 0)

    def log(self) -> str:
        """The last 64 KiB of what the worker wrote to stderr."""
        self._pipes.read_log()
        return self._pipes.log.decode("utf-8", "replace")

    def quit(self, timeout: float = 5.0) -> int | None:
        """Ask the worker to end, wait for it, and kill what is left; returns its exit status, None if it had to be killed."""
        status = None
        with contextlib.suppress(WorkerError):
            if self._end is None:
                deadline = time.monotonic() + timeout
                self.request(Quit(), timeout)
                self._pipes.stdin.close()
                status = self.wait_for_exit(max(deadline - time.monotonic(), 0.1))
        self.kill()
        return status

    def kill(self) -> None:
        """End the worker and every process that stems from it, at once; nothing is left when this returns."""
        if self._end is None:
            self._end = WorkerError("failed", "it was told to end")
        root = self._process.pid
        victims: set[int] = set()
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None
            members = kernel.family(root, self._mark)
            kernel.kill_all(pid for pid, member in members.items() if member.state != "Z")
            victims |= set(members) - {root}
            kernel.reap(victims)
            # a dying process loses its mark before it can be waited for, so those that were seen are looked at again
            left = [*members.values(), *(seen for pid in victims if (seen := kernel.stat(pid)))]
            # a zombie that another process has to wait for is past doing anything
            if ended and all(process.state == "Z" and process.parent != os.getpid() for process in left):
                break
            time.sleep(0.002)
        self._pipes.read_log()
        self._pipes.close()

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _wait_for_line(self, deadline: float, timeout: float, poll: float | None) -> bytes:
        """Move bytes both ways until a whole line is there; whatever comes instead of it is a WorkerError."""
        pipes = self._pipes
        with pipes.selector() as selector:
            while True:
                exited = self._process.poll() is not None
                ended = not pipes.read() or exited
                line, newline, rest = pipes.incoming.partition(b"\n")
                if len(line) > MAX_LINE:
                    raise self._give_up("invalid", f"a reply of more than {MAX_LINE} bytes: {show(bytes(line[:60]))}")
                if newline and rest:
                    raise self._give_up("invalid", f"more than one line in reply: {show(bytes(rest[:200]))}")
                if newline:
                    pipes.incoming.clear()
                    return bytes(line)
                if ended:
                    raise self._died()
                left = deadline - time.monotonic()
                if left <= 0:
                    raise self._give_up("timeout", f"no reply to {self._asked} within {timeout:g} s{self._last_words()}")
                if not pipes.wait(selector, min(left, poll) if poll else left):
                    self._count_threads()

    @property
    def _asked(self) -> str:
        return self._pending.message.name if self._pending else "nothing"

    def _count_threads(self) -> None:
        self._max_threads = max(self._max_threads, kernel.status(self.pid).get("Threads", 0))

    def _disbelieve(self, exchange: Exchange[Any]) -> str:
        """Say why a well-formed reply cannot be true; empty if it can."""
        reply, window = exchange.reply, f"the request's window, {exchange.sent_ns} to {exchange.received_ns}"
        if isinstance(reply, RunReply):
            if not exchange.sent_ns <= reply.t0_ns <= reply.t1_ns <= exchange.received_ns:
                return f"stamps {reply.t0_ns} and {reply.t1_ns} are not within {window}"
            if reply.cpu_ns > exchange.cpu_ns + CPU_ROUNDING_NS:
                return f"cpu_ns is {reply.cpu_ns}, but the kernel counted {exchange.cpu_ns} within the request"
        if isinstance(reply, LoadReply) and not exchange.sent_ns <= reply.started_ns <= reply.ended_ns <= exchange.received_ns:
            return f"stamps {reply.started_ns} and {reply.ended_ns} are not within {window}"
        if isinstance(reply, HelloReply) and reply.pid != self.pid:
            if reply.pid not in kernel.family(self._process.pid, self._mark):
                return f"pid {reply.pid} is not a process of this worker, which was started as {self._process.pid}"
            self.pid = reply.pid
        return ""

    def _died(self) -> WorkerError:
        """Say how a worker ended that was expected to answer."""
        status = self.wait_for_exit(1.0)
        self._pipes.read_rest_of_log(0.2)
        cut = bytes(self._pipes.incoming)
        half = f" in the middle of a line, {show(cut[-80:])}," if cut else ""
        where = f"{half} instead of answering {self._asked}{self._last_words()}"
        memory = _lacks_memory(self.log())
        if status is None:
            return self._give_up("invalid", f"closed its stdout{where}")
        if status == 0:
            return self._give_up("invalid" if cut else "failed", f"exited with status 0{where}")
        if status > 0:
            return self._give_up("oom" if memory else "failed", f"exited with status {status}{where}")
        if -status == signal.SIGKILL and kernel.oom_kills() != self._oom_kills:
            return self._give_up("oom", f"killed by the kernel for lack of memory{where}")
        ended = f"ended by signal {-status} ({_signal_name(-status)}){where}"
        return self._give_up("oom" if memory and -status == signal.SIGABRT else "failed", ended)

    def _last_words(self) -> str:
        last = next((line.strip() for line in reversed(self.log().splitlines()) if line.strip()), "")
        return f"; its last words: {last[:300]}" if last else ""

    def _give_up(self, status: str, reason: str) -> WorkerError:
        """Kill the worker and return the error that says why; later requests repeat it."""
        self._pending = None
        self._end = WorkerError(status, reason)
        self.kill()
        return self._end

    def wait_for_exit(self, timeout: float) -> int | None:
        """Wait for the process to end while its stderr is emptied; returns its exit status, None if it still runs."""
        deadline = time.monotonic() + timeout
        while (status := self._process.poll()) is None and time.monotonic() < deadline:
            self._pipes.read_log()
            time.sleep(0.002)
        return status


def _lacks_memory(text: str) -> bool:
    return any(sign in text for sign in OUT_OF_MEMORY)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


@cache
def _setpriv() -> str | None:
    """Path of setpriv(1), which lets any executable die with us."""
    return shutil.which("setpriv")
