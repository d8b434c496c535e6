"""Exports records to files and imports them, for `zcrm_export` and `zcrm_import`.

files       rows of CSV and JSON Lines, read and written
cells       values as texts of a CSV, and back
columns     maps columns of a file to fields
exporting   reads records in chunks
importing   writes rows in batches, with an outcome for each
references  finds ids of another organisation
part_file   the unfinished file: its lock, its state, its name when it is complete
interrupts  Ctrl-C, which waits for the request in flight
errors      errors that a user of the commands can fix
"""
