"""Posts payments to the ledger when they are published."""

from airflow.sdk import Asset
from airflow_platform.build import marker, platform_dag, step

with platform_dag("ledger_postings", assets=[Asset("payments")], owner="finance", tags=["finance"]) as dag:
    marker("start") >> step("post", 30, warehouse=True, retries=2) >> step("balance", 12) >> marker("end")
