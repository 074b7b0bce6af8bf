"""Cluster policy of Airflow (2.9 to 3.3) that applies the advice of ORC AI to single tasks: more retries, another queue.

`orc advice --watch --out FILE` keeps the file current; this module reads it when it has changed. It asks no database and no network, because
the hook runs inside a transaction of the scheduler. Whatever is wrong (no file, half a file, an advice out of date) changes nothing.

Environment, where Airflow's scheduler (and, with Airflow 2, its workers) run:
  ORC_ADVICE_FILE        the file; default /var/lib/orc/advice.json
  ORC_ADVICE_DEPLOYMENT  the name of this Airflow in orc.yaml; default `default`

Install: put this file into $AIRFLOW_HOME/config, and a line into airflow_local_settings.py beside it:
  from orc_advice_policy import task_instance_mutation_hook
"""

from __future__ import annotations

import json
import logging
import os
import time
from datetime import datetime

log = logging.getLogger(__name__)

FILE = os.environ.get("ORC_ADVICE_FILE", "/var/lib/orc/advice.json")
DEPLOYMENT = os.environ.get("ORC_ADVICE_DEPLOYMENT", "default")
# More than a person would set: whoever can write the file shall not make a task run for ever.
MOST_RETRIES = 10

_seen = None
_advice: dict = {}
_valid_until = 0.0


def _current() -> dict:
    """Advice by DAG and task; read again only when the file has changed."""
    global _seen, _advice, _valid_until
    try:
        status = os.stat(FILE)
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError:
        seen = None
    if seen != _seen:
        _seen, _advice, _valid_until = seen, {}, 0.0
        if seen is not None:
            try:
                with open(FILE, encoding="utf-8") as file:
                    document = json.load(file)
                if document["version"] != 1:
                    raise ValueError(f"version {document['version']!r}, expected 1")
                until = datetime.fromisoformat(document["valid_until"].replace("Z", "+00:00")).timestamp()
                _advice, _valid_until = document["deployments"].get(DEPLOYMENT, {}), until
            except Exception as error:  # Once per change of the file.
                log.warning("ORC's advice in %s is not used: %s", FILE, error)
    return _advice if time.time() < _valid_until else {}


def task_instance_mutation_hook(task_instance):
    """Raises the tries of a task instance, or moves it to another queue, as advised; never lowers tries."""
    try:
        advice = _current().get(task_instance.dag_id, {}).get(task_instance.task_id)
        if not advice:
            return
        retries = advice.get("retries")
        if type(retries) is int and 0 < retries <= MOST_RETRIES and (task_instance.max_tries or 0) < retries:
            task_instance.max_tries = retries
        queue = advice.get("queue")
        if isinstance(queue, str) and queue:
            task_instance.queue = queue
    except Exception:
        log.debug("ORC's advice was not applied", exc_info=True)
