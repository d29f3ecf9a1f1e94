import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Picture, type PictureImage } from './picture';

const IMAGE: PictureImage = {
  url: '/media/a.jpg',
  media_type: 'image/jpeg',
  width: 1600,
  height: 900,
  alt_text: 'A <loom>',
  focal_point: { x: 50, y: 50 },
  dominant_color: '#8a6f52',
  placeholder: 'data:image/webp;base64,UklGRg==',
  sources: [
    { media_type: 'image/avif', srcset: '/media/a-320.avif 320w, /media/a-1600.avif 1600w' },
    { media_type: 'image/webp', srcset: '/media/a-320.webp 320w' },
  ],
};

function shown(props: Partial<React.ComponentProps<typeof Picture>> = {}) {
  document.body.innerHTML = renderToStaticMarkup(<Picture image={IMAGE} sizes="100vw" {...props} />);
  const image = document.querySelector('img') as HTMLImageElement;
  return { image, sources: [...document.querySelectorAll('source')] };
}

describe('a picture', () => {
  it('has each format, the best first, keeps its room, and waits until it is near', () => {
    const { image, sources } = shown();
    expect(sources.map(({ type, srcset, sizes }) => ({ media_type: type, srcset, sizes }))).toEqual(
      IMAGE.sources.map((source) => ({ ...source, sizes: '100vw' })),
    );
    expect(image.getAttribute('src')).toBe('/media/a.jpg');
    expect([image.getAttribute('width'), image.getAttribute('height')]).toEqual(['1600', '900']);
    expect(image.alt).toBe('A <loom>');
    expect(image.getAttribute('loading')).toBe('lazy');
    expect(image.hasAttribute('fetchpriority')).toBe(false);
  });

  it('is loaded at once and first where it is the largest of the page', () => {
    const { image } = shown({ priority: true });
    expect(image.getAttribute('loading')).toBe('eager');
    expect(image.getAttribute('fetchpriority')).toBe('high');
  });

  it('shows the original while there are no other files, and nothing else where nothing is known', () => {
    const { image, sources } = shown({ image: { ...IMAGE, sources: [], placeholder: null, dominant_color: null }, blurred: true });
    expect(sources).toEqual([]);
    expect(image.getAttribute('src')).toBe('/media/a.jpg');
    expect(image.getAttribute('style') ?? '').toBe('');
  });

  it('has its colour below it, and blurred itself where asked', () => {
    expect(shown().image.getAttribute('style')).toBe('background-color:#8a6f52');
    const { image } = shown({ blurred: true });
    expect(image.getAttribute('style')).toContain('background-image:url(data:image/webp;base64,UklGRg==)');
    expect(image.dataset.placeholder).toBe('');
    // Through a drawing it would shine.
    const drawing = shown({ blurred: true, image: { ...IMAGE, media_type: 'image/png' } }).image;
    expect([drawing.getAttribute('style') ?? '', drawing.dataset.placeholder]).toEqual(['', undefined]);
  });

  it('keeps its focal point in sight', () => {
    expect(shown({ image: { ...IMAGE, focal_point: { x: 0, y: 80 } } }).image.getAttribute('style')).toContain('object-position:0% 80%');
  });

  it('says nothing to those who cannot see it where nobody has described it', () => {
    expect(shown({ image: { ...IMAGE, alt_text: '' } }).image.getAttribute('alt')).toBe('');
  });
});
