"""Fails while nothing listens on a port, as in an outage, without retries of its own; a second task waits for the first."""

import socket
from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task


@dag(dag_id="outage", schedule=None, start_date=datetime(2026, 1, 1))
def outage():
    @task(retries=0)
    def ask():
        socket.create_connection(("127.0.0.1", 19145), timeout=2).close()

    @task(retries=0)
    def report():
        pass

    ask() >> report()


outage()
