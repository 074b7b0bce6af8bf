"""While the file of the outage is there, the first task gets through at its third try only, and the last one fails half a minute later."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import dag, task

OUTAGE = Path(os.environ["ORC_TEST_OUTAGE"])


@dag(dag_id="orders", schedule=timedelta(seconds=20), start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def orders():
    @task(retries=3, retry_delay=timedelta(seconds=10))
    def extract(ti=None):
        if OUTAGE.exists() and ti.try_number <= 2:
            raise ConnectionError("warehouse-db:5432 refused the connection")

    @task
    def load():
        time.sleep(4)
        if OUTAGE.exists():
            time.sleep(30)
            raise ConnectionError("warehouse-db:5432 refused the connection")

    extract() >> load()


orders()
