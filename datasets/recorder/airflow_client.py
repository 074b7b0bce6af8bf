"""A small client of Airflow's REST API v2: standard library only, one request at a time."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

PAGE = 100


class AirflowClient:
    def __init__(self, url: str, user: str = "admin", password: str = "admin"):
        self.url = url
        self.login = {"username": user, "password": password}
        self.token = None

    def request(self, method: str, path: str, query: dict | None = None, body: dict | None = None):
        """One call; the answer as parsed JSON, or None without a body. Repeats when the server is busy."""
        if self.token is None and path != "/auth/token":
            self.token = self.request("POST", "/auth/token", body=self.login)["access_token"]
        target = f"{self.url}{path}" + (f"?{urllib.parse.urlencode(query, doseq=True)}" if query else "")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        for attempt in range(5):
            try:
                request = urllib.request.Request(target, data=data, headers=headers, method=method)
                with urllib.request.urlopen(request, timeout=60) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                if error.code < 500 or attempt == 4:
                    raise
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                if attempt == 4:
                    raise
            time.sleep(2**attempt)

    def get(self, path: str, **query):
        return self.request("GET", path, query)

    def pages(self, path: str, key: str, **query):
        """All rows of a list. Ordered by id, so that rows that change meanwhile do not move between pages."""
        offset = 0
        while True:
            rows = self.get(path, limit=PAGE, offset=offset, **query)[key]
            yield from rows
            offset += len(rows)
            if len(rows) < PAGE:
                return


def quote(part: str) -> str:
    return urllib.parse.quote(part, safe="")
