"""/notices/: the bell, the list, reading, deleting."""

import pytest
from django.test import Client

from notices import inbox
from notices.models import Notice


def bell(client) -> str:
    text = client.get("/notices/").content.decode()
    return text.split('class="bell"')[1].split("</a>")[0]


def test_the_bell_counts_what_is_new(as_owner, tell):
    assert "new" not in bell(as_owner)
    for _ in range(3):
        tell()
    assert "Notices, 3 new" in bell(as_owner)
    inbox.read(Notice.objects.first())
    assert "Notices, 2 new" in bell(as_owner)


def test_the_bell_stands_on_every_page_of_a_person_and_on_none_of_a_visitor(as_owner, client, db):
    assert 'class="bell"' in as_owner.get("/upload/").content.decode()
    assert 'class="bell"' not in client.get("/help/").content.decode()


def test_more_than_ninety_nine_fit_the_bell(as_owner, tell):
    for _ in range(101):
        tell()
    assert "99+" in bell(as_owner)


def test_the_list_shows_ones_own_newest_first(as_owner, tell, stranger):
    tell(text="The first.")
    tell(text="The second.")
    tell(stranger, text="Of a stranger.")
    text = as_owner.get("/notices/").content.decode()
    assert text.index("The second.") < text.index("The first.")
    assert "Of a stranger" not in text


def test_following_a_notice_leads_to_its_thing_and_makes_it_read(as_owner, tell):
    notice = tell(link="/help/")
    assert as_owner.get(f"/notices/{notice.pk}/")["Location"] == "/help/"
    notice.refresh_from_db()
    assert notice.read_at


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_notice_leads_nowhere_but_into_this_site(as_owner, tell, link):
    notice = tell(link=link)
    assert as_owner.get(f"/notices/{notice.pk}/")["Location"] == "/notices/"


def test_read_new_again_and_deleted(as_owner, tell):
    notice = tell()
    as_owner.post(f"/notices/{notice.pk}/read/")
    assert Notice.objects.filter(read_at=None).count() == 0
    as_owner.post(f"/notices/{notice.pk}/unread/")
    assert Notice.objects.filter(read_at=None).count() == 1
    as_owner.post(f"/notices/{notice.pk}/delete/")
    assert Notice.objects.count() == 0


def test_after_an_act_the_list_is_shown_as_it_was(as_owner, tell):
    def after(page):
        return as_owner.post(f"/notices/{tell().pk}/read/", {"next": page})["Location"]

    assert after("/notices/?new=1&before=99") == "/notices/?new=1&before=99"
    assert after("https://evil.example/") == after("//evil.example/") == "/notices/"


def test_all_are_read_at_once_and_those_read_deleted_at_once(as_owner, tell, stranger):
    for _ in range(3):
        tell()
    tell(stranger)
    as_owner.post("/notices/read/")
    tell(text="Newer.")
    as_owner.post("/notices/delete-read/")
    assert [one.text for one in inbox.of(stranger)] == ["A moderator looked at beach.jpg."]
    assert inbox.unread(stranger) == 1
    assert Notice.objects.exclude(person=stranger).get().text == "Newer."


def test_only_new_ones_can_be_shown(as_owner, tell):
    inbox.read(tell(text="Read already."))
    tell(text="Not yet.")
    text = as_owner.get("/notices/?new=1").content.decode()
    assert "Not yet." in text
    assert "Read already." not in text


def test_pages_go_on_where_the_last_ended_whatever_arrives_meanwhile(as_owner, tell):
    for n in range(inbox.PAGE_SIZE + 5):
        tell(text=f"Notice {n:02}.")
    first = as_owner.get("/notices/")
    tell(text="Meanwhile.")
    second = as_owner.get(f"/notices/?before={first.context['older']}")
    shown = [one.text for answer in (first, second) for one in answer.context["shown"]]
    assert shown == [f"Notice {n:02}." for n in reversed(range(inbox.PAGE_SIZE + 5))]
    assert second.context["older"] is None


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1.5"])
def test_a_damaged_page_address_shows_the_first_page(as_owner, tell, before):
    tell()
    assert len(as_owner.get("/notices/", {"before": before}).context["shown"]) == 1


def test_another_persons_notice_is_not_there(as_stranger, as_moderator, as_administrator, tell):
    notice = tell()
    for client in (as_stranger, as_moderator, as_administrator):
        assert client.get(f"/notices/{notice.pk}/").status_code == 404
        for act in ("read", "unread", "delete"):
            assert client.post(f"/notices/{notice.pk}/{act}/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_acts_are_posts(as_owner, tell):
    notice = tell()
    for page in ("read", "unread", "delete"):
        assert as_owner.get(f"/notices/{notice.pk}/{page}/").status_code == 405
    for page in ("/notices/read/", "/notices/delete-read/"):
        assert as_owner.get(page).status_code == 405


def test_the_pages_are_for_people_who_are_logged_in(db):
    for page in ("/notices/", "/notices/1/", "/notices/settings/", "/notices/webhooks/new/"):
        assert Client().get(page)["Location"].startswith("/accounts/login/")


def test_a_text_is_shown_as_text(as_owner, tell):
    tell(text="<script>alert(1)</script>")
    assert "<script>alert" not in as_owner.get("/notices/").content.decode()


def test_without_notices_the_page_says_what_will_stand_there(as_owner):
    assert "No notices yet" in as_owner.get("/notices/").content.decode()
    assert "You have read everything" in as_owner.get("/notices/?new=1").content.decode()
