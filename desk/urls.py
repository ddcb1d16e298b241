"""Addresses of the desk's pages."""

from django.urls import path

from desk import figure_views, list_views, views

app_name = "desk"

urlpatterns = [
    path("", views.home, name="home"),
    path("next/", views.next_image, name="next"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/claim/", views.claim, name="claim"),
    path("items/<int:pk>/decide/", views.decide, name="decide"),
    path("items/<int:pk>/skip/", views.skip, name="skip"),
    path("items/<int:pk>/release/", views.release, name="release"),
    path("items/<int:pk>/renew/", views.renew, name="renew"),
    path("items/<int:pk>/assign/", views.assign, name="assign"),
    path("items/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("reviews/<int:pk>/undo/", views.undo, name="undo"),
    path("reviews/<int:pk>/second/", views.second_opinion, name="second"),
    path("uploads/<uuid:pk>/queue/", views.put, name="put"),
    path("queue/", list_views.queue_list, name="queue"),
    path("bulk/", list_views.gallery, name="bulk"),
    path("bulk/decide/", list_views.decide_many, name="bulk_decide"),
    path("bulk/assign/", list_views.assign_many, name="bulk_assign"),
    path("bulk/undo/", list_views.undo_many, name="bulk_undo"),
    path("figures/", figure_views.page, name="figures"),
    path("habits/", views.change_habits, name="habits"),
]
