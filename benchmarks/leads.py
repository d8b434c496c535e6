"""A server in a separate process with any number of leads, which are made when requested.

It serves metadata, pages by COQL and by list, and bulk reads, and counts requests and API
credits (API limits page). It does as little as it can: the reader is what is measured.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import re
import tempfile
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

FIRST_ID = 3652397000000000001
BULK_ROWS = 200_000
LIST_ROWS = 200

FIELDS = {
    "Last_Name": "text",
    "Company": "text",
    "Email": "email",
    "City": "text",
    "Lead_Status": "picklist",
    "No_of_Employees": "integer",
    "Annual_Revenue": "currency",
    "Follow_Up_Date": "date",
    "Created_Time": "datetime",
    "Email_Opt_Out": "boolean",
}
_JSON = (
    '{"id":"%d","Last_Name":"Lead %d","Company":"Company %d","Email":"lead%d@acme.example",'
    '"City":"Bonn","Lead_Status":"Contacted","No_of_Employees":%d,"Annual_Revenue":%d.5,'
    '"Follow_Up_Date":"2026-03-04","Created_Time":"2026-03-04T05:06:07+05:30",'
    '"Email_Opt_Out":false}'
)
_CSV = (
    "%d,Lead %d,Company %d,lead%d@acme.example,Bonn,Contacted,%d,%d.5,"
    "2026-03-04,2026-03-04T05:06:07+05:30,false\n"
)


def _values(number: int) -> tuple[int, ...]:
    return FIRST_ID + number, number, number % 997, number, number % 500, number


def page(start: int, count: int, total: int) -> bytes:
    """The JSON of some leads, the first of which has the number `start`."""
    end = min(start + count, total)
    rows = ",".join([_JSON % _values(number) for number in range(start, end)])
    more = "true" if end < total else "false"
    info = f'{{"count":{max(end - start, 0)},"per_page":{count},"more_records":{more}'
    token = f',"next_page_token":"{end}"' if end < total else ""
    return f'{{"data":[{rows}],"info":{info}{token}}}}}'.encode()


def metadata() -> bytes:
    """Zoho's metadata of the module's fields."""
    fields = [{"api_name": name, "data_type": kind} for name, kind in FIELDS.items()]
    return json.dumps({"fields": [*fields, {"api_name": "id", "data_type": "bigint"}]}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, total: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.total = total
        self.requests = self.credits = 0
        self.polls: dict[str, int] = {}

    def zipped(self, start: int) -> IO[bytes]:
        """Return the file of a bulk read that begins with the lead numbered `start`."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the handler closes it
        end = min(start + BULK_ROWS, self.total)
        with (
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("leads.csv", "w") as out,
        ):
            out.write(f"Id,{','.join(FIELDS)}\n".encode())
            for at in range(start, end, 5_000):
                numbers = range(at, min(at + 5_000, end))
                out.write("".join([_CSV % _values(number) for number in numbers]).encode())
        return file


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Log nothing."""

    def _answer(self, content: bytes, credits: int, kind: str = "application/json") -> None:
        self.server.requests += 1
        self.server.credits += credits
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        """COQL, and the start of a bulk read."""
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/coql"):
            self._coql(data["select_query"])
            return
        start = data["query"].get("page_token", "0")
        made = {"status": "success", "code": "ADDED", "message": "", "details": {"id": f"7{start}"}}
        body = {"data": [made]}
        self._answer(json.dumps(body).encode(), 50)

    def _coql(self, query: str) -> None:
        limit = re.search(r"limit (\d+) offset (\d+)", query)
        after = re.search(r"id > '(\d+)'", query)
        count, start = (int(limit[1]), int(limit[2])) if limit else (LIST_ROWS, 0)
        start += int(after[1]) - FIRST_ID + 1 if after else 0
        credits = 1 if count <= 200 else 2 if count <= 1_000 else 3
        if "COUNT(id)" in query:
            content = f'{{"data":[{{"COUNT(id)":{self.server.total}}}],"info":{{}}}}'.encode()
            self._answer(content, credits)
            return
        self._answer(page(start, count, self.server.total), credits)

    def do_GET(self) -> None:
        """Metadata, lists, and the state and file of a bulk read."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/settings/fields"):
            self._answer(metadata(), 1)
        elif parts.path.endswith("/result"):
            self._file(int(parts.path.split("/")[-2][1:]))
        elif "/bulk/" in parts.path:
            self._state(parts.path.rpartition("/")[2])
        else:
            start = int(query.get("page_token", "0"))
            sorts = "sort_by" in query
            self._answer(page(start, LIST_ROWS, self.server.total), 3 if sorts else 1)

    def _state(self, job_id: str) -> None:
        start = int(job_id[1:])
        end = min(start + BULK_ROWS, self.server.total)
        polls = self.server.polls[job_id] = self.server.polls.get(job_id, 0) + 1
        query = {"module": {"api_name": "Leads"}, "fields": list(FIELDS)}
        job: dict[str, Any] = {"id": job_id, "state": "IN PROGRESS", "query": query}
        if polls > 1:
            more = end < self.server.total
            result: dict[str, Any] = {"count": end - start, "more_records": more, "page": 1}
            result |= {"next_page_token": str(end)} if more else {}
            job |= {"state": "COMPLETED", "result": result}
        self._answer(json.dumps({"data": [job]}).encode(), 1)

    def _file(self, start: int) -> None:
        self.server.requests += 1
        self.server.credits += 1
        with self.server.zipped(start) as file:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-zip-compressed")
            self.send_header("Content-Length", str(file.tell()))
            self.end_headers()
            file.seek(0)
            while piece := file.read(64 * 1024):
                self.wfile.write(piece)


def _serve(pipe: Connection, total: int) -> None:
    with _Server(total) as server:
        pipe.send(f"http://127.0.0.1:{server.server_address[1]}")
        while True:
            server.timeout = 0.05
            server.handle_request()
            if pipe.poll():
                pipe.recv()
                pipe.send((server.requests, server.credits))


class Leads:
    """The server as its user sees it: its address, and the requests that it got."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def spent(self) -> tuple[int, int]:
        """Return the numbers of requests and credits up to now."""
        self._pipe.send("spent")
        requests, credits = self._pipe.recv()
        return requests, credits


@contextlib.contextmanager
def serving(total: int) -> Iterator[Leads]:
    """Serve so many leads while the block runs."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, total), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Leads(ours)
    finally:
        process.terminate()
        process.join()
