"""What becomes of a run that is interrupted, by the clock: a file of its own, whose tests run while no other does."""

import os
import signal
import time

import pytest
from runs import SMALL, blocks_kept, left_behind, start, wait_for

pytestmark = pytest.mark.workflow

CTRL_C_S = 5.0  # what the README promises; some 1.5 s on two busy CPUs


@pytest.mark.alone
def test_ctrl_c_ends_within_its_promise_and_leaves_no_process(place):
    process = start(place, *SMALL)
    wait_for(lambda: blocks_kept(place) >= 1)
    asked = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=30)
    wait_for(lambda: left_behind(place) == [], 10)
    assert time.monotonic() - asked < CTRL_C_S
