"""Snapshots of the warehouse to the spool disk, checked by a restore."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("backups", every=12, offset=10, owner="platform", tags=["platform", "tier-1"]) as dag:
    snapshot = step("snapshot", 60, warehouse=True, disk=True, retries=1)
    snapshot >> step("verify", 30, memory_mb=1500) >> marker("end")
