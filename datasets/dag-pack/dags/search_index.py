"""Builds the search index; slower as the source tables bloat, until it meets its timeout."""

from airflow_platform.build import marker, platform_dag, step, virtual

with platform_dag("search_index", every=8, offset=5, owner="search", tags=["search"]) as dag:
    build = step("build_index", 70, execution_timeout=virtual(hours=2.8), retries=1)
    marker("start") >> build >> step("swap_alias", 8) >> marker("end")
