"""Mails to customers; on weekends nothing is sent (branch with skips)."""

from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow_platform.build import marker, platform_dag, step
from airflow_platform.clock import calendar, now_hour


def choose() -> str:
    return "render" if calendar(now_hour()).weekday() < 5 else "rest"


with platform_dag("email_campaigns", every=12, offset=9, owner="marketing", tags=["marketing"]) as dag:
    branch = BranchPythonOperator(task_id="working_day", python_callable=choose)
    render, rest, send = step("render", 20), marker("rest"), step("send", 40, partner="mail_api", retries=3)
    branch >> [render, rest]
    render >> send
    [send, rest] >> marker("end", trigger_rule="none_failed_min_one_success")
