"""Fraud scores from the payment provider's signals; alerts only when something is found (branch)."""

from airflow.sdk import get_current_context, task
from airflow_platform.build import marker, platform_dag, step
from airflow_platform.clock import hour_at

with platform_dag("fraud_signals", every=6, offset=4.5, owner="payments", tags=["fraud", "tier-1"]) as dag:

    @task.branch
    def found():
        return "alert" if int(hour_at(get_current_context()["dag_run"].run_after) // 6) % 3 == 0 else "nothing"

    choice = found()
    fetch = step("fetch_signals", 15, partner="payments_api", retries=2)
    fetch >> step("score", 20, breaks_with_release="device_fingerprint") >> choice
    choice >> [step("alert", 5, partner="mail_api", retries=1), marker("nothing")]
