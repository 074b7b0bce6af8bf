"""Trains ORC AI on the executor of this Airflow (2.9 or newer, and 3) instead of beside `orc up`.

Put this file into the DAG folder. The worker that runs the task needs Node 20.19 or newer and ORC (`npm install -g orc-ai`);
`ORC_COMMAND` names another way to start it. The task reads the same PostgreSQL as `orc up`: make an Airflow connection `orc_database`
to it, or set `ORC_DATABASE_URL` (or `ORC_DATABASE_URL_FILE`) in the environment of the workers. A new model serves only if it
predicts the newest outcomes no worse than the one in use; `orc up` picks it up within seconds. `--warm-start` goes on from the weights
of the model in use, at a tenth of the time, as often in a row as `model.warm_starts` allows.

Set `model.retrain_schedule: 0 0 1 1 *` in orc.yaml, so that `orc up` leaves the training to this DAG.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone

try:  # Airflow 3
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

try:  # Airflow 3, and 2 with the standard provider
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

# Rendered when the task runs: the URL stands in no file of the DAG, and Airflow masks the password in its logs.
DATABASE_URL = (
    "{{ conn.orc_database.get_uri() | replace('postgres://', 'postgresql://', 1) }}"
    if not (os.environ.get("ORC_DATABASE_URL") or os.environ.get("ORC_DATABASE_URL_FILE"))
    else None
)

QUEUE = os.environ.get("ORC_RETRAIN_QUEUE")

with DAG(
    dag_id="orc_retrain",
    description="Trains ORC AI on the history in its database.",
    schedule=os.environ.get("ORC_RETRAIN_SCHEDULE", "30 3 * * *"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["orc"],
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10)},
) as dag:
    BashOperator(
        task_id="train",
        bash_command="${ORC_COMMAND:-orc-ai} train --warm-start",
        env={} if DATABASE_URL is None else {"ORC_DATABASE_URL": DATABASE_URL},
        append_env=True,
        execution_timeout=timedelta(hours=2),
        # For executors with queues: one whose workers have two cores and 2 GiB to spare.
        **({"queue": QUEUE} if QUEUE else {}),
    )
