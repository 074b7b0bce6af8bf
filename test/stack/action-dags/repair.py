"""Is started when a run of `outage` has failed, and told which."""

from datetime import datetime

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context


@dag(dag_id="repair", schedule=None, start_date=datetime(2026, 1, 1))
def repair():
    @task(retries=0)
    def mend():
        conf = get_current_context()["dag_run"].conf
        assert conf["scope"] == "full", conf
        assert conf["failed_run"]["dag_id"] == "outage", conf
        assert conf["failed_run"]["class"] == "transient_infrastructure", conf

    mend()


repair()
