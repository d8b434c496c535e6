"""Tokens: the SDK starts with a grant code, and again with the refresh token it stored."""

from __future__ import annotations

import csv
import ipaddress
import sys
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import Initializer
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter

from tests.clients.python_sdk.calling import Answers

CLIENT = {"client_id": "1000.EMULATORCLIENT", "client_secret": "emulator-secret"}


def stay_on_this_machine() -> None:
    """Refuse every other host: given Zoho's addresses, the SDK would go to the real Zoho."""

    def audit(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and not ipaddress.ip_address(args[1][0]).is_loopback:
            raise PermissionError(f"the scenario may not talk to {args[1]!r}")

    sys.addaudithook(audit)


def connect(base: str, code: str, work: Path) -> Answers:
    """Start with a grant code, then with nothing but the resulting refresh token.

    ``work`` is the folder where the SDK keeps its tokens and its cache of fields.
    """
    first, second = work / "tokens.csv", work / "renewed.csv"
    _initialize(base, work, first, grant_token=code)
    granted = _stored(first)
    _initialize(base, work, second, refresh_token=granted["refresh_token"])
    renewed = _stored(second)
    return {
        "granted": granted,
        "renewed": renewed,
        "is_another": granted["access_token"] != renewed["access_token"],
    }


def _initialize(base: str, work: Path, store: Path, **options: str) -> None:
    Initializer.initialize(
        environment=DataCenter.Environment(base, f"{base}/oauth/v2/token", base),
        token=OAuthToken(**CLIENT, **options),
        store=FileStore(str(store)),
        resource_path=str(work),
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(work / "sdk.log")),
    )


def _stored(store: Path) -> dict[str, str]:
    with store.open(newline="") as file:
        (row,) = csv.DictReader(file)
    return row
