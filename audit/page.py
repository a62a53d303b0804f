"""What the audit found, in words: lines for a terminal, and the page docs/audit.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]

HEAD = """# The self-audit

Assay judges comparisons, so it has to stand its own tests. `make audit` plants methodological defects, most of them taken from published
comparisons, in small arms and data sets, and lets the workflow's own gate, measuring job and analysis judge them; then it makes mistakes
in the analyser's own code, one changed line at a time, and sees whether a test notices. A defect that is not caught, and a mutation that
survives, fails `make audit` and `make test`.

This page is written by `python -m audit --record`; the report has the same tables. {facts}
"""

DEFECTS = """
## Planted defects

{caught} of {total} are caught. The planted arms are `audit/arm.py`; `audit/defects.py` has the list with what is demanded of each answer.
"Seen" is a public case of the same mistake, not a judgement of the work around it.

| defect | seen in the wild | how Assay answers | |
|---|---|---|---|
"""

MUTATIONS = """
## Mutations of the analyser

{killed} of {total} are killed ({share}). Each is one changed line in a copy of the package; the test named fails with it and passes
without it.

| mistake | line | becomes | killed by | |
|---|---|---|---|---|
"""

LIMITS = """
## What this cannot show

- **An arm that lies about what it did.** Assay reads from each arm which parameters, build and versions it used, and checks from outside
  what it can: answers, iterations, threads, CPU time, memory, stamps, files. An arm that runs a fit ten times and says that it ran once is
  slow, not caught.
- **Files that are mapped instead of read,** and answers that an earlier process left in a cache on disk: what an arm maps is not counted
  as reading, and the probe for remembered answers compares two calls of one process.
- **Calls below some 60 us** that only promise their answer: CPU clocks from outside do not resolve them.
- **Mistakes that nobody has listed.** The share of mutations killed is over this list, which was written by those who wrote the tests.
"""


def passed(document: Document) -> bool:
    """Return whether every defect is caught and every mutation killed."""
    return all(entry["caught"] for entry in document["defects"]) and all(entry["killed"] for entry in document["mutations"])


def lines(document: Document) -> Iterable[str]:
    """Return the audit for a terminal, one line each."""
    for entry in document["defects"]:
        yield f"{'caught' if entry['caught'] else 'NOT CAUGHT':<10}  {entry['title']}: {entry['answer'][:180]}"
        if not entry["caught"]:
            yield f"{'':<10}  demanded: {entry['wanted']}"
    for entry in document["mutations"]:
        yield f"{'killed' if entry['killed'] else 'NOT KILLED':<10}  {entry['title']}" + (
            "" if entry["killed"] else f": {entry['outcome']}"
        )
    caught, killed = (sum(entry[key] for entry in document[name]) for name, key in (("defects", "caught"), ("mutations", "killed")))
    yield f"{caught} of {len(document['defects'])} defects caught, {killed} of {len(document['mutations'])} mutations killed"


def markdown(document: Document) -> str:
    """Return the page."""
    facts, defects, mutations = document["facts"], document["defects"], document["mutations"]
    caught, killed = sum(d["caught"] for d in defects), sum(m["killed"] for m in mutations)
    text = HEAD.format(facts=f"Run of {facts['date']}: {facts['seconds']} s at a load of {facts['load']}.")
    text += DEFECTS.format(caught=caught, total=len(defects))
    for entry in defects:
        seen = f"[{cell(entry['seen'])}]({entry['where']})" if entry["where"] else ""
        text += f"| {cell(entry['title'])} | {seen} | {cell(entry['answer'])} | {'caught' if entry['caught'] else '**NOT CAUGHT**'} |\n"
    text += MUTATIONS.format(killed=killed, total=len(mutations), share=f"{killed / len(mutations):.0%}")
    for entry in mutations:
        title = f"[{cell(entry['title'])}]({entry['where']})" if entry["where"] else cell(entry["title"])
        file, test = entry["file"].removeprefix("src/assay/"), entry["test"].rpartition("::")[2]
        word = "killed" if entry["killed"] else f"**{cell(entry['outcome'])}**"
        text += f"| {title} | `{file}`: {code(entry['old'])} | {code(entry['new'])} | `{test}` | {word} |\n"
    return text + LIMITS


def cell(text: str) -> str:
    """Return text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def code(text: str) -> str:
    """Return source for a cell of a table."""
    return "`" + text.replace("|", "\\|") + "`"
