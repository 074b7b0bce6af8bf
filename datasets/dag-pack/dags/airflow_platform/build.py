"""What the DAG files share: schedules in virtual hours, owners, releases, plain steps."""

import os
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

from . import causes
from .clock import EPOCH, now_hour, wall
from .work import work

OPERATOR_OPTIONS = ("retries", "pool", "pool_slots", "execution_timeout", "outlets", "trigger_rule", "priority_weight")


def platform_dag(
    dag_id: str, *, owner: str, tags: list[str], every: float = 0, offset: float = 0, assets=None, **options
) -> DAG:
    """A DAG that runs every so many virtual hours from an offset on, or when its assets are updated."""
    if assets is not None:
        schedule, start, catchup = assets, datetime(2026, 1, 1, tzinfo=timezone.utc), False
    else:
        schedule, start = wall(hours=every), EPOCH + wall(hours=offset)
        # Catching up keeps the phase: a run that is created late is still due at its own time. Without a fresh
        # epoch it would create a run for every period since the default one.
        catchup = "ORC_PACK_EPOCH" in os.environ
    release = causes.release(dag_id, now_hour())
    return DAG(
        dag_id,
        schedule=schedule,
        start_date=start,
        catchup=catchup,
        max_active_runs=options.pop("max_active_runs", 3),
        tags=[*tags, f"release-{release}"],
        default_args={"owner": owner, "retries": 0, "retry_delay": wall(minutes=20), **options.pop("default_args", {})},
        **options,
    )


def virtual(*, hours: float = 0, minutes: float = 0) -> timedelta:
    """A virtual duration for `execution_timeout`, `retry_delay` and `timeout`."""
    return wall(hours=hours, minutes=minutes)


def marker(task_id: str, **options) -> EmptyOperator:
    """A start or end marker; the scheduler finishes it without a process."""
    return EmptyOperator(task_id=task_id, **options)


def step(task_id: str, minutes: float, **options) -> PythonOperator:
    """A task that works for some virtual minutes; operator options and those of `work.work` alike."""
    operator = {key: options.pop(key) for key in OPERATOR_OPTIONS if key in options}
    return PythonOperator(task_id=task_id, python_callable=work, op_kwargs={"minutes": minutes, **options}, **operator)
