"""Compacts logs on the spool disk and uploads them."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("log_compaction", every=8, offset=2.5, owner="platform", tags=["platform"]) as dag:
    compact = step("compact", 35, disk=True, retries=1)
    step("spool", 15, disk=True) >> compact >> step("upload", 15, retries=2, flakiness=0.04) >> marker("end")
