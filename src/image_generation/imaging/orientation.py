"""Which way is up, as EXIF tells it (EXIF 3.0, 4.6.2 and 4.6.5.1.4).

It is read here because Pillow reads all of EXIF for it, and stumbles over what is broken elsewhere.
"""

import struct

from PIL import Image

_ORIENTATION, _SHORT = 0x0112, 3
_ORDERS = {b"II": "<", b"MM": ">"}

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turn_of(exif: bytes) -> Image.Transpose | None:
    """Tell how a picture has to be turned to be upright; None where it is, or nobody knows."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = _ORDERS.get(tiff[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, place)
            if (tag, kind) == (_ORIENTATION, _SHORT):
                return _TURNS.get(value)
    except struct.error:  # it ends before it says so
        pass
    return None
