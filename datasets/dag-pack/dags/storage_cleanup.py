"""Deletes expired spool files; while it fails, the disk fills."""

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import task
from airflow_platform.build import marker, platform_dag
from airflow_platform.work import clean_spool

with platform_dag("storage_cleanup", every=12, offset=3, owner="platform", tags=["platform"]) as dag:

    @task(retries=1)
    def delete_expired():
        clean_spool()

    BashOperator(task_id="disk_report", bash_command="echo spool") >> delete_expired() >> marker("end")
