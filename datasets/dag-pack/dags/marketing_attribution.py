"""Which advertisement led to which order: spend from a partner, then a heavy join."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("marketing_attribution", every=12, offset=0.2, owner="marketing", tags=["marketing", "heavy"]) as dag:
    spend = step("fetch_spend", 25, partner="ads_api", retries=2)
    attribute = step("attribute", 65, memory_mb=3600, retries=1)
    marker("start") >> spend >> attribute >> step("write", 20, warehouse=True) >> marker("end")
