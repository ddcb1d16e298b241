"""Squares of a large picture at its own scale: traces do not survive a resize, and time does not allow every pixel."""

from collections.abc import Iterator

Box = tuple[slice, slice]


def spread(shape: tuple[int, int], side: int, most: int) -> Iterator[Box]:
    """Boxes (rows, columns) of `side` pixels, evenly over a picture of (height, width), of `most` pixels in all.

    They begin at multiples of 8 and do not overlap; nothing is yielded where the picture is smaller than one.
    """
    fit = [edge // side for edge in shape]
    thin = max(1.0, (fit[0] * fit[1] * side * side / most) ** 0.5)
    counts = [max(int(number / thin), min(number, 1)) for number in fit]
    for row in range(counts[0]):
        for column in range(counts[1]):
            top, left = (
                int((number + 0.5) * (edge / count) - side / 2) // 8 * 8
                for number, edge, count in zip((row, column), shape, counts, strict=True)
            )
            yield slice(top, top + side), slice(left, left + side)


def looked_at(boxes: list[Box], shape: tuple[int, int]) -> float:
    """The share of the picture that these cover."""
    covered: int = sum((rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in boxes)
    return round(covered / (shape[0] * shape[1]), 3)
