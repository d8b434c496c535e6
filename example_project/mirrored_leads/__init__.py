"""Mirrored leads: pages over rows of the site's own table, which the mirror keeps in sync."""
