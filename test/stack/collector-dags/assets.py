"""A DAG that writes an asset, one that waits for it, and one that starts and awaits others: what leads from DAG to DAG."""

from datetime import datetime, timedelta

try:
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
    from airflow.sdk import Asset, dag, task
except ImportError:  # Airflow 2
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import dag, task
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.external_task import ExternalTaskSensor

START = datetime(2026, 1, 1)
ORDERS = Asset("s3://lake/orders")


@dag(dag_id="produce", schedule=timedelta(seconds=30), start_date=START, catchup=False)
def produce():
    @task(outlets=[ORDERS])
    def write():
        pass

    write()


@dag(dag_id="consume", schedule=[ORDERS], start_date=START, catchup=False)
def consume():
    @task
    def read():
        pass

    read()


@dag(dag_id="conduct", schedule=None, start_date=START)
def conduct():
    start = TriggerDagRunOperator(task_id="start", trigger_dag_id="to_clear")
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="retry.dots", poke_interval=1, timeout=5)
    start >> wait


produce()
consume()
conduct()
