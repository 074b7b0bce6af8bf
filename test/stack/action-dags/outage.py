"""Fail while nothing listens on OUTAGE_PORT, as in an outage, without retries of their own; a second task waits for the first."""

import os
import socket
from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task


def outage(dag_id):
    @dag(dag_id=dag_id, schedule=None, start_date=datetime(2026, 1, 1))
    def build():
        @task(retries=0)
        def ask():
            socket.create_connection(("127.0.0.1", int(os.environ["OUTAGE_PORT"])), timeout=2).close()

        @task(retries=0)
        def report():
            pass

        ask() >> report()

    return build()


# What is done about the second one waits for a person.
automatic = outage("outage")
by_hand = outage("outage_by_hand")
