"""Bulk write: the rows of uploaded CSV files become records."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from ...core import FileResponse, JsonResponse, Request, Response, Routes, dialect
from ...engine.archives import pack
from ...engine.bulk_jobs import RunnableJob, caller, find_job, not_found, poll, read_callback
from ...state import Item, Organisation
from ...state.bulk import JobStage
from . import resources
from .loading import Loader
from .reports import ResourceReport, Status
from .resources import WriteResource
from .upload import FILES

routes = Routes()

WRITE_JOBS = "/crm/bulk/{version}/write"
READ = "ZohoCRM.bulk.READ"
CREATE = "ZohoCRM.bulk.CREATE"

_STATUSES = {JobStage.ADDED: "ADDED", JobStage.RUNNING: "INPROGRESS", JobStage.OVER: "COMPLETED"}


@dataclass
class WriteJob(RunnableJob):
    """A bulk write; has a report on each resource once the job has ended."""

    resources: list[WriteResource] = field(default_factory=list)
    reports: list[ResourceReport] = field(default_factory=list)

    def work(self, org: Organisation) -> None:
        """Write all resources, in order; none if a module was renamed or deleted since."""
        if any(resource.module not in org.metadata.modules for resource in self.resources):
            self.reports = [
                ResourceReport(resource.module, resource.file, code="MODULE_NOT_AVAILABLE")
                for resource in self.resources
            ]
            return
        loader = Loader(
            org,
            caller(org, self),
            self.body["operation"],
            self.body.get("character_encoding"),
            self.resources,
        )
        self.reports = [loader.load(resource) for resource in self.resources]
        files = {report.name: report.as_csv() for report in self.reports if report.code is None}
        if files:
            self.content = pack(files)

    def describe(self, org: Organisation) -> Item:
        """Return the job at the top level, without `data` (Zoho docs v7 bulk-write status)."""
        status = _STATUSES[org.bulk.stage(self, org.clock.time())]
        if self.is_over and self.content is None:
            status = "FAILED"
        body: Item = {
            "status": status,
            "character_encoding": self.body.get("character_encoding") or "UTF-8",
            "resource": self._render_resources(org, status),
            "id": self.id,
            "operation": self.body["operation"],
            "created_by": self.user(org).reference,
            "created_time": self.created_time(org),
        }
        if self.callback is not None:
            body["callback"] = self.callback
        if self.content is not None:
            body["result"] = {"download_url": _download_path(org, self)}
        return body

    def _render_resources(self, org: Organisation, status: str) -> list[Item]:
        return [
            self._render_resource(org, item, resource, status, report)
            for item, resource, report in zip_longest(
                self.body["resource"], self.resources, self.reports
            )
        ]

    def _render_resource(
        self,
        org: Organisation,
        item: Item,
        resource: WriteResource,
        status: str,
        report: ResourceReport | None,
    ) -> Item:
        module = org.metadata.modules.get(resource.module)
        in_text = dialect(self.version).bulk_names_in_text
        body: Item = {
            "status": "SKIPPED" if report and report.code else status,
            "type": "data",
            "module": item["module"]
            if in_text or module is None
            else {"api_name": module.api_name, "id": module.id},
            "code": (report.code if report else None) or "SUCCESS",
            "ignore_empty": resource.ignore_empty,
            "field_mappings": item.get("field_mappings") or [],
        }
        if resource.find_by is not None:
            body["find_by"] = resource.find_by
        if report is not None:
            body["file"] = {
                "status": body["status"],
                "name": resource.file,
                "added_count": report.counts[Status.ADDED],
                "skipped_count": report.counts[Status.SKIPPED] + report.counts[Status.UNPROCESSED],
                "updated_count": report.counts[Status.UPDATED],
                "total_count": report.total,
            }
        return body


@routes.route("POST", WRITE_JOBS, scope=CREATE)
def create_write_job(org: Organisation, request: Request) -> Response:
    """Create a job."""
    job_body = request.json_object()
    resources_read = resources.read(org, job_body, request.version)
    job = WriteJob(
        org.ids.next(),
        request.user.id,
        request.version,
        org.clock.time(),
        job_body,
        read_callback(job_body),
        resources=resources_read,
    )
    org.bulk.add(job)
    body = {
        "status": "success",
        "code": "SUCCESS",
        "message": "success",
        "details": {"id": job.id, "created_by": request.user.reference},
    }
    return JsonResponse(body, 201)


@routes.route("GET", WRITE_JOBS + "/{job_id}", scope=(CREATE, READ))
def get_write_job(org: Organisation, request: Request, job_id: str) -> dict[str, Any]:
    """Return a job's status and, once it is over, its result."""
    return poll(org, find_job(org, job_id, WriteJob))


@routes.route("GET", "/v2/crm/{org_id}/bulk-write/{job_id}/{file}", scope=(FILES, CREATE, READ))
def download_write_result(
    org: Organisation, request: Request, org_id: str, job_id: str, file: str
) -> Response:
    """Return the zip of a finished job."""
    job = find_job(org, job_id, WriteJob)
    if job.content is None or request.path.strip("/") != _download_path(org, job).strip("/"):
        raise not_found(job_id)
    return FileResponse(job.content, file, "application/zip")


def _download_path(org: Organisation, job: WriteJob) -> str:
    return f"/v2/crm/org{org.info['zgid']}/bulk-write/{job.id}/{job.id}.zip"
