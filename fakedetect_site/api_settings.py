"""Settings of the API's libraries. Nothing here comes from the environment."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_auth.ReadOnlyTokensOnlyRead"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "detector.api_errors.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "FakeDetect",
    "DESCRIPTION": "Is an image authentic, AI-generated or manipulated, how sure is that, and why.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # our shapes of changes say themselves what may be left out
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api_schema.tell_limits",
        "fakedetect_site.deprecations.tell_deprecations",
        "fakedetect_site.api_examples.tell_examples",
    ],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "VerdictLabel": "detector.models.Label",
        "Status": "detector.models.State",
        "Decision": "detector.models.Decision",
        "BatchState": "detector.batch_shapes.SEEN",
        "BatchItemState": "detector.models.ItemState",
        "DeliveryState": "notices.models.DeliveryState",
        "ShareLinkState": "detector.share_api.STATES",
        "CopyShapeKindEnum": "detector.api_shapes.COPIES",
        "CaseRole": "detector.models.CaseRole",
    },
}
