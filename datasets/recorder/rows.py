"""From task instances of the REST API to rows of a history file (one per try)."""

from airflow_client import AirflowClient, quote

# A try in one of these is over.
ENDED = {"success", "failed", "skipped", "upstream_failed", "removed", "up_for_retry"}
# The try before the one that waits or runs is over, and only `/tries` shows it.
UNFINISHED = {"running", "queued", "scheduled", "restarting", "deferred", "up_for_reschedule"}


def key(row: dict) -> tuple:
    return (row["dag_id"], row["run_id"], row["task_id"], row["map_index"], row["try_number"])


def to_row(instance: dict, run: dict, owner: str | None) -> dict | None:
    """One history row, or None when the try has not ended or was never dated."""
    state = instance["state"]
    ran = instance["hostname"] != ""
    started, ended = instance["start_date"], instance["end_date"]
    if state not in ENDED or not ended or not (started or instance["queued_when"]):
        return None
    row = {
        "deployment": "platform",
        "dag_id": instance["dag_id"],
        "run_id": instance["dag_run_id"],
        "task_id": instance["task_id"],
        "map_index": instance["map_index"],
        # The scheduler ends markers, skipped and upstream-failed tasks without counting a try.
        "try_number": max(1, instance["try_number"]),
        "state": state,
        "run_type": run["run_type"],
        "scheduled_at": instance["scheduled_when"],
        # Only a try that reached the executor was queued; others may show the date of an earlier life.
        "queued_at": instance["queued_when"] if ran else None,
        "started_at": started,
        "ended_at": ended,
        "operator": instance["operator"],
        "pool": instance["pool"],
        "queue": instance["queue"],
        "owner": owner,
        "hostname": instance["hostname"] or None,
        "extra": {
            "run_after": run["run_after"],
            "max_tries": instance["max_tries"],
            "priority_weight": instance["priority_weight"],
            "dag_version": (instance.get("dag_version") or {}).get("version_number"),
        },
    }
    return {name: value for name, value in row.items() if value is not None}


def tries_of(client: AirflowClient, instance: dict) -> list[dict]:
    """All tries of one task instance, with their own dates."""
    path = (
        f"/api/v2/dags/{quote(instance['dag_id'])}/dagRuns/{quote(instance['dag_run_id'])}"
        f"/taskInstances/{quote(instance['task_id'])}"
    )
    if instance["map_index"] >= 0:
        path += f"/{instance['map_index']}"
    return client.get(f"{path}/tries")["task_instances"]


def error_of(client: AirflowClient, row: dict) -> str | None:
    """The exception that ended a failed try, from its log: `Type: message`, one line."""
    path = (
        f"/api/v2/dags/{quote(row['dag_id'])}/dagRuns/{quote(row['run_id'])}"
        f"/taskInstances/{quote(row['task_id'])}/logs/{row['try_number']}"
    )
    content = client.get(path, map_index=row["map_index"], full_content="true").get("content") or []
    for line in reversed(content):
        for detail in (line.get("error_detail") or []) if isinstance(line, dict) else []:
            return f"{detail['exc_type']}: {detail['exc_value']}".splitlines()[0][:160]
    return None
