"""Calls: plans without I/O, and the session that carries them out.

session        carries out plans; blocking
plans          the plan of one call, from arguments to result
steps          the actions that a plan requests from its session
authorization  sends a request with an access token, and renews a rejected one
slots          sends a request within Zoho's limits
retry          the decision to retry a request, and the delay
batches        calls with more items than one request takes
lookups        arguments filled in from metadata
metadata       the cache of an organisation's metadata
observer       reports calls and attempts
"""
