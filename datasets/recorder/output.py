"""Writes a recording: rows, structure and card, each replaced in one step so that a cut leaves a whole file."""

import gzip
import hashlib
import json
import os
from collections import Counter
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(data)
    os.replace(draft, path)


def pack_rows(rows: list[dict]) -> bytes:
    text = "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
    # A fixed time in the header: the same rows give the same bytes.
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def count_rows(rows: list[dict]) -> dict:
    states = Counter(row["state"] for row in rows)
    failures = states["failed"] + states["up_for_retry"]
    return {
        "rows": len(rows),
        "by_state": dict(sorted(states.items())),
        "labelled": failures + states["success"],
        "failures": failures,
        "failure_rate_of_labelled": round(failures / max(1, failures + states["success"]), 4),
        "queued_rows": sum("queued_at" in row for row in rows),
    }


def write_recording(folder: Path, name: str, rows: list[dict], structure: dict | None, card: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack_rows(rows)
    replace(folder / f"{name}.ndjson.gz", packed)
    if structure is not None:
        lines = json.dumps(structure, separators=(",", ":"), ensure_ascii=False)
        # One DAG, pool, asset or run per line: readable, and small in a diff.
        replace(folder / f"{name}.dags.json", lines.replace('},{"dag_id"', '},\n{"dag_id"').encode() + b"\n")
    card = {
        **card,
        "file": f"{name}.ndjson.gz",
        "bytes": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
        "counts": count_rows(rows),
    }
    replace(folder / f"{name}.card.json", json.dumps(card, indent=1, ensure_ascii=False).encode() + b"\n")
