"""Uploads, their analysis, the verdicts, and the doors to them: pages, API, admin, shell."""
