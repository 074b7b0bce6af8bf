#!/usr/bin/env python3
"""Records the DAG pack on a real Airflow: starts it, lets it run, writes its history. See README.md."""

import argparse
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PACK = REPOSITORY / "datasets/dag-pack/dags"
AIRFLOW = REPOSITORY / "test/stack/airflow/airflow.sh"
STARTUP = timedelta(seconds=45)
CHECKPOINT_SECONDS = 60

# Files are parsed once at the start and then on each release only: re-parsing costs more CPU than the tasks.
AIRFLOW_SETTINGS = {
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "86400",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "86400",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__SCHEDULER__TI_METRICS_INTERVAL": "60",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
}


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, help="wall minutes to record")
    parser.add_argument("--factor", type=float, default=1080, help="virtual seconds per wall second")
    parser.add_argument("--start-day", type=float, default=0, help="virtual day at the start")
    parser.add_argument("--seed", type=int, default=20261123, help="seed of the plan of causes and of the noise")
    parser.add_argument("--parallelism", type=int, default=24, help="LocalExecutor workers")
    parser.add_argument("--nice", type=int, default=5)
    parser.add_argument("--name", default="platform")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "datasets/recordings")
    return parser.parse_args()


def set_environment(arguments: argparse.Namespace) -> datetime:
    epoch = datetime.now(timezone.utc).replace(microsecond=0) + STARTUP
    os.environ.update(
        AIRFLOW_SETTINGS,
        ORC_PACK_EPOCH=epoch.isoformat(),
        ORC_PACK_FACTOR=str(arguments.factor),
        ORC_PACK_START_DAY=str(arguments.start_day),
        ORC_PACK_SEED=str(arguments.seed),
        ORC_AIRFLOW_PARALLELISM=str(arguments.parallelism),
        ORC_AIRFLOW_NICE=str(arguments.nice),
        ORC_AIRFLOW_DAGS=str(PACK),
    )
    os.environ.setdefault("ORC_AIRFLOW_PORT", "18480")
    os.environ.setdefault("ORC_AIRFLOW_PG_PORT", "15839")
    return epoch


def main() -> None:
    arguments = read_arguments()
    epoch = set_environment(arguments)
    # The pack reads the environment at import.
    sys.path.insert(0, str(PACK))
    from airflow_client import AirflowClient
    from card import make_card
    from history import History
    from output import write_recording
    from releases import Releases
    from structure import read_structure

    end = epoch + timedelta(minutes=arguments.minutes)
    try:
        subprocess.run([AIRFLOW, "start"], check=True)
        client = AirflowClient(f"http://127.0.0.1:{os.environ['ORC_AIRFLOW_PORT']}")
        history, releases = History(client, epoch - STARTUP), Releases(client)

        def write(with_structure: bool) -> None:
            structure = read_structure(client, list(history.runs.values())) if with_structure else None
            card = make_card(client, epoch, datetime.now(timezone.utc), arguments)
            write_recording(arguments.out, arguments.name, history.ordered(), structure, card)

        next_checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        while datetime.now(timezone.utc) < end:
            time.sleep(1)
            releases.deploy_due()
            if time.monotonic() >= next_checkpoint:
                history.poll()
                write(with_structure=True)
                print(f"{datetime.now(timezone.utc):%H:%M:%S} {len(history.rows)} tries", flush=True)
                next_checkpoint = time.monotonic() + CHECKPOINT_SECONDS
        history.poll()
        write(with_structure=True)
    finally:
        subprocess.run([AIRFLOW, "stop"], check=False)


if __name__ == "__main__":
    main()
