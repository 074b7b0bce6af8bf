"""Scores all customers, in memory, and writes the scores to the warehouse."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("ml_scoring", every=8, offset=0.5, owner="ml", tags=["ml", "heavy"]) as dag:
    score = step("score", 60, memory_mb=3200, retries=1)
    score >> step("write_scores", 25, warehouse=True, retries=1) >> marker("end")
