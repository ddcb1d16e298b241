"""Workers: which queues there are, and how a worker takes from them. The rows are the queue, the broker rings."""

from kombu import Queue

from fakedetect_site import env

__all__ = [
    "ANALYZE_IN_REQUEST", "CELERY_BEAT_SCHEDULE", "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP", "CELERY_BROKER_URL",
    "CELERY_TASK_ACKS_LATE", "CELERY_TASK_IGNORE_RESULT", "CELERY_TASK_QUEUES", "CELERY_TASK_ROUTES",
    "CELERY_WORKER_MAX_TASKS_PER_CHILD", "CELERY_WORKER_PREFETCH_MULTIPLIER",
]  # fmt: skip

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
ANALYZE_IN_REQUEST = not CELERY_BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1_000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_QUEUES = (Queue("celery"), Queue("later"))  # a worker takes both, or with --queues the one it is for
_LATER = ("detector.tasks.examine", "detector.tasks.batch", "learning.tasks.rescore", "learning.tasks.shadow")
CELERY_TASK_ROUTES = {  # of both queues verdicts go first on Redis; training is long, and has a worker of its own
    **{name: {"queue": "later", "priority": 9} for name in _LATER},
    "learning.tasks.retrain": {"queue": "training"},
}
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "detector.tasks.sweep", "schedule": 60.0}}
