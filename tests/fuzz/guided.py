"""One harness under atheris: `python -m tests.fuzz.guided HARNESS FOLDER [OPTION OF LIBFUZZER…]`."""

import sys

import atheris

with atheris.instrument_imports(include=["ml", "detector.unpacking"]):
    from tests.fuzz.__main__ import _set_up

    _set_up()
    from tests.fuzz import harnesses

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], harnesses.ALL[sys.argv[1]])
    atheris.Fuzz()
