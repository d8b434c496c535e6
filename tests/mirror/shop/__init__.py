"""An app with mirrored models, for the tests of the mirror."""
