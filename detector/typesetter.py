"""One document from typst, and the end: `python typesetter.py TEMPLATE ROOT SECONDS < data > document`.

A program of its own, without Django. The typesetter keeps what it has seen for its next document, 220 MB after ten of
them, which a web process would hold for ever; and nothing that a document does to it can reach the site.
"""

import sys

import typst


def typeset(template: str, root: str, seconds: str, data: str) -> bytes:
    """The PDF of a template that reads `sys.inputs.data` and files of `root` alone; `seconds` since 1970 are its date.

    Raises:
        typst.TypstError: the template or a picture is broken.
    """
    document: bytes = typst.compile(
        template, root=root, sys_inputs={"data": data}, ignore_system_fonts=True, timestamp=int(seconds)
    )
    return document


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.argv[1], sys.argv[2], sys.argv[3], sys.stdin.buffer.read().decode()))
