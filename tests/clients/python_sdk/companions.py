"""What goes with records: notes, tags, attachments, photos and files."""

from __future__ import annotations

from pathlib import Path

from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.attachments import (
    AttachmentsOperations,
    DeleteAttachmentsParam,
    GetAttachmentsParam,
    UploadUrlAttachmentsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.attachments import FileBodyWrapper as AttachmentBody
from zohocrmsdk.src.com.zoho.crm.api.files import BodyWrapper as FilesBody
from zohocrmsdk.src.com.zoho.crm.api.files import FilesOperations, GetFileParam
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.notes import (
    BodyWrapper as NotesBody,
)
from zohocrmsdk.src.com.zoho.crm.api.notes import (
    DeleteNotesParam,
    GetNoteParam,
    GetNotesParam,
    Note,
    NotesOperations,
    ParentId,
)
from zohocrmsdk.src.com.zoho.crm.api.record import FileBodyWrapper as PhotoBody
from zohocrmsdk.src.com.zoho.crm.api.record import GetRecordParam
from zohocrmsdk.src.com.zoho.crm.api.tags import BodyWrapper as TagsBody
from zohocrmsdk.src.com.zoho.crm.api.tags import ConflictWrapper as Conflict
from zohocrmsdk.src.com.zoho.crm.api.tags import (
    CreateTagsParam,
    ExistingTag,
    ExistingTagRequestWrapper,
    GetRecordCountForTagParam,
    GetTagsParam,
    MergeWrapper,
    NewTagRequestWrapper,
    Tag,
    TagsOperations,
    UpdateTagParam,
)
from zohocrmsdk.src.com.zoho.crm.api.util import StreamWrapper

from tests.clients.python_sdk.calling import Answers, content, details, ids, made, ok, params
from tests.clients.python_sdk.selling import LEADS, lead

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def notes() -> Answers:
    """Write, read, change and delete the notes of a lead."""
    parent = made(ParentId, id=lead("Noted"), module=made(MinifiedModule, api_name="Leads"))
    body = made(
        NotesBody,
        data=[
            made(Note, note_title=f"Title {n}", note_content="Naïve & “quoted”", parent_id=parent)
            for n in range(3)
        ],
    )
    operations = NotesOperations()
    made_ids = ids(ok(operations.create_notes(body), 201))
    fields = params(GetNoteParam, fields="Note_Title,Note_Content,Parent_Id")
    note = ok(operations.get_note(made_ids[0], fields, HeaderMap())).get_data()[0]
    changed = made(NotesBody, data=[made(Note, note_title="Changed")])
    ok(operations.update_note(made_ids[0], changed))
    both = made(NotesBody, data=[made(Note, id=each, note_content="Both") for each in made_ids[:2]])
    ok(operations.update_notes(both))
    ok(operations.delete_note(made_ids[1]))
    ok(operations.delete_notes(params(DeleteNotesParam, ids=str(made_ids[2]))))
    left = ok(
        operations.get_notes(params(GetNotesParam, fields="Note_Title,Note_Content"), HeaderMap())
    ).get_data()
    return {
        "read": [note.get_note_title(), note.get_note_content()],
        "parent": [note.get_parent_id().get_id(), parent.get_id()],
        "left": {
            each.get_note_title(): each.get_note_content()
            for each in left
            if each.get_id() in made_ids
        },
    }


def tags() -> Answers:
    """Create tags, add them to leads and remove them, rename, merge and delete them."""
    operations = TagsOperations()
    of_leads = params(CreateTagsParam, module="Leads")
    body = made(TagsBody, tags=[made(Tag, name=f"SDK {n}") for n in range(3)])
    made_ids = ids(ok(operations.create_tags(body, of_leads), 201))
    first, second = lead("Tagged once"), lead("Tagged twice")
    new = made(NewTagRequestWrapper, tags=[made(Tag, name="SDK 0"), made(Tag, name="SDK 1")])
    ok(operations.add_tags("Leads", first, new))
    both = made(NewTagRequestWrapper, tags=[made(Tag, name="SDK 0")], ids=[first, second])
    ok(operations.add_tags_to_multiple_records("Leads", both, ParameterMap()))
    count = operations.get_record_count_for_tag(
        made_ids[0], params(GetRecordCountForTagParam, module="Leads")
    )
    renamed = made(TagsBody, tags=[made(Tag, name="SDK renamed")])
    ok(operations.update_tag(made_ids[0], renamed, params(UpdateTagParam, module="Leads")))
    tagged = _tags_of(first)
    off = made(ExistingTagRequestWrapper, tags=[made(ExistingTag, name="SDK 1")])
    ok(operations.remove_tags("Leads", first, off))
    off_both = made(
        ExistingTagRequestWrapper,
        tags=[made(ExistingTag, name="SDK renamed")],
        ids=[second],
    )
    ok(operations.remove_tags_from_multiple_records("Leads", off_both, ParameterMap()))
    merge = made(MergeWrapper, tags=[made(Conflict, conflict_id=str(made_ids[0]))])
    ok(operations.merge_tags(made_ids[2], merge))
    ok(operations.delete_tag(made_ids[1]))
    left = ok(operations.get_tags(params(GetTagsParam, module="Leads"))).get_tags()
    return {
        "count": ok(count).get_count(),
        "tagged": tagged,
        "after": {"one": _tags_of(first), "two": _tags_of(second)},
        "left": [tag.get_name() for tag in left],
    }


def _tags_of(record_id: int) -> list[str]:
    fields = params(GetRecordParam, fields="Tag")
    stored = ok(LEADS.get_record(record_id, fields, HeaderMap())).get_data()[0]
    return [tag.get_name() for tag in stored.get_tag()]


def files(work: Path) -> Answers:
    """Attach a file and a link, set a photo, and store a file with the files API."""
    text, picture = work / "déjà vu & co.txt", work / "photo.png"
    text.write_bytes(b"attached\r\n" * 5_000)
    picture.write_bytes(PNG)
    mine = lead("Filed")
    return {
        "attachments": _attachments(mine, text),
        "photo": _photo(mine, picture),
        "stored": _stored(text),
    }


def _attachments(mine: int, text: Path) -> Answers:
    operations = AttachmentsOperations()
    upload = made(AttachmentBody, file=StreamWrapper(file_path=str(text)))
    (attachment,) = ids(ok(operations.upload_attachments(mine, "Leads", upload)))
    link = params(
        UploadUrlAttachmentsParam, attachmenturl="https://sdk.example/a?b=c", title="A link"
    )
    ok(operations.upload_url_attachments(mine, "Leads", link))
    fields = params(GetAttachmentsParam, fields="File_Name,Size,$type")
    listed = ok(operations.get_attachments(mine, "Leads", fields)).get_data()
    loaded = ok(operations.get_attachment(attachment, mine, "Leads"))
    ok(operations.delete_attachment(attachment, mine, "Leads"))
    rest = ",".join(str(each.get_id()) for each in listed if each.get_id() != attachment)
    ok(operations.delete_attachments(mine, "Leads", params(DeleteAttachmentsParam, ids=rest)))
    return {
        "listed": sorted(each.get_file_name() for each in listed),
        "name": loaded.get_file().get_name(),
        "same": content(loaded) == text.read_bytes(),
        "left": operations.get_attachments(mine, "Leads", fields).get_status_code(),
    }


def _photo(mine: int, picture: Path) -> Answers:
    upload = made(PhotoBody, file=StreamWrapper(file_path=str(picture)))
    ok(LEADS.upload_photo(mine, upload, ParameterMap()))
    loaded = ok(LEADS.get_photo(mine))
    ok(LEADS.delete_photo(mine))
    return {
        "same": content(loaded) == picture.read_bytes(),
        "left": LEADS.get_photo(mine).get_status_code(),
    }


def _stored(text: Path) -> Answers:
    operations = FilesOperations()
    upload = made(FilesBody, file=[StreamWrapper(file_path=str(text))])
    (file,) = details(ok(operations.upload_files(upload, ParameterMap())))
    loaded = ok(operations.get_file(params(GetFileParam, id=file["id"])))
    return {"name": file["name"], "same": content(loaded) == text.read_bytes()}
