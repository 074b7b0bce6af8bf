"""Deletes what people asked to be deleted, everywhere."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("gdpr_requests", every=24, offset=11, owner="legal", tags=["legal"]) as dag:
    crm = step("delete_in_crm", 20, partner="crm_api", retries=2)
    warehouse = step("delete_in_warehouse", 35, warehouse=True, retries=1, breaks_with_release="subject_id")
    marker("start") >> [crm, warehouse] >> step("certificate", 8) >> marker("end")
