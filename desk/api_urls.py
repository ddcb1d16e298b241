"""Addresses of the desk's API, below /api/v1/."""

from rest_framework.routers import SimpleRouter

from desk import api

router = SimpleRouter(use_regex_path=False)
router.register("queue", api.QueueViewSet, basename="queue")
router.register("reviews", api.ReviewViewSet, basename="review")

app_name = "desk-api"
urlpatterns = router.urls
