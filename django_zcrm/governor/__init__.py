"""Keeps the calls of all threads, processes and machines below Zoho's limits.

`gate` hands out slots in this process, `ledger` counts credits, and `governors` puts them together.
`sharing` shares the slots with other processes, through a store of `stores`. `registry` finds the
governor of a connection.
"""
