"""Keeps states in Redis. One script reads, compares and writes atomically."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import Stored

TIMEOUT = 1.0
"""Seconds. Calls wait for the response; without one, each process uses a fallback share."""

PREFIX = "zcrm:"

SCRIPT = """
local found = {}
local is_hash = redis.call('TYPE', KEYS[1]).ok == 'hash'
if is_hash then
    found = redis.call('HMGET', KEYS[1], 'version', 'state')
end
local version, state = found[1] or '0', found[2] or ''
if not (#version < 15 and version:match('^%d+$')) then
    version = '0'
end
local now = redis.call('TIME')
local written = 0
if ARGV[1] == version then
    if not is_hash then
        redis.call('DEL', KEYS[1])
    end
    redis.call('HSET', KEYS[1], 'version', tonumber(version) + 1, 'state', ARGV[2])
    redis.call('EXPIRE', KEYS[1], 86400)
    written = 1
end
return {version, state, now[1], now[2], written}
"""
"""With an empty version, the script only reads. It replaces other programs' values of the key."""


class RedisStore:
    """A store on a Redis server."""

    def __init__(self, url: str) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # One retry, for a connection that was closed in the meantime, not for a silent server.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        self._script = self._client.register_script(SCRIPT)

    def read(self, key: str) -> Stored:
        """Return the stored state of a key."""
        return _parse(self._run(key, "", ""))

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        """Return the stored states of several keys."""
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            self._script(keys=[PREFIX + key], args=["", ""], client=pipeline)
        stored = {
            key: _parse(response) for key, response in zip(keys, pipeline.execute(), strict=True)
        }
        return {key: entry for key, entry in stored.items() if entry.version}

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version."""
        return bool(self._run(key, str(version), state)[4])

    def _run(self, key: str, version: str, state: str) -> Any:
        return self._script(keys=[PREFIX + key], args=[version, state])

    def close(self) -> None:
        """Close the idle connections."""
        self._client.connection_pool.disconnect(inuse_connections=False)


def _parse(response: Any) -> Stored:
    """Return the state that the script found."""
    version, state, seconds, micro, _ = response
    return Stored(int(version), state.decode(errors="replace"), int(seconds) + int(micro) / 1e6)
