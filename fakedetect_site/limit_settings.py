"""How much one person, one token and one address may do: defaults, each from the environment. 0 sets no limit."""

from fakedetect_site import env

__all__ = ["ANONYMOUS_LIMITS", "LIMITS", "SHARE_DAYS", "UNCOUNTED_VIEWS"]

# Of a person, whatever they use; single people and tokens may have others (accounts/allowances.py).
LIMITS = {
    "reads_per_minute": env.number("FAKEDETECT_READS_PER_MINUTE", 3_000),
    "writes_per_minute": env.number("FAKEDETECT_WRITES_PER_MINUTE", 1_200),
    "uploads_per_minute": env.number("FAKEDETECT_UPLOADS_PER_MINUTE", 600),
    "uploads_per_day": env.number("FAKEDETECT_UPLOADS_PER_DAY", 20_000),
    "bytes_per_day": env.number("FAKEDETECT_BYTES_PER_DAY", 50_000_000_000),
    "bytes_per_month": env.number("FAKEDETECT_BYTES_PER_MONTH", 500_000_000_000),
    "bytes_kept": env.number("FAKEDETECT_BYTES_KEPT", 0),
}
# Of an address from which somebody asks who is not logged in.
ANONYMOUS_LIMITS = {
    "reads_per_minute": env.number("FAKEDETECT_ANONYMOUS_READS_PER_MINUTE", 600),
    "writes_per_minute": env.number("FAKEDETECT_ANONYMOUS_WRITES_PER_MINUTE", 120),
}
# Pictures that pages fetch by themselves, and what watches over the site.
UNCOUNTED_VIEWS = {
    "detector:evidence",
    "detector:heatmap",
    "detector:preview",
    "detector:sample_thumbnail",
    "detector:thumbnail",
    "live",
    "metrics",
    "ready",
}
SHARE_DAYS = env.number("FAKEDETECT_SHARE_DAYS", 30)  # the longest life of a link to a verdict; 0: there are none
