"""The Django project that `python -m django_zcrm.testing.simulation` simulates."""
