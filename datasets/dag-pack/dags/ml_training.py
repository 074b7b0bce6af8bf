"""Nightly training; deploys the model only when it is better (branch)."""

from airflow.sdk import get_current_context, task
from airflow_platform.build import marker, platform_dag, step
from airflow_platform.clock import hour_at

with platform_dag("ml_training", every=24, offset=1, owner="ml", tags=["ml", "heavy"]) as dag:

    @task.branch
    def better():
        # Two of three runs are better, by the virtual day alone.
        return "keep" if int(hour_at(get_current_context()["dag_run"].run_after) // 24) % 3 == 0 else "deploy"

    train = step("train", 150, memory_mb=6500, retries=1)
    end = marker("end", trigger_rule="none_failed_min_one_success")
    choice = better()
    marker("start") >> step("sample", 30, warehouse=True) >> train >> step("evaluate", 30) >> choice
    choice >> [step("deploy", 12, partner="ads_api", retries=2), marker("keep")] >> end
