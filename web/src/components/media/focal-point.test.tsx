import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Image } from '@/client';
import { FocalPoint } from './focal-point';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

const image: Image = {
  id: '019aa44d-c27d-7e3e-bc8b-db37c2131658', url: '/media/0.png', media_type: 'image/png', width: 400, height: 200,
  alt_text: '', caption: '', credit: '', focal_point: { x: 50, y: 50 }, dominant_color: null, placeholder: null, sources: [],
  crops: { square: null, card: null },
};

let root: Root;
let form: HTMLFormElement;
beforeEach(async () => {
  form = document.body.appendChild(document.createElement('form'));
  root = createRoot(form);
  await act(async () => root.render(<FocalPoint image={image} />));
});
afterEach(async () => {
  await act(async () => root.unmount());
  form.remove();
});

const point = () => form.querySelector('button')!;
const fields = () => Object.fromEntries(new FormData(form));
const press = (key: string, more = {}) => act(async () => point().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })));

describe('FocalPoint', () => {
  it('moves by the arrow keys, in larger steps with Shift, and stays on the picture', async () => {
    await press('ArrowRight');
    await press('ArrowUp', { shiftKey: true });
    expect(fields()).toEqual({ focal_x: '51', focal_y: '40' });
    for (let times = 0; times < 7; times += 1) await press('ArrowLeft', { shiftKey: true });
    expect(fields()).toEqual({ focal_x: '0', focal_y: '40' });
    expect(point().getAttribute('aria-label')).toContain('0 % across, 40 % down');
  });

  it('leaves other keys and shortcuts to the browser', async () => {
    await press('ArrowRight', { altKey: true });
    await press('a');
    expect(fields()).toEqual({ focal_x: '50', focal_y: '50' });
  });

  it('goes to where the picture is clicked', async () => {
    const place = point().parentElement!;
    place.getBoundingClientRect = () => new DOMRect(100, 10, 400, 200);
    const click = (clientX: number, clientY: number, detail = 1) =>
      act(async () => place.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX, clientY, detail })));
    await click(200, 160);
    expect(fields()).toEqual({ focal_x: '25', focal_y: '75' });
    // Enter on the point is a click without a place.
    await click(0, 0, 0);
    expect(fields()).toEqual({ focal_x: '25', focal_y: '75' });
  });
});
