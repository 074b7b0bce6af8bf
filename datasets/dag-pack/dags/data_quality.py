"""Checks on the warehouse, in a task group; the summary is written whatever they find."""

from airflow.sdk import TaskGroup
from airflow_platform.build import platform_dag, step

with platform_dag("data_quality", every=8, offset=4, owner="analytics", tags=["quality"]) as dag:
    with TaskGroup("checks") as checks:
        for name in ("freshness", "uniqueness", "volume", "references"):
            step(name, 18, warehouse=True, flakiness=0.006)
    checks >> step("summary", 8, trigger_rule="all_done")
