"""Write envs/*.yaml for clusters from the lock files, so that both hold the same pins."""

import re
from pathlib import Path

HERE = Path(__file__).parent
LOCKS = ("classical", "deep_learning")
TOOLS = ("python=3.11", "rust=1.95", "c-compiler", "cxx-compiler", "pip")


def environment(name: str) -> str:
    """Return a conda environment with the pins of a lock file."""
    lock = (HERE / f"{name}.txt").read_text()
    pins = re.findall(r"^([A-Za-z0-9_.\[\]-]+==[^ \\\n]+)", lock, flags=re.MULTILINE)
    lines = [f"# Written by `make lock` from requirements/{name}.txt.", "channels: [conda-forge, nodefaults]", "dependencies:"]
    lines += [*(f"  - {tool}" for tool in TOOLS), "  - pip:", *(f"      - {pin}" for pin in pins)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for lock in LOCKS:
        (HERE.parent / "envs" / f"{lock}.yaml").write_text(environment(lock))
