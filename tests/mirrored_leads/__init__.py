"""The example site with its mirrored leads, whose settings differ from the suite's own."""
