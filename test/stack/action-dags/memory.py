"""Needs more memory than there is."""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task


@dag(dag_id="memory", schedule=None, start_date=datetime(2026, 1, 1))
def memory():
    @task(retries=0)
    def load():
        raise MemoryError("Unable to allocate 96.0 GiB for an array")

    load()


memory()
