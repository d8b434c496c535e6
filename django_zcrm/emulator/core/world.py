from django_zcrm.emulator.core.zoho import Zoho as World

__all__ = ["World"]
