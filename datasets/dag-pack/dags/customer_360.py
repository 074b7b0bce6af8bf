"""Joins everything about a customer: heavy on memory, and often released."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("customer_360", every=12, offset=0.5, owner="crm", tags=["crm", "heavy"]) as dag:
    join = step("join", 70, memory_mb=4200, warehouse=True, retries=1)
    profile = step("profile", 20, breaks_with_release="loyalty_tier")
    marker("start") >> join >> profile >> marker("end")
