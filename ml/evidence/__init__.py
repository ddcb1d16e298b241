"""Signals that need no training: each file looks for one trace and answers with findings."""
