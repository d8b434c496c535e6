"""Measures the cost of the client against a bare `requests.Session`: `python -m benchmarks`."""
