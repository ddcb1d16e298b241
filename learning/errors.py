"""What learning refuses: one sentence that says what to do."""


class LearningRefused(Exception):
    """An export or a run that cannot be."""
