"""The organisation's photo (docs v8 org-photo)."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.people.api import routes
from django_zcrm.emulator.problems import Problem, invalid_data, missing_param, success
from django_zcrm.emulator.records.files import keep
from django_zcrm.emulator.records.images import image_type
from django_zcrm.emulator.records.uploads import LARGEST_PHOTO
from django_zcrm.emulator.state import Organisation

_PHOTO = "/crm/{version}/org/photo"


@routes.route("POST", _PHOTO, scope="ZohoCRM.org.CREATE")
def upload_photo(org: Organisation, call: Call) -> Answer:
    """Make the image of the multipart field `file` the organisation's photo."""
    upload = call.file()
    if upload is None:
        raise missing_param("file")
    if len(upload.content) > LARGEST_PHOTO:
        raise Problem("FILE_SIZE_MORE_THAN_ALLOWED_SIZE", "the file is too large", 415)
    kind = image_type(upload.content)
    if kind is None:
        raise invalid_data("the file is not an image of a supported type", param_name="file")
    blob = keep(org, upload.filename, upload.content, kind, call.user)
    org.info["photo_id"] = blob.id
    return Answer(200, success("photo uploaded successfully"))


@routes.route("GET", _PHOTO, scope="ZohoCRM.org.READ", versions=(3, 8))
def download_photo(org: Organisation, call: Call) -> Answer | None:
    """Answer the organisation's photo; None without one."""
    blob = org.records.blobs.get(org.info["photo_id"] or "")
    return None if blob is None else Answer.file(blob.content, blob.name, blob.content_type)


@routes.route("DELETE", _PHOTO, scope="ZohoCRM.org.DELETE", versions=(3, 8))
def delete_photo(org: Organisation, call: Call) -> Answer:
    """Remove the organisation's photo."""
    if org.info["photo_id"] is None:
        raise Problem("INVALID_REQUEST", "there is no photo to delete")
    org.info["photo_id"] = None
    return Answer(200, success("photo deleted successfully"))
