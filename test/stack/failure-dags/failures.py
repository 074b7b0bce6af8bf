"""Every class of failure for real: each task meets the error itself, none makes up its text. Runs on Airflow 2 and 3."""

import http.server
import importlib
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from datetime import datetime, timedelta

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.operators.bash import BashOperator
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.external_task import ExternalTaskSensor
    from airflow.sensors.python import PythonSensor

START = datetime(2026, 1, 1)
DATABASE = {"host": "127.0.0.1", "port": os.environ.get("ORC_AIRFLOW_PG_PORT", "15439"), "dbname": "airflow", "user": "airflow"}


def query(*statements, **changes):
    import psycopg2

    with psycopg2.connect(**{**DATABASE, "password": "airflow", **changes}) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


def get(status):
    """Asks a server that answers every request with this status."""
    import requests

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    requests.get(f"http://127.0.0.1:{server.server_port}/v2/orders", timeout=5).raise_for_status()


@dag(dag_id="failures", schedule=None, start_date=START)
def failures():
    @task
    def memory_error():
        resource.setrlimit(resource.RLIMIT_AS, (2**30, resource.RLIM_INFINITY))
        bytearray(2**40)

    @task
    def killed():
        os.kill(os.getpid(), signal.SIGKILL)

    @task
    def disk_full():
        with open("/dev/full", "w") as file:
            file.write("x" * 100_000)

    @task
    def too_many_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        files = [open("/dev/null") for _ in range(100)]
        print(len(files))

    @task(execution_timeout=timedelta(seconds=2))
    def execution_timeout():
        time.sleep(600)

    @task
    def statement_timeout():
        query("SET statement_timeout = 100", "SELECT pg_sleep(10)")

    @task
    def subprocess_timeout():
        subprocess.run(["sleep", "600"], timeout=1, check=True)

    @task
    def read_timeout():
        import requests

        with socket.create_server(("127.0.0.1", 0)) as server:
            requests.get(f"http://127.0.0.1:{server.getsockname()[1]}/slow", timeout=1)

    @task
    def permission_denied():
        os.seteuid(65534)
        try:
            open("/etc/shadow")
        finally:
            os.seteuid(0)

    @task
    def no_connection():
        try:
            from airflow.sdk.bases.hook import BaseHook
        except ImportError:
            from airflow.hooks.base import BaseHook
        BaseHook.get_connection("warehouse_that_nobody_set_up")

    @task
    def no_variable():
        try:
            from airflow.sdk import Variable
        except ImportError:
            from airflow.models import Variable
        Variable.get("setting_that_nobody_made")

    @task
    def wrong_password():
        query("SELECT 1", password="guess")

    @task
    def http_403():
        get(403)

    @task
    def http_429():
        get(429)

    @task
    def http_503():
        get(503)

    @task
    def connection_refused():
        socket.create_connection(("127.0.0.1", 1), timeout=5)

    @task
    def database_away():
        query("SELECT 1", port=1)

    @task
    def connection_reset():
        import requests

        with socket.create_server(("127.0.0.1", 0)) as server:

            def close():
                connection, _ = server.accept()
                connection.recv(10)
                connection.close()

            threading.Thread(target=close, daemon=True).start()
            requests.get(f"http://127.0.0.1:{server.getsockname()[1]}/cut", timeout=5)

    @task
    def no_such_host():
        socket.create_connection(("warehouse.invalid", 5432), timeout=5)

    @task
    def deadlock():
        key = [1, 2]
        ready = threading.Barrier(2)

        def lock(first, second):
            import psycopg2

            with psycopg2.connect(**DATABASE, password="airflow") as connection:
                cursor = connection.cursor()
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (first,))
                ready.wait(30)
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (second,))

        other = threading.Thread(target=lock, args=key[::-1], daemon=True)
        errors = []
        threading.excepthook = lambda made: errors.append(made.exc_value)
        other.start()
        lock(*key)
        other.join()
        raise errors[0]

    @task
    def bad_number():
        float("n/a")

    @task
    def bad_json():
        json.loads("<html>")

    @task
    def bad_encoding():
        b"\xff\xfe\x00".decode()

    @task
    def duplicate_key():
        query("CREATE TEMP TABLE orders (id int PRIMARY KEY)", "INSERT INTO orders VALUES (1), (1)")

    @task
    def missing_file():
        open("/in/orders-2026-11-24.csv")

    @task
    def missing_column():
        query("SELECT amount_eur FROM pg_class")

    @task
    def missing_module():
        importlib.import_module("pandas_that_nobody_installed")

    @task
    def key_error():
        print({"id": 1}["customer_id"])

    @task
    def nested_error():
        try:
            {}["customer_id"]
        except KeyError as error:
            raise RuntimeError("row 7 cannot be loaded") from error

    @task
    def segmentation_fault():
        os.kill(os.getpid(), signal.SIGSEGV)

    @task
    def plain_value_error():
        raise ValueError("always")

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def mapped(path):
        open(path)

    memory_error(), killed(), disk_full(), too_many_files()
    execution_timeout(), statement_timeout(), subprocess_timeout(), read_timeout()
    permission_denied(), no_connection(), no_variable(), wrong_password(), http_403()
    http_429(), http_503(), connection_refused(), database_away(), connection_reset(), no_such_host(), deadlock()
    bad_number(), bad_json(), bad_encoding(), duplicate_key(), missing_file()
    missing_column(), missing_module(), key_error(), nested_error(), segmentation_fault(), plain_value_error()
    mapped.expand(path=["/in/a.csv", "/in/b.csv"])
    BashOperator(task_id="bash_permission", bash_command="setpriv --reuid=65534 cat /etc/shadow")
    BashOperator(task_id="bash_no_command", bash_command="dbt_that_nobody_installed run")
    BashOperator(task_id="bash_disk_full", bash_command="echo loading; head -c 100000 /dev/zero > /dev/full")
    BashOperator(task_id="template_error", bash_command="echo {{ nothing.at_all }}")
    PythonSensor(task_id="sensor_timeout", python_callable=lambda: False, poke_interval=1, timeout=2)
    ExternalTaskSensor(
        task_id="external_failed", external_dag_id="broken", failed_states=["failed"], poke_interval=2, timeout=120
    )
    TriggerDagRunOperator(
        task_id="triggered_failed", trigger_dag_id="broken", wait_for_completion=True, poke_interval=2, failed_states=["failed"]
    )


@dag(dag_id="broken", schedule=None, start_date=START)
def broken():
    @task
    def breaks():
        raise RuntimeError("on purpose")

    breaks()


@dag(dag_id="stopped", schedule=None, start_date=START)
def stopped():
    """Long tasks, for a person to mark and a machine to lose."""

    @task
    def marked_failed():
        time.sleep(600)

    @task
    def run_marked_failed():
        time.sleep(600)

    @task
    def worker_terminated():
        time.sleep(600)

    @task
    def worker_lost():
        time.sleep(600)

    marked_failed(), run_marked_failed(), worker_terminated(), worker_lost()


failures()
broken()
stopped()
