"""Keeps the calls of all threads, processes and machines below Zoho's limits.

`gate` hands out slots in this process, `keeper` shares them with other processes through a store of
`stores`, `ledger` counts credits, and `governors` puts them together for a connection.
"""
