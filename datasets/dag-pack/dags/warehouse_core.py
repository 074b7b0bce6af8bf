"""The core model of the warehouse: runs when both orders and customers are fresh. Task groups."""

from airflow.sdk import Asset, TaskGroup
from airflow_platform.build import marker, platform_dag, step

with platform_dag(
    "warehouse_core", assets=[Asset("orders"), Asset("customers")], owner="analytics", tags=["core", "tier-1"]
) as dag:
    with TaskGroup("staging") as staging:
        for table in ("orders", "customers", "products"):
            step(table, 25, warehouse=True, retries=1)
    with TaskGroup("marts") as marts:
        step("sales", 35, warehouse=True, retries=1, outlets=[Asset("sales_mart")])
        step("finance", 40, warehouse=True)
    marker("start") >> staging >> marts >> step("test_models", 15, warehouse=True) >> marker("end")
