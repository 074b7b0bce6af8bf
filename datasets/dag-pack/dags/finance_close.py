"""The daily close; closing the books slows as its tables bloat, until it meets its timeout."""

from airflow.sdk import TaskGroup
from airflow_platform.build import marker, platform_dag, step, virtual

with platform_dag("finance_close", every=24, offset=6, owner="finance", tags=["finance", "tier-1"]) as dag:
    with TaskGroup("ledger") as ledger:
        collect = [step(f"collect_{book}", 30, warehouse=True, retries=1) for book in ("sales", "costs", "payroll")]
        collect >> step("close_books", 75, warehouse=True, execution_timeout=virtual(hours=3))
    marker("start") >> ledger >> step("statement", 40, report=True, pool="reporting") >> marker("end")
