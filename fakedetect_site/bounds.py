"""Settings of what may come in: how large, how many, from where. A part of settings.py, from the same environment."""

from fakedetect_site import env

__all__ = [
    "DATA_UPLOAD_MAX_NUMBER_FILES",
    "DECODER",
    "DIRECT_ENDPOINT",
    "DIRECT_SECONDS",
    "IMAGE_URLS",
    "IMAGE_URLS_PRIVATE",
    "IMAGE_URL_PORTS",
    "IMAGE_URL_SECONDS",
    "MAX_BATCH_BYTES",
    "MAX_BATCH_FILES",
    "MAX_BODY_BYTES",
    "MAX_FRAMES",
    "MAX_PIXELS",
    "MAX_UPLOAD_BYTES",
    "QUEUE_MINUTES",
]

MAX_UPLOAD_BYTES = env.number("FAKEDETECT_MAX_BYTES", 25_000_000, at_least=1)
MAX_PIXELS = env.number("FAKEDETECT_MAX_PIXELS", 50_000_000, at_least=1)
MAX_FRAMES = env.number("FAKEDETECT_MAX_FRAMES", 1_000, at_least=1)
DECODER = env.choice("FAKEDETECT_DECODER", "process", ("process", "inline"))  # where images are decoded
MAX_BODY_BYTES = env.number("FAKEDETECT_MAX_BODY_BYTES", 20 * MAX_UPLOAD_BYTES, at_least=1)
MAX_BATCH_FILES = env.number("FAKEDETECT_MAX_BATCH_FILES", 500, at_least=1)
MAX_BATCH_BYTES = env.number("FAKEDETECT_MAX_BATCH_BYTES", MAX_BODY_BYTES, at_least=1)  # of one archive, and unpacked
QUEUE_MINUTES = env.number("FAKEDETECT_QUEUE_MINUTES", 10)  # a longer wait for verdicts refuses batches; 0: never
IMAGE_URLS = env.flag("FAKEDETECT_IMAGE_URLS", False)  # whether an image may be handed in by its address
IMAGE_URL_PORTS = env.numbers("FAKEDETECT_IMAGE_URL_PORTS", "80,443")
IMAGE_URL_SECONDS = env.number("FAKEDETECT_IMAGE_URL_SECONDS", 15, at_least=1)  # for all of it, redirects included
IMAGE_URLS_PRIVATE = env.flag("FAKEDETECT_IMAGE_URLS_PRIVATE", False)  # whether they may lead into private networks
DIRECT_SECONDS = env.number("FAKEDETECT_DIRECT_SECONDS", 900, at_least=60)  # to send an announced file to the store
DIRECT_ENDPOINT = env.text("FAKEDETECT_DIRECT_ENDPOINT") or None  # the store as those outside reach it
DATA_UPLOAD_MAX_NUMBER_FILES = 100
