"""Read digits in a text as integers. Compiled, exact: no floating point on the way."""

import numpy as np
from numpy.typing import NDArray

from observatory.kernels.compiling import compiled

Bytes = NDArray[np.uint8]

DECIMAL_LENGTH_MAX = 15
"""A plain decimal of more characters is no measurement."""


@compiled
def digits(text: Bytes, start: int, end: int) -> int:
    """Return the number that text[start:end] spells; -1 if it is not all digits. At most 18."""
    number = 0
    for i in range(start, end):
        if not 48 <= text[i] <= 57:
            return -1
        number = number * 10 + (text[i] - 48)
    return number


@compiled
def scaled_decimal(text: Bytes, start: int, end: int, unit: int) -> int:
    """Return the decimal text[start:end], such as "0.123", times `unit` (a power of ten up to a million), cut; -1 if it is none."""
    if start >= end or end - start > DECIMAL_LENGTH_MAX or text[start] == 46:
        return -1
    whole = fraction = 0
    scale = 0
    for i in range(start, end):
        if text[i] == 46 and scale == 0:
            scale = 1
        elif not 48 <= text[i] <= 57:
            return -1
        elif scale == 0:
            whole = whole * 10 + (text[i] - 48)
        elif scale < unit:
            fraction = fraction * 10 + (text[i] - 48)
            scale *= 10
    return min(whole, 10**12) * unit + fraction * unit // max(scale, 1)


@compiled
def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date of the Gregorian calendar (Hinnant, `days_from_civil`)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
