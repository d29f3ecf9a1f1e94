"""Image files as bytes: their type, size and metadata, read and rewritten without decoding a pixel.

No module in here imports Pillow: web workers check uploads with it. What decodes is `service/media/rendering.py`, in a
process of its own.
"""

from service.core.images.headers import ImageHeader, read_header
from service.core.images.metadata import remove_metadata
from service.core.images.structure import ImageError, ImageRefused, NotAnImage

__all__ = ["ImageError", "ImageHeader", "ImageRefused", "NotAnImage", "read_header", "remove_metadata"]
