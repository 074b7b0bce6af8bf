"""Features in three mapped parts that need much memory."""

from airflow.sdk import task
from airflow_platform.build import marker, platform_dag, step
from airflow_platform.work import work

with platform_dag("ml_features", every=8, owner="ml", tags=["ml", "heavy"]) as dag:

    @task(retries=1)
    def compute(part: str):
        work(55, memory_mb=2300)

    computed = compute.expand(part=["users", "items", "sessions"])
    marker("start") >> computed >> step("join", 25, memory_mb=2500, warehouse=True) >> marker("end")
