"""Keeps the calls of all threads, processes and machines below Zoho's limits.

`slot_pool` hands out slots in this process, `credit_counter` counts credits, and `limiter` combines
both. `sharing` shares the slots with other processes, through a store of `stores`. `registry` finds
the limiter of a connection.
"""
