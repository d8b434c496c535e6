"""Writing records."""

from __future__ import annotations

from ..answers import Answer, Unexpected, Unknown
from ..lab import MARK, Lab
from ..registry import probe

_BAD_EMAIL = {"Email": "not an address"}


def _by_status(answer: Answer, *statuses: int) -> str:
    if answer.status not in statuses:
        raise answer.make_unexpected()
    return str(answer.status)


@probe("records.mixed-status")
def write_good_and_bad(lab: Lab) -> str:
    """Create a record that is accepted and one that is not."""
    company = {"Company": MARK}
    return _by_status(lab.write("Leads", company, {**company, **_BAD_EMAIL}), 200, 202, 207)


@probe("records.refused-status")
def write_bad(lab: Lab) -> str:
    """Create a record that is not accepted."""
    return _by_status(lab.write("Leads", {"Company": MARK, **_BAD_EMAIL}), 202, 207, 400)


@probe("records.json-path")
def write_bad_in_v2_1(lab: Lab) -> str:
    """Read the details of a refusal in v2.1."""
    answer = lab.write("Leads", {"Company": MARK, **_BAD_EMAIL}, version="v2.1")
    if answer.is_ok:
        raise Unexpected(answer.observed)
    return "always" if "json_path" in answer.details else "from-v3"


@probe("records.duplicate-data")
def repeat_unique_value(lab: Lab) -> str:
    """Repeat a product's code in v6."""
    code = {"Product_Code": f"{MARK}-unique"}
    lab.make("Products", **code)
    answer = lab.write("Products", code, version="v6")
    if answer.is_ok:
        raise Unknown("the code of products is not unique in this organisation")
    if answer.code != "DUPLICATE_DATA":
        raise answer.make_unexpected()
    return "always" if "duplicate_record" in answer.details else "from-v7"


@probe("records.unknown-fields")
def write_unknown_field(lab: Lab) -> str:
    """Write a field that does not exist."""
    answer = lab.write("Leads", {"Company": MARK, "Zcrm_Probe_Unknown": "x"})
    return answer.either("ignored", "refused")


@probe("records.picklist-values")
def write_unknown_choice(lab: Lab) -> str:
    """Write a text that a picklist does not have."""
    answer = lab.write("Leads", {"Company": MARK, "Lead_Source": f"{MARK} source"})
    return answer.either("stored", "refused")


@probe("records.unparsable-body")
def send_half_body(lab: Lab) -> str:
    """Send a body that ends too early."""
    answer = lab.ask("POST", "Leads", {}, body=b'{"data":')
    return answer.by_code({code: code for code in ("JSON_PARSE_ERROR", "INVALID_DATA")})


@probe("records.odd-json")
def send_nan(lab: Lab) -> str:
    """Send a number that JSON does not have."""
    lead = f'{{"Last_Name":"{MARK}","Company":"{MARK}","Annual_Revenue":NaN}}'
    body = f'{{"data":[{lead}],"trigger":[]}}'
    answer = lab.ask("POST", "Leads", {}, body=body.encode())
    return answer.by_code({code: code for code in ("JSON_PARSE_ERROR", "INVALID_DATA")})


@probe("records.several-errors")
def write_two_errors(lab: Lab) -> str:
    """Create a record with two errors."""
    answer = lab.write("Leads", {"Company": MARK, **_BAD_EMAIL, "No_of_Employees": "many"})
    return answer.by_code({"INVALID_DATA": "first", "MULTIPLE_OR_MULTI_ERRORS": "all"})


@probe("records.lookup-as-text")
def write_bare_id(lab: Lab) -> str:
    """Write a lookup as the bare id in v8."""
    answer = lab.write("Contacts", {"Account_Name": lab.account})
    return answer.either("always", "to-v2.1")


@probe("records.datetime-without-offset")
def write_local_time(lab: Lab) -> str:
    """Write a datetime without an offset, and read the stored value."""
    day = "2030-03-04T"
    answer = lab.write(
        "Events", {"Start_DateTime": f"{day}10:00:00", "End_DateTime": f"{day}11:00:00"}
    )
    if answer.either("stored", "refused") == "refused":
        return "refused"
    row = lab.ask("GET", f"Events/{answer.id}").check().rows[0]
    start = str(row["Start_DateTime"])
    if start.endswith(("Z", "+00:00")):
        raise Unknown("the organisation's time zone is UTC")
    if start.startswith(f"{day}10:00"):
        return "organisation"
    hours = 10 + int(start[-6:-3])
    if start.startswith(f"{day}{hours:02}:"):
        return "utc"
    raise Unexpected("another time zone")


@probe("records.extreme-years")
def write_last_year(lab: Lab) -> str:
    """Write a datetime of the year 9999."""
    day = "9999-06-01T"
    answer = lab.write(
        "Events", {"Start_DateTime": f"{day}10:00:00Z", "End_DateTime": f"{day}11:00:00Z"}
    )
    return answer.either("taken", "refused")


def _mandatory(answer: Answer, field: str) -> str:
    if answer.code == "MANDATORY_NOT_FOUND" and answer.details.get("api_name") != field:
        raise Unknown("another field is mandatory")
    return answer.by_code({"ok": "optional", "MANDATORY_NOT_FOUND": "mandatory"})


@probe("records.lead-company")
def omit_company(lab: Lab) -> str:
    """Create a lead without a company."""
    return _mandatory(lab.write("Leads", {}), "Company")


@probe("records.deal-pipeline")
def omit_pipeline(lab: Lab) -> str:
    """Create a deal without a pipeline."""
    deal = {"Stage": "Qualification", "Closing_Date": "2030-03-04"}
    return _mandatory(lab.write("Deals", deal), "Pipeline")


@probe("records.null-owner")
def write_no_owner(lab: Lab) -> str:
    """Create a record whose owner is null."""
    return lab.write("Leads", {"Company": MARK, "Owner": None}).either("ignored", "refused")


@probe("records.line-item-id")
def name_line_item(lab: Lab) -> str:
    """Send the product's id as the id of a new line item in v2."""
    product = lab.make("Products")
    row = {"product": {"id": product}, "id": product, "quantity": 1}
    answer = lab.write("Quotes", {"Product_Details": [row]}, version="v2")
    return answer.either("ignored", "row")


@probe("records.v2-tags")
def tag_in_v2(lab: Lab) -> str:
    """Add a tag in v2."""
    path = f"Leads/{lab.tagged_lead}/actions/add_tags"
    answer = lab.ask("POST", path, version="v2", params={"tag_names": MARK}).check()
    tags = answer.details.get("tags")
    if not isinstance(tags, list) or not tags:
        raise Unexpected("no tags in the answer")
    return "names" if isinstance(tags[0], str) else "objects"


@probe("records.photo-type")
def upload_text_as_photo(lab: Lab) -> str:
    """Upload a text as a photo."""
    return _upload(lab, b"no image").either("taken", "refused")


@probe("records.photo-size")
def upload_cut_photo(lab: Lab) -> str:
    """Upload the first bytes of an image, which do not have its size."""
    return _upload(lab, b"\x89PNG\r\n\x1a\n" + bytes(20)).either("taken", "refused")


def _upload(lab: Lab, content: bytes) -> Answer:
    path = f"Leads/{lab.tagged_lead}/photo"
    return lab.ask("POST", path, files={"file": ("probe.png", content)})


@probe("records.unlinkable-list")
def link_by_lookup_list(lab: Lab) -> str:
    """Link a contact to an account, of which it has a lookup."""
    path = f"Accounts/{lab.account}/Contacts/{lab.contact}"
    answer = lab.ask("PUT", path, {"data": [{}]})
    return answer.by_code({code: code for code in ("NOT_SUPPORTED", "INVALID_DATA")})


@probe("records.deleted-children")
def delete_parent(lab: Lab) -> str:
    """Delete a lead that has a note, and look for the note."""
    lead = lab.make("Leads")
    note = lab.make_note(lead)
    lab.ask("DELETE", "Leads", params={"ids": lead, "wf_trigger": "false"}).check()
    answer = lab.ask("GET", f"Notes/{note}", params={"fields": "Note_Title"})
    return "kept" if answer.rows and not answer.items else "deleted"
