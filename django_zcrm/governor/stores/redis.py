"""Keeps states in Redis, by one script, which reads and compares and writes at once."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import Stored

TIMEOUT = 1.0
"""Seconds. Calls wait for the answer; without one, each process goes on with a share of its own."""

PREFIX = "zcrm:"

SCRIPT = """
local found = redis.call('HMGET', KEYS[1], 'version', 'state')
local version, state = found[1] or '0', found[2] or ''
local now = redis.call('TIME')
local written = 0
if ARGV[1] == version then
    redis.call('HSET', KEYS[1], 'version', tonumber(version) + 1, 'state', ARGV[2])
    redis.call('EXPIRE', KEYS[1], 86400)
    written = 1
end
return {version, state, now[1], now[2], written}
"""
"""With an empty version it only reads."""


class RedisStore:
    """A store on a Redis server."""

    def __init__(self, url: str) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
        self._script = self._client.register_script(SCRIPT)

    def read(self, key: str) -> Stored:
        """Return what there is."""
        version, state, seconds, micro, _ = self._run(key, "", "")
        return Stored(int(version), state.decode(), int(seconds) + int(micro) / 1e6)

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        """Return what there is for some keys."""
        stored = {key: self.read(key) for key in keys}
        return {key: entry for key, entry in stored.items() if entry.version}

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version."""
        return bool(self._run(key, str(version), state)[4])

    def _run(self, key: str, version: str, state: str) -> Any:
        return self._script(keys=[PREFIX + key], args=[version, state])

    def close(self) -> None:
        """Close the connections that nobody uses now."""
        self._client.connection_pool.disconnect(inuse_connections=False)
