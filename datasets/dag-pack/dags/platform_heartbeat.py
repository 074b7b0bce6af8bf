"""A canary: does anything run at all?"""

from airflow.providers.standard.operators.bash import BashOperator
from airflow_platform.build import marker, platform_dag

with platform_dag("platform_heartbeat", every=6, offset=3.5, owner="platform", tags=["platform"]) as dag:
    marker("start") >> BashOperator(task_id="ping", bash_command="true", retries=1)
