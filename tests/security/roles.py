"""Who asks: people with a session, tokens of the owner, and those to whom nothing of the owner's may be shown."""

SESSIONS = ("anonymous", "stranger", "viewer", "editor", "owner", "moderator", "administrator")
KEYS = ("read-only", "expired", "revoked")
ROLES = (*SESSIONS, *KEYS)
OUTSIDERS = ("anonymous", "stranger", "expired", "revoked")
