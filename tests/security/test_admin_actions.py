"""What the lists of the admin offer to do with many rows at once, and to whom; a list that offers more fails."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from tests.security.endpoints import admin_models

pytestmark = pytest.mark.django_db
ADMINISTRATORS = {
    "accounts/apitoken": {"revoke"},
    "accounts/user": {"erase", "forget_second_factor"},
    "detector/modelversion": {"promote"},
    "detector/upload": {"erase", "keep", "delete_selected"},
}
MODERATORS = {"detector/upload": {"keep"}}


@pytest.mark.parametrize("model", admin_models())
def test_actions_are_offered_to_those_who_may(model, moderator, administrator):
    assert offered(model, administrator) == ADMINISTRATORS.get(model, set())
    assert offered(model, moderator) == MODERATORS.get(model, set())


def offered(model, person) -> set[str]:
    request = RequestFactory().get("/admin/")
    request.user = person
    return set(admin.site._registry[admin_models()[model]].get_actions(request))
