import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageSize } from './image-size';

const image = () => sharp({ create: { width: 30, height: 20, channels: 3, background: '#b23a1e' } });
const sizeOf = async (made: Sharp) => imageSize(Uint8Array.from(await made.toBuffer()).buffer);

describe('imageSize', () => {
  it.each(['png', 'gif', 'jpeg', 'webp'] as const)('reads %s', async (format) => {
    expect(await sizeOf(image().toFormat(format))).toEqual({ width: 30, height: 20 });
  });

  it('reads the other forms of WebP and JPEG', async () => {
    expect(await sizeOf(image().webp({ lossless: true }))).toEqual({ width: 30, height: 20 });
    expect(await sizeOf(image().ensureAlpha(0.5).webp().withMetadata())).toEqual({ width: 30, height: 20 });
    expect(await sizeOf(image().jpeg({ progressive: true }))).toEqual({ width: 30, height: 20 });
  });

  it('knows a photograph that was taken upright', async () => {
    expect(await sizeOf(image().jpeg().withMetadata({ orientation: 6 }))).toEqual({ width: 20, height: 30 });
    expect(await sizeOf(image().jpeg().withMetadata({ orientation: 3 }))).toEqual({ width: 30, height: 20 });
  });

  it('does not guess', async () => {
    expect(imageSize(new ArrayBuffer(0))).toBeUndefined();
    expect(imageSize(new TextEncoder().encode('<svg width="9" height="9"/> and so on').buffer)).toBeUndefined();
    const whole = await image().jpeg().toBuffer();
    for (let length = 0; length < whole.length; length += 7) {
      const cut = imageSize(Uint8Array.from(whole.subarray(0, length)).buffer);
      expect([undefined, { width: 30, height: 20 }]).toContainEqual(cut);
    }
  });
});
