"""Compiles conditions, fields and orders to the request formats of Zoho's routes."""
