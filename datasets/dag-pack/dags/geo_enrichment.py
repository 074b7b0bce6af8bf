"""Adds places to addresses in three mapped tiles; slower as its tables bloat."""

from airflow.sdk import task
from airflow_platform.build import marker, platform_dag, virtual
from airflow_platform.work import work

with platform_dag("geo_enrichment", every=12, offset=7, owner="search", tags=["search", "geo"]) as dag:

    @task(execution_timeout=virtual(hours=2.2))
    def tile(region: str):
        work(55)

    marker("start") >> tile.expand(region=["north", "centre", "south"]) >> marker("end")
