"""Customers from the CRM; every release of its validation may know a column that the data does not have."""

from airflow.sdk import Asset
from airflow_platform.build import marker, platform_dag, step

with platform_dag("ingest_customers", every=8, offset=1, owner="ingestion", tags=["ingest", "crm"]) as dag:
    extract = step("extract_crm", 30, partner="crm_api", retries=2)
    validate = step("validate", 15, breaks_with_release="customer_segment")
    load = step("load_warehouse", 35, warehouse=True, retries=1, outlets=[Asset("customers")])
    marker("start") >> extract >> validate >> load >> marker("end")
