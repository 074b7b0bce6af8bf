"""Bodies of the pack's tasks: they take as long, and fail for the reasons, that the platform model says."""

import random
import time

from airflow.sdk import get_current_context

from . import causes, platform_model as model
from .clock import hour_at, now_hour, wall
from .errors import ExpiredTokenError, HTTPError, OperationalError, QueryCanceled
from .memory import allocate

SLICES = 4


def _identity() -> tuple[str, str, random.Random]:
    """DAG, task and a generator that depends on the try alone, so that noise repeats with the seed."""
    context = get_current_context()
    ti = context["ti"]
    moment = round(hour_at(context["dag_run"].run_after), 1)
    name = f"{causes.SEED}:{ti.dag_id}:{ti.task_id}:{ti.map_index}:{moment}:{ti.try_number}"
    return ti.dag_id, ti.task_id, random.Random(name)


def _call_partner(partner: str, hour: float, noise: random.Random) -> None:
    if causes.active("credentials_expired", partner, hour):
        raise HTTPError(f"401 Client Error: Unauthorized for url: https://{partner}.example.com/v2/batch")
    if noise.random() < model.partner_failure_probability(partner, hour):
        raise noise.choice((
            HTTPError(f"503 Server Error: Service Unavailable for url: https://{partner}.example.com/v2/batch"),
            HTTPError(f"429 Client Error: Too Many Requests for url: https://{partner}.example.com/v2/batch"),
            ConnectionResetError(104, "Connection reset by peer"),
        ))


def _use_warehouse(hour: float, noise: random.Random) -> None:
    if causes.active("warehouse_outage", "warehouse", hour):
        raise OperationalError(
            'connection to server at "warehouse.internal" (10.4.0.12), port 5432 failed: Connection timed out\n'
            "\tIs the server running on that host and accepting TCP/IP connections?"
        )
    if noise.random() < 0.12 * (model.warehouse_slowness(hour) - 1):
        raise QueryCanceled("canceling statement due to statement timeout")


def _write_disk(hour: float, noise: random.Random) -> None:
    if noise.random() < (model.disk_usage(hour) - model.DISK_LIMIT + 0.05) * 8:
        raise OSError(28, "No space left on device", "/var/spool/etl/part-0000.parquet")


def _check_token(valid_hours: float) -> None:
    issued = hour_at(get_current_context()["dag_run"].run_after)
    age = now_hour() - issued
    if age > valid_hours:
        raise ExpiredTokenError(f"ExpiredToken: the security token is {age:.1f} h old, valid for {valid_hours:g} h")


def work(
    minutes: float,
    *,
    warehouse: bool = False,
    partner: str | None = None,
    memory_mb: float = 0,
    disk: bool = False,
    report: bool = False,
    token_hours: float = 0,
    breaks_with_release: str | None = None,
    flakiness: float = 0.002,
) -> None:
    """Works for some virtual minutes, using the named resources.

    token_hours: fails when it starts longer than that after its run was due (its credentials were issued then).
    breaks_with_release: the column that a bad release of this DAG looks for in vain.
    """
    dag_id, task_id, noise = _identity()
    hour = now_hour()
    minutes *= noise.lognormvariate(0, 0.18) * model.load(hour) ** 0.5 * model.bloat(f"{dag_id}.{task_id}", hour)
    if warehouse:
        minutes *= model.warehouse_slowness(hour)
    if report:
        minutes *= model.report_backlog(hour)
    if token_hours:
        _check_token(token_hours)
    if breaks_with_release and causes.active("bad_deploy", dag_id, hour):
        time.sleep(wall(minutes=3).total_seconds())
        raise KeyError(breaks_with_release)
    with allocate() as grow:
        for part in range(1, SLICES + 1):
            if memory_mb:
                wanted = memory_mb * model.load(hour) * part / SLICES
                used = grow(wanted)
                if used > model.MEMORY_LIMIT_MB:
                    raise MemoryError(f"Unable to allocate {wanted / SLICES:.0f} MiB: node uses {used:.0f} MiB")
            time.sleep(wall(minutes=minutes / SLICES).total_seconds())
            if part == 1:
                if partner:
                    _call_partner(partner, now_hour(), noise)
                if disk:
                    _write_disk(now_hour(), noise)
            if warehouse and part in (1, SLICES - 1):
                _use_warehouse(now_hour(), noise)
    if noise.random() < flakiness:
        raise noise.choice((
            TimeoutError("The read operation timed out"),
            ConnectionResetError(104, "Connection reset by peer"),
            RuntimeError("Bash command failed. The command returned a non-zero exit code 137."),
        ))


def read_shard(shard: int, minutes: float) -> None:
    """One shard of a partitioned input; a malformed partition fails until its sender mends it."""
    work(minutes, disk=True)
    if causes.active("bad_partition", str(shard), now_hour()):
        raise UnicodeDecodeError("utf-8", b"\xff\xfe\x00", 0, 1, f"invalid start byte in shard {shard}")


def feed_has_arrived(feed: str) -> bool:
    """For sensors: has the feed of this run arrived?"""
    due = hour_at(get_current_context()["dag_run"].run_after)
    return now_hour() >= due + model.feed_delay_hours(feed, due)


def clean_spool() -> None:
    """The cleanup whose absence fills the disk."""
    work(12, flakiness=0)
    if causes.active("cleanup_broken", "storage_cleanup", now_hour()):
        raise PermissionError(13, "Permission denied", "/var/spool/etl/expired")
