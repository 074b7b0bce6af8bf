"""The growing recording: polls what changed since the last pass and keeps one row per ended try."""

from datetime import datetime, timedelta, timezone

from airflow_client import AirflowClient
from rows import UNFINISHED, error_of, key, to_row, tries_of

OVERLAP = timedelta(seconds=20)


class History:
    def __init__(self, client: AirflowClient, since: datetime):
        self.client = client
        self.watermark = since
        self.rows: dict[tuple, dict] = {}
        self.runs: dict[tuple, dict] = {}
        self.owners: dict[tuple, str] = {}
        self.errors: dict[tuple, str | None] = {}

    def poll(self) -> None:
        """One pass. The overlap repeats some rows; their keys make that harmless."""
        started = datetime.now(timezone.utc)
        changed = {"updated_at_gte": (self.watermark - OVERLAP).isoformat(), "order_by": "id"}
        for run in self.client.pages("/api/v2/dags/~/dagRuns", "dag_runs", **changed):
            self.runs[(run["dag_id"], run["dag_run_id"])] = run
        path = "/api/v2/dags/~/dagRuns/~/taskInstances"
        for instance in list(self.client.pages(path, "task_instances", **changed)):
            earlier = instance["try_number"] > 1 or (instance["state"] in UNFINISHED and instance["max_tries"] > 0)
            self._add(tries_of(self.client, instance) if earlier else [instance])
        self.watermark = started

    def _add(self, instances: list[dict]) -> None:
        for instance in instances:
            run = self.runs.get((instance["dag_id"], instance["dag_run_id"]))
            if run is None:
                # Created after this pass read the runs; the overlap brings it back.
                continue
            row = to_row(instance, run, self.owner(instance["dag_id"], instance["task_id"]))
            if row is None:
                continue
            if row["state"] in ("failed", "up_for_retry"):
                row["extra"]["post_error"] = self._error(row)
            self.rows[key(row)] = row

    def _error(self, row: dict) -> str | None:
        if key(row) not in self.errors:
            self.errors[key(row)] = error_of(self.client, row)
        return self.errors[key(row)]

    def owner(self, dag_id: str, task_id: str) -> str | None:
        if (dag_id, task_id) not in self.owners:
            for task in self.client.get(f"/api/v2/dags/{dag_id}/tasks")["tasks"]:
                self.owners[(dag_id, task["task_id"])] = task["owner"]
        return self.owners.get((dag_id, task_id))

    def ordered(self) -> list[dict]:
        """Rows in the order of their decision time."""
        return sorted(self.rows.values(), key=lambda row: (row.get("queued_at") or row["started_at"], key(row)))
