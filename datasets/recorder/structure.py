"""The shape of the recorded platform: DAGs, tasks, pools, asset links, DAG runs."""

from airflow_client import AirflowClient

TASK_KEYS = (
    "task_id",
    "operator_name",
    "owner",
    "pool",
    "pool_slots",
    "retries",
    "trigger_rule",
    "priority_weight",
    "is_mapped",
)


def seconds(delta: dict | None) -> float | None:
    """Airflow writes a timedelta as days, seconds and microseconds."""
    return None if delta is None else delta["days"] * 86400 + delta["seconds"] + delta["microseconds"] / 1e6


def read_dag(client: AirflowClient, dag: dict) -> dict:
    tasks = client.get(f"/api/v2/dags/{dag['dag_id']}/tasks")["tasks"]
    return {
        "dag_id": dag["dag_id"],
        "description": dag["description"],
        "schedule": dag["timetable_summary"],
        "timetable": dag["timetable_description"],
        "tags": sorted(tag["name"] for tag in dag["tags"]),
        "owners": dag["owners"],
        "max_active_runs": dag["max_active_runs"],
        "tasks": [
            {
                **{name: task[name] for name in TASK_KEYS},
                "downstream_task_ids": sorted(task["downstream_task_ids"] or []),
                "execution_timeout_seconds": seconds(task["execution_timeout"]),
                "retry_delay_seconds": seconds(task["retry_delay"]),
            }
            for task in sorted(tasks, key=lambda task: task["task_id"])
        ],
    }


def read_assets(client: AirflowClient) -> list[dict]:
    return [
        {
            "name": asset["name"],
            "uri": asset["uri"],
            "producing_tasks": [{"dag_id": at["dag_id"], "task_id": at["task_id"]} for at in asset["producing_tasks"]],
            "scheduled_dags": [at["dag_id"] for at in asset["scheduled_dags"]],
        }
        for asset in client.pages("/api/v2/assets", "assets", order_by="id")
    ]


def read_structure(client: AirflowClient, runs: list[dict]) -> dict:
    dags = client.pages("/api/v2/dags", "dags", order_by="dag_id")
    return {
        "deployment": "platform",
        "dags": [read_dag(client, dag) for dag in dags],
        "pools": [
            {"name": pool["name"], "slots": pool["slots"], "description": pool["description"]}
            for pool in client.pages("/api/v2/pools", "pools")
        ],
        "assets": read_assets(client),
        "dag_runs": [
            {
                "dag_id": run["dag_id"],
                "run_id": run["dag_run_id"],
                "run_type": run["run_type"],
                "state": run["state"],
                "run_after": run["run_after"],
                "queued_at": run["queued_at"],
                "started_at": run["start_date"],
                "ended_at": run["end_date"],
            }
            for run in sorted(runs, key=lambda run: (run["run_after"], run["dag_id"], run["dag_run_id"]))
        ],
    }
