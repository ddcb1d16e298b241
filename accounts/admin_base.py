"""Who may do what in the admin, asked of roles.py: mixins for the admin classes of every app."""

from typing import Any

from django.http import HttpRequest

from accounts.roles import is_administrator, is_moderator


class ModeratorReads:
    """Moderators and administrators look; nobody adds, changes or deletes."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_moderator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_moderator(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AdministratorWrites(ModeratorReads):
    """Moderators look; administrators add and change. Deleting stays off unless a subclass allows it."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request.user)
