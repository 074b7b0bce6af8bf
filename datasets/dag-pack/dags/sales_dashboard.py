"""Refreshes the sales dashboard when its mart is rebuilt."""

from airflow.sdk import Asset
from airflow_platform.build import marker, platform_dag, step

with platform_dag("sales_dashboard", assets=[Asset("sales_mart")], owner="bi", tags=["reports"]) as dag:
    refresh = step("refresh_cache", 45, report=True, pool="reporting", token_hours=5)
    refresh >> step("publish", 6, retries=1) >> marker("end")
