"""What a person calls the program that they use: "Firefox, Linux". No more is kept of what a browser says of itself."""

# The first that is found counts: Edge says that it is Chrome, Chrome that it is Safari, Android that it is Linux.
_BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser/": "Samsung Internet", "FxiOS/": "Firefox", "Firefox/": "Firefox",
    "CriOS/": "Chrome", "Chrome/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
_SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "ChromeOS", "Windows": "Windows",
    "Mac OS X": "macOS", "Linux": "Linux",
}  # fmt: skip


def name_of(user_agent: str) -> str:
    """Browser and system of a `User-Agent`, as far as they are known; empty where neither is."""
    found = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(filter(None, found))


def _first(text: str, names: dict[str, str]) -> str:
    return next((name for mark, name in names.items() if mark in text), "")
