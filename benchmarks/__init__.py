"""Measures what the client costs beside a bare `requests.Session`: `python -m benchmarks`."""
