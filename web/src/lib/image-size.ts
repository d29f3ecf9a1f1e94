/** Image dimensions, read from the first bytes of a file, in the formats that the API accepts except AVIF. */

export type Size = { width: number; height: number };

/** Bytes to read: in photographs, metadata may come before the size. */
export const HEAD_BYTES = 65_536;

/** Return the size in pixels, undefined if it is not found. */
export function imageSize(head: ArrayBuffer): Size | undefined {
  const bytes = new DataView(head);
  try {
    const size = png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes);
    return size && size.width > 0 && size.height > 0 ? size : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // It ends before it says so.
    throw error;
  }
}

function starts(bytes: DataView, at: number, word: string): boolean {
  return [...word].every((letter, index) => bytes.getUint8(at + index) === letter.charCodeAt(0));
}

function png(bytes: DataView): Size | undefined {
  if (!starts(bytes, 1, 'PNG')) return undefined;
  return { width: bytes.getUint32(16), height: bytes.getUint32(20) };
}

function gif(bytes: DataView): Size | undefined {
  if (!starts(bytes, 0, 'GIF8')) return undefined;
  return { width: bytes.getUint16(6, true), height: bytes.getUint16(8, true) };
}

/** RFC 9649: lossy, lossless, and the extended form. */
function webp(bytes: DataView): Size | undefined {
  if (!starts(bytes, 0, 'RIFF') || !starts(bytes, 8, 'WEBP')) return undefined;
  if (starts(bytes, 12, 'VP8 ')) {
    return { width: bytes.getUint16(26, true) & 0x3fff, height: bytes.getUint16(28, true) & 0x3fff };
  }
  if (starts(bytes, 12, 'VP8L')) {
    const both = bytes.getUint32(21, true);
    return { width: (both & 0x3fff) + 1, height: ((both >> 14) & 0x3fff) + 1 };
  }
  const uint24 = (at: number) => bytes.getUint16(at, true) | (bytes.getUint8(at + 2) << 16);
  return { width: uint24(24) + 1, height: uint24(27) + 1 };
}

/** The size is in the first frame (ITU T.81, B.2.2); segments before it are skipped by their length. */
function jpeg(bytes: DataView): Size | undefined {
  if (bytes.getUint16(0) !== 0xffd8) return undefined;
  let turned = false;
  for (let at = 2; ; at += 2 + bytes.getUint16(at + 2)) {
    const marker = bytes.getUint16(at);
    if (marker === 0xffe1) turned ||= isTurned(bytes, at + 4);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (!isFrame) continue;
    const [width, height] = [bytes.getUint16(at + 7), bytes.getUint16(at + 5)];
    return turned ? { width: height, height: width } : { width, height };
  }
}

/** Return whether the Exif orientation (tag 0x0112) swaps width and height. */
function isTurned(bytes: DataView, at: number): boolean {
  if (!starts(bytes, at, 'Exif')) return false;
  const tiff = at + 6;
  const little = bytes.getUint16(tiff) === 0x4949;
  const directory = tiff + bytes.getUint32(tiff + 4, little);
  for (let index = 0; index < bytes.getUint16(directory, little); index += 1) {
    const entry = directory + 2 + 12 * index;
    if (bytes.getUint16(entry, little) === 0x0112) return bytes.getUint16(entry + 8, little) >= 5;
  }
  return false;
}
