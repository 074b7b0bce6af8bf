#!/usr/bin/env python3
"""Checks a recording and prints its figures: validate.py FOLDER [NAME]. Exit 1 when something is wrong."""

import gzip
import hashlib
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

TIMES = ("scheduled_at", "queued_at", "started_at", "ended_at")
REQUIRED = ("dag_id", "run_id", "task_id", "state", "started_at", "ended_at")
FAILED = ("failed", "up_for_retry")

# Which error in `post_error` each kind of cause leads to: (kinds, text).
EVIDENCE = (
    (("warehouse_outage",), "OperationalError"),
    (("warehouse_outage", "warehouse_slowdown"), "QueryCanceled"),
    (("partner_degraded",), "HTTPError: 4"),
    (("partner_degraded",), "HTTPError: 503"),
    (("credentials_expired",), "HTTPError: 401"),
    (("late_feed",), "AirflowSensorTimeout"),
    (("bad_deploy",), "KeyError"),
    (("cleanup_broken",), "No space left"),
    (("cleanup_broken",), "Permission denied"),
    (("bad_partition",), "UnicodeDecodeError"),
    (("campaign",), "MemoryError"),
    (("report_backlog",), "ExpiredTokenError"),
    (("table_bloat",), "AirflowTaskTimeout"),
)


def check_row(number: int, row: dict) -> list[str]:
    problems = [f"line {number}: no {name}" for name in REQUIRED if not row.get(name)]
    times = {name: datetime.fromisoformat(row[name]) for name in TIMES if name in row}
    problems += [f"line {number}: {name} has no zone" for name, time in times.items() if time.tzinfo is None]
    ordered = [times[name] for name in TIMES if name in times]
    if ordered != sorted(ordered):
        problems.append(f"line {number}: times out of order: {[row.get(name) for name in TIMES]}")
    return problems


def rate(rows: list[dict]) -> str:
    labelled = [row for row in rows if row["state"] in (*FAILED, "success")]
    failed = sum(row["state"] in FAILED for row in labelled)
    return f"{failed:6d} of {len(labelled):6d} ({failed / max(1, len(labelled)):6.1%})"


def started(row: dict) -> datetime:
    return datetime.fromisoformat(row["started_at"])


def print_causes(rows: list[dict], card: dict) -> None:
    """Failures of all tries inside and outside the windows of each kind, and the errors that it explains."""
    for kind in sorted({cause["kind"] for cause in card["causes"]}):
        windows = [
            (datetime.fromisoformat(cause["wall"]["start"]), datetime.fromisoformat(cause["wall"]["end"]))
            for cause in card["causes"]
            if cause["kind"] == kind
        ]
        inside = [row for row in rows if any(start <= started(row) < end for start, end in windows)]
        texts = [text for kinds, text in EVIDENCE if kind in kinds]
        errors = [row for row in rows if any(text in (row["extra"].get("post_error") or "") for text in texts)]
        dags = len({row["dag_id"] for row in errors})
        told = f"{len(errors):4d} errors in {dags:2d} DAGs"
        print(f"{kind:20s} {len(windows):3d} windows, failed inside {rate(inside)}; {told}")


def main() -> int:
    folder, name = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "platform"
    packed = (folder / f"{name}.ndjson.gz").read_bytes()
    card = json.loads((folder / f"{name}.card.json").read_text())
    rows = [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]
    problems = [problem for number, row in enumerate(rows, 1) for problem in check_row(number, row)]
    keys = Counter((r["dag_id"], r["run_id"], r["task_id"], r["map_index"], r["try_number"]) for r in rows)
    problems += [f"key occurs {count} times: {key}" for key, count in keys.items() if count > 1]
    if hashlib.sha256(packed).hexdigest() != card["sha256"]:
        problems.append("sha256 differs from the card")
    print(f"{len(rows)} tries, {len(packed)} bytes, {card['virtual']['days']} virtual days, failed {rate(rows)}")
    for state, count in Counter(row["state"] for row in rows).most_common():
        print(f"{state:20s} {count:6d}")
    print_causes(rows, card)
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
