"""Write envs/classical.yaml for clusters from the lock file, so that both hold the same pins."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def environment(lock: str) -> str:
    """Return a conda environment with the pins of a lock file."""
    pins = re.findall(r"^([A-Za-z0-9_.\[\]-]+==[^ \\\n]+)", lock, flags=re.MULTILINE)
    lines = ["# Written by `make lock` from requirements/classical.txt.", "channels: [conda-forge, nodefaults]", "dependencies:"]
    lines += ["  - python=3.11", "  - rust=1.95", "  - c-compiler", "  - pip", "  - pip:", *(f"      - {pin}" for pin in pins)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE.parent / "envs" / "classical.yaml").write_text(environment((HERE / "classical.txt").read_text()))
