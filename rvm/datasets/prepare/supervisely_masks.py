"""Supervisely's annotations as masks, without their SDK.

An object is a bitmap (base64 of a zlib-compressed PNG, whose alpha is the mask, at `origin`), or a
polygon with holes. Coordinates are [x, y] in pixels of the image as `size` gives it.
"""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from rvm.errors import DataError


@dataclass(frozen=True)
class Annotation:
    """What is drawn on one image.

    Attributes:
        name: Of the file, for messages.
        height: Of the image.
        width: Of the image.
        objects: As the JSON has them.
    """

    name: str
    height: int
    width: int
    objects: tuple[dict[str, Any], ...]

    def classes(self) -> list[str]:
        """Return the class of each object."""
        return [str(item['classTitle']) for item in self.objects]

    def mask(self, wanted: str) -> np.ndarray:
        """Return [H, W] uint8: 255 where an object is whose class begins with `wanted`, else 0."""
        mask = np.zeros((self.height, self.width), np.uint8)
        for number, item in enumerate(self.objects):
            if not str(item['classTitle']).startswith(wanted):
                continue
            try:
                _draw(mask, item)
            except (
                KeyError,
                TypeError,
                ValueError,
                zlib.error,
                binascii.Error,
                cv2.error,
            ) as error:
                raise DataError(
                    f'{self.name}: object {number} ({item["classTitle"]}) is neither a bitmap nor '
                    f'a polygon that can be read ({error}); mend or remove it'
                ) from error
        return mask


def read_annotation(name: str, data: bytes) -> Annotation:
    """Return the annotation of an image.

    Raises:
        DataError: It is no JSON of Supervisely.
    """
    try:
        content = json.loads(data)
        size, objects = content['size'], tuple(content['objects'])
        annotation = Annotation(name, int(size['height']), int(size['width']), objects)
        annotation.classes()
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{name} is no annotation of Supervisely ({type(error).__name__}: {error}); fetch it '
            'again'
        ) from error
    return annotation


def _draw(mask: np.ndarray, item: dict[str, Any]) -> None:
    bitmap = item.get('bitmap')
    if bitmap and bitmap.get('data'):
        _draw_bitmap(mask, _decode_bitmap(bitmap['data']), bitmap['origin'])
        return
    exterior = item['points']['exterior']
    if item.get('geometryType', 'polygon') != 'polygon' or len(exterior) < 3:
        raise ValueError(f'geometry {item.get("geometryType")!r} with {len(exterior)} points')
    layer = np.zeros_like(mask)
    cv2.fillPoly(layer, [_corners(exterior)], 255)
    for hole in item['points'].get('interior') or ():
        cv2.fillPoly(layer, [_corners(hole)], 0)
    np.maximum(mask, layer, out=mask)


def _corners(points: list) -> np.ndarray:
    return np.rint(np.asarray(points, np.float64).reshape(-1, 2)).astype(np.int32)


def _decode_bitmap(text: str) -> np.ndarray:
    """Return [h, w] bool."""
    data = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError('the bitmap holds no PNG')
    if image.ndim == 3:
        image = image[..., 3] if image.shape[2] == 4 else image.max(axis=2)
    return image > 0


def _draw_bitmap(mask: np.ndarray, drawn: np.ndarray, origin: list) -> None:
    """Draw a bitmap whose upper left pixel is at `origin`, as far as it is inside."""
    left, top = (int(value) for value in origin)
    x, y = max(left, 0), max(top, 0)
    # A negative end of a slice would count from the other side.
    inside = drawn[y - top : max(mask.shape[0] - top, 0), x - left : max(mask.shape[1] - left, 0)]
    mask[y : y + inside.shape[0], x : x + inside.shape[1]][inside] = 255
