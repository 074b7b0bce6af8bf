"""Click stream in four shards (mapped); a sender's malformed partition fails its shard until it is mended."""

from airflow.sdk import task
from airflow_platform.build import marker, platform_dag, step
from airflow_platform.work import read_shard

with platform_dag("ingest_clickstream", every=6, offset=2, owner="web", tags=["ingest", "web"]) as dag:

    @task(retries=1)
    def load_shard(shard: int):
        read_shard(shard, 35)

    loaded = load_shard.expand(shard=[0, 1, 2, 3])
    step("list_shards", 5) >> loaded >> step("commit", 15, warehouse=True) >> marker("end")
