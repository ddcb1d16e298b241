"""`python -m fakedetect_client` is `fakedetect`."""

from fakedetect_client.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
