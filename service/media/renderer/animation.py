"""Renders animations: as animated WebP in some widths, one frame in memory at a time."""

from __future__ import annotations

from PIL import Image, ImageFile

from service.media.renderer.decoding import converter, scale, upright
from service.media.renderer.encoding import ANIMATED_WEBP, RenderedFile, Target, kept_files
from service.media.renderer.sizes import largest_size

# Each costs as much as a hundred pictures; no animation is shown wider.
WIDTHS = (320, 640, 960, 1280)


class ScaledFrames(Image.Image):
    """An animation in another size, whose frames are decoded and scaled when the encoder asks for them."""

    def __init__(self, source: ImageFile.ImageFile, orientation: int, width: int) -> None:
        super().__init__()
        self._source = source
        self._orientation = orientation
        self._width = width
        self._stored_size = source.size
        # The encoder looks a frame's time up behind its pixels.
        self.durations: list[int] = []
        self.n_frames: int = getattr(source, "n_frames", 1)
        self._frame = -1
        self.seek(0)

    def tell(self) -> int:
        """Return the number of the frame."""
        return self._frame

    def seek(self, frame: int) -> None:
        """Decode a frame, unless it is the present one."""
        if frame == self._frame:
            return
        self._source.seek(frame)
        self._source.load()
        if self._source.size != self._stored_size:
            raise ValueError(f"a frame of {self._source.size} in an animation of {self._stored_size}")
        width, height = self._source.size
        is_turned = self._orientation >= 5
        factor = self._width / (height if is_turned else width)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        image = upright(scale(self._source, size, converter(self._source)), self._orientation).convert("RGBA")
        if frame == len(self.durations):
            self.durations.append(int(self._source.info.get("duration", 0)))
        self._frame, self._mode, self._size, self.im = frame, image.mode, image.size, image.im


def render_animation(
    source: ImageFile.ImageFile, orientation: int, target: Target, original_bytes: int
) -> list[RenderedFile]:
    """Write an animation in its own width, if that is not too large, and in narrower ones."""
    width = largest_size(*source.size, is_turned=orientation >= 5)[orientation >= 5]
    widths = [one for one in WIDTHS if one <= width]
    if width < WIDTHS[-1] and (not widths or widths[-1] * 1.1 < width):
        widths.append(width)
    files: list[RenderedFile] = []
    for one in widths[::-1]:
        frames = ScaledFrames(source, orientation, one)
        options = {**ANIMATED_WEBP, "duration": frames.durations, "loop": _plays(source)}
        files.append(target.write(frames, options))
        if files[0].size_bytes >= original_bytes:
            break
    return kept_files(files, target, dict.fromkeys(widths, original_bytes))


def _plays(source: ImageFile.ImageFile) -> int:
    """Return how often an animation is played, 0 for ever: GIF alone says how often it is repeated, or nothing."""
    loop = source.info.get("loop")
    if source.format != "GIF":
        return int(loop or 0)
    if loop is None:
        return 1
    return int(loop) + 1 if loop else 0
