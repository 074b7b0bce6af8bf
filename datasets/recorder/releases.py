"""Deploys the pack's releases: a DAG file whose release changed is parsed anew, which makes a new DAG version."""

from airflow_client import AirflowClient, quote
from airflow_platform import causes
from airflow_platform.clock import now_hour


class Releases:
    def __init__(self, client: AirflowClient):
        self.client = client
        self.deployed = {dag_id: causes.release(dag_id, now_hour()) for dag_id in causes.DEPLOYED_DAGS}

    def deploy_due(self) -> None:
        for dag_id, deployed in self.deployed.items():
            release = causes.release(dag_id, now_hour())
            if release != deployed:
                token = self.client.get(f"/api/v2/dags/{dag_id}")["file_token"]
                self.client.request("PUT", f"/api/v2/parseDagFile/{quote(token)}")
                self.deployed[dag_id] = release
