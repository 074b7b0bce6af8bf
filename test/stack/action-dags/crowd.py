"""Three tasks that want the one slot of a pool."""

import time
from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task


@dag(dag_id="crowd", schedule=None, start_date=datetime(2026, 1, 1))
def crowd():
    @task(retries=0, pool="crowd")
    def wait(number):
        time.sleep(150)

    wait.expand(number=[1, 2, 3])


crowd()
