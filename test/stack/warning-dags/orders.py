"""While the file of the outage is there, the first task fails, is tried again twice, and so the run fails a good minute later."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import dag, task

OUTAGE = Path(os.environ["OUTAGE_FILE"])


@dag(dag_id="orders", schedule=timedelta(seconds=20), start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def orders():
    @task(retries=2, retry_delay=timedelta(seconds=30))
    def extract():
        if OUTAGE.exists():
            raise ConnectionError("warehouse-db:5432 refused the connection")

    @task
    def load():
        time.sleep(4)

    extract() >> load()


orders()
