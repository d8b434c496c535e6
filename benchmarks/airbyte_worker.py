"""Reads Leads with Airbyte's own source, in an interpreter that has it.

The arguments are the emulator's address and a refresh token. Every line that comes in is a sync
from where the last ended; its records, and what cut it off, go out as a line of JSON.
See `mirror_beside_airbyte`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airbyte_cdk.models import SyncMode
from source_zoho_crm.api import ZohoAPI
from source_zoho_crm.streams import ZohoStreamFactory


def main() -> None:
    url, refresh_token = sys.argv[1:]
    # The only thing that is changed of it: where Zoho is.
    ZohoAPI._DC_REGION_TO_ACCESS_URL = {"US": url}
    ZohoAPI._DC_REGION_TO_API_URL = {"US": url}
    config = {
        "client_id": "1000.EMULATORCLIENT",
        "client_secret": "emulator-secret",
        "refresh_token": refresh_token,
        "dc_region": "US",
        "environment": "Production",
    }
    streams = ZohoStreamFactory(config).produce()
    (leads,) = (stream for stream in streams if stream.module.api_name == "Leads")
    print(json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        print(json.dumps(_sync(leads)), flush=True)


def _sync(leads: Any) -> dict[str, Any]:
    rows, error = [], ""
    try:
        for record in leads.read_records(SyncMode.incremental, stream_state=dict(leads.state)):
            rows.append((record["id"], record["Company"]))
    except Exception as failure:
        error = str(failure)
    return {"rows": rows, "error": error}


if __name__ == "__main__":
    main()
