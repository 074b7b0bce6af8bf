"""Key figures for the board, twice a day."""

from airflow_platform.build import platform_dag, step

with platform_dag("exec_kpis", every=12, offset=1.2, owner="bi", tags=["reports", "tier-1"]) as dag:
    figures = [step(name, 60, report=True, pool="reporting", token_hours=5.5) for name in ("revenue", "margin")]
    figures >> step("mail", 5, partner="mail_api", retries=2)
