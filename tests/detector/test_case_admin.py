"""Cases in the admin: moderators look, nobody changes anything."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["as_moderator", "as_administrator"])
def test_moderators_look(case, request, who):
    client = request.getfixturevalue(who)
    listed = client.get("/admin/detector/case/?q=flood").content.decode()
    assert "The flood" in listed
    assert f"/cases/{case.pk}/" in listed
    shown = client.get(f"/admin/detector/case/{case.pk}/change/").content.decode()
    for expected in ("Pictures of the flood.", "viewer", "editor"):
        assert expected in shown


@pytest.mark.parametrize("who", ["as_moderator", "as_administrator"])
def test_nobody_adds_changes_or_deletes_there(case, request, who):
    client = request.getfixturevalue(who)
    assert client.get("/admin/detector/case/add/").status_code == 403
    assert client.post(f"/admin/detector/case/{case.pk}/change/", {"title": "Mine"}).status_code == 403
    assert client.post(f"/admin/detector/case/{case.pk}/delete/", {"post": "yes"}).status_code == 403


def test_others_have_no_admin(case, as_owner):
    assert as_owner.get("/admin/detector/case/").status_code == 302
