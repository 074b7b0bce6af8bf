"""Orders from the shop into the warehouse, four times a day."""

from airflow.sdk import Asset
from airflow_platform.build import marker, platform_dag, step

with platform_dag("ingest_orders", every=6, owner="ingestion", tags=["ingest", "tier-1"]) as dag:
    load = step("load_warehouse", 40, warehouse=True, retries=2, outlets=[Asset("orders")])
    marker("start") >> step("extract", 25, disk=True, retries=1) >> load >> marker("end")
