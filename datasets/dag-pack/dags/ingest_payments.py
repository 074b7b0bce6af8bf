"""Payments from the provider, reconciled with the ledger."""

from airflow.sdk import Asset
from airflow_platform.build import marker, platform_dag, step

with platform_dag("ingest_payments", every=8, offset=3, owner="payments", tags=["ingest", "tier-1"]) as dag:
    fetch = step("fetch", 20, partner="payments_api", retries=3)
    reconcile = step("reconcile", 45, warehouse=True, breaks_with_release="settlement_currency", retries=1)
    publish = step("publish", 8, outlets=[Asset("payments")])
    marker("start") >> fetch >> reconcile >> publish >> marker("end")
