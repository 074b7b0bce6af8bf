"""The machine-readable card of a recording: how it was made and what was planned to go wrong."""

from argparse import Namespace
from datetime import datetime

from airflow_client import AirflowClient
from airflow_platform import causes
from airflow_platform.clock import calendar, hour_at, wall_at


def describe(cause: causes.Cause) -> dict:
    hours = {"sign": cause.sign_hour, "start": cause.start_hour, "end": cause.end_hour}
    return {
        "kind": cause.kind,
        "target": cause.target,
        "severity": round(cause.severity, 3),
        "virtual_hours": {name: round(hour, 2) for name, hour in hours.items()},
        "virtual": {name: calendar(hour).isoformat(timespec="minutes") for name, hour in hours.items()},
        "wall": {name: wall_at(hour).isoformat(timespec="milliseconds") for name, hour in hours.items()},
    }


def make_card(client: AirflowClient, start: datetime, end: datetime, arguments: Namespace) -> dict:
    first, last = hour_at(start), hour_at(end)
    return {
        "deployment": "platform",
        "airflow_version": client.get("/api/v2/version")["version"],
        "factor": arguments.factor,
        "seed": arguments.seed,
        "parallelism": arguments.parallelism,
        "recorded": {"start": start.isoformat(), "end": end.isoformat(timespec="seconds")},
        "virtual": {
            "start": calendar(first).isoformat(timespec="minutes"),
            "end": calendar(last).isoformat(timespec="minutes"),
            "days": round((last - first) / 24, 2),
        },
        "causes": [describe(cause) for cause in causes.plan() if cause.end_hour > first and cause.sign_hour < last],
    }
