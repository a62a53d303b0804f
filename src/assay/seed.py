"""One seed tree: every drawn number comes from the root seed and a path of names."""

from __future__ import annotations

import hashlib


def derive(root: int, *names: object) -> int:
    """Return a 63-bit seed for a path of names under the root seed (the first 63 bits of a sha256)."""
    text = "|".join([str(root), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
