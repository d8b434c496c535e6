"""A small lead desk on django_zcrm, to run and to copy from."""
