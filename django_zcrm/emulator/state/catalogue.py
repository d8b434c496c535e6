"""The modules of an organisation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .module import CustomView, Module


@dataclass
class Catalogue:
    """The modules of an organisation. Modules are immutable: `replace` stores a changed one."""

    modules: dict[str, Module] = field(default_factory=dict)

    def module(self, name_or_id: str) -> Module | None:
        """Find a module by its API name (as spelled) or its id."""
        module = self.modules.get(name_or_id)
        if module is None and name_or_id.isdigit():
            module = next((item for item in self.modules.values() if item.id == name_or_id), None)
        return module

    def replace(self, module: Module) -> None:
        """Put in a module, replacing the one of the same name if there is one."""
        self.modules[module.api_name] = module

    def add(self, module: Module) -> None:
        """Put in a new module whose records can have notes and attachments."""
        self.replace(module)
        for name in ("Notes", "Attachments"):
            holder = self.modules[name]
            self.replace(
                holder.with_fields(
                    replace(field, lookup_modules=(*field.lookup_modules, module.api_name))
                    if field.api_name == "Parent_Id"
                    else field
                    for field in holder.fields
                )
            )

    def copy(self) -> Catalogue:
        """Return a catalogue that can change independently."""
        return Catalogue(dict(self.modules))

    def view(self, view_id: str) -> tuple[Module, CustomView] | None:
        """Find a custom view by id, with the module that it belongs to."""
        for module in self.modules.values():
            for view in module.views:
                if view.id == view_id:
                    return module, view
        return None
