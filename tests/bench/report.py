"""From measurements to a table and bench.json."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measured:
    """One target at one size. CPU in milliseconds."""

    name: str
    kind: str  # page or api
    people: int
    cpu_ms: float
    low: float
    high: float
    statements: int
    most_statements: int
    bytes: int

    @classmethod
    def of(
        cls, name: str, kind: str, people: int, cpu: Sequence[float], statements: Sequence[int], size: int
    ) -> Measured:
        """Median, and the tenth and ninetieth percentile."""
        ranks = statistics.quantiles(cpu, n=10) if len(cpu) > 1 else [cpu[0]] * 9
        return cls(
            name, kind, people, statistics.median(cpu), ranks[0], ranks[-1], int(statistics.median(statements)),
            max(statements), size,
        )  # fmt: skip


@dataclass
class Table:
    heads: list[str]
    rows: list[list[str]] = field(default_factory=list)

    def __str__(self) -> str:
        widths = [max(len(row[i]) for row in [self.heads, *self.rows]) for i in range(len(self.heads))]
        lines = []
        for row in (self.heads, ["-" * width for width in widths], *self.rows):
            cells = [row[0].ljust(widths[0])] + [
                cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)


def yardsticks(measured: Sequence[Measured]) -> dict[str, float]:
    """CPU of the plain framework for each kind, at the smallest size."""
    found: dict[str, float] = {}
    for row in sorted(measured, key=lambda row: row.people):
        if row.name in ("bare Django page", "bare DRF view"):
            found.setdefault(row.kind, row.cpu_ms)
    return found


def growth(measured: Sequence[Measured], name: str) -> float:
    """CPU at the largest size over CPU at the smallest."""
    rows = sorted((row for row in measured if row.name == name), key=lambda row: row.people)
    return rows[-1].cpu_ms / rows[0].cpu_ms


def growing(measured: Sequence[Measured]) -> list[str]:
    """Targets that send another number of SQL statements at one size than at another."""
    counts: dict[str, set[int]] = {}
    for row in measured:
        counts.setdefault(row.name, set()).add(row.statements)
    return sorted(name for name, found in counts.items() if len(found) > 1)


def over(measured: Sequence[Measured], name: str, yardstick: str) -> dict[int, float]:
    """Median CPU of one target over that of another, at each size."""
    cpu = {(row.name, row.people): row.cpu_ms for row in measured}
    return {row.people: row.cpu_ms / cpu[yardstick, row.people] for row in measured if row.name == name}


def table(measured: Sequence[Measured]) -> Table:
    """One line a target: CPU ms and SQL statements at each size, times the bare framework, growth."""
    sizes = sorted({row.people for row in measured})
    bare = yardsticks(measured)
    heads = ["median CPU ms (SQL statements)"]
    heads += [f"{size:,} people" for size in sizes] + ["x bare", "growth"]
    made = Table(heads)
    for name in dict.fromkeys(row.name for row in measured):
        rows = {row.people: row for row in measured if row.name == name}
        cells = [name]
        for size in sizes:
            row = rows.get(size)
            cells.append(f"{row.cpu_ms:.2f} ({row.statements})" if row else "")
        smallest = rows[min(rows)]
        ratio = smallest.cpu_ms / bare[smallest.kind] if bare.get(smallest.kind) else 0
        made.rows.append([*cells, f"{ratio:.1f}", f"{growth(measured, name):.2f}"])
    return made
