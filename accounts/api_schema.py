"""Tells the OpenAPI schema how programs show who they are, and what every answer may say of limits."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[misc]
    target_class = "accounts.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token made on the page API tokens."}


_SPENT = {
    "description": "A limit was reached. `fields` say which, and when there is room again.",
    "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorShape"}}},
}
_HEADERS = {
    "RateLimit-Policy": "Limits that hold for this request: name, quota `q`, window `w` in seconds, unit `qu`.",
    "RateLimit": "What is left of each: `r`, and in how many seconds (`t`) its window ends.",
}


def tell_limits(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A hook of the schema: every operation may be answered with 429, and every answer has the headers of limits."""
    shared = {name: {"description": words, "schema": {"type": "string"}} for name, words in _HEADERS.items()}
    result["components"]["headers"] = shared
    references = {name: {"$ref": f"#/components/headers/{name}"} for name in shared}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("429", _SPENT)
            for response in operation["responses"].values():
                response["headers"] = response.get("headers", {}) | references
    return result
