"""Support for other people's packages; each module needs its own."""
