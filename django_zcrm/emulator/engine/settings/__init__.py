"""Settings that are plain collections or single objects: declared as data, served by one engine."""
