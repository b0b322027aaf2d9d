"""Draw the address of a certificate as a QR code that a page can hold."""

import segno

SCALE = 4
BORDER = 4
"""Modules of quiet around it (ISO/IEC 18004)."""


def qr_code(address: str) -> str:
    """Return a data address of an SVG; dark on light whatever the page looks like, for cameras."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(scale=SCALE, border=BORDER, dark="#000", light="#fff"))
