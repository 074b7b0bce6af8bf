"""Exports to partners whenever customers are fresh."""

from airflow.sdk import Asset
from airflow_platform.build import marker, platform_dag, step

with platform_dag("partner_exports", assets=[Asset("customers")], owner="partners", tags=["partners"]) as dag:
    export = step("export", 30, warehouse=True, disk=True, retries=1)
    export >> step("upload", 20, partner="ads_api", retries=2) >> marker("end")
