"""Static files under names that hold their digest, in the imports of our own scripts too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Without this a module would import another by a name under which nothing is served.

    Django offers it for all scripts or none; vendored ones hold text that looks like an import of a file.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", _IMPORTS))
