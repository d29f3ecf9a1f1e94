'use client';
import { useState } from 'react';
import type { Image } from '@/client';
import { Picture } from '@/components/picture';
import { TextField } from '@/components/ui/field';
import { messages } from '@/messages';

const { focal: words } = messages.media.one;
const STEP = 1;
const LARGE_STEP = 10;
const MOVES: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

type Point = Image['focal_point'];
const within = (value: number) => Math.min(100, Math.max(0, Math.round(value)));

/** Fields of a form for the part of a picture that stays visible: chosen on it, by the arrow keys, or as numbers. */
export function FocalPoint({ image }: { image: Image }) {
  const [point, setPoint] = useState<Point>(image.focal_point);
  const move = (x: number, y: number) => setPoint({ x: within(x), y: within(y) });
  function choose({ currentTarget, clientX, clientY, detail }: React.MouseEvent) {
    if (detail === 0) return; // By the keyboard, on the point itself.
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    move(((clientX - left) / width) * 100, ((clientY - top) / height) * 100);
  }
  function follow(event: React.KeyboardEvent) {
    const direction = MOVES[event.key];
    if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // Or the page scrolls.
    const step = event.shiftKey ? LARGE_STEP : STEP;
    move(point.x + direction[0] * step, point.y + direction[1] * step);
  }
  const field = (label: string, name: string, value: number, set: (value: number) => void) => (
    <TextField label={label} name={name} type="number" min={0} max={100} step={1} required value={value} className="w-28" onChange={(event) => set(event.target.valueAsNumber || 0)} />
  );
  const shown = { ...image, alt_text: '', focal_point: point };
  return (
    <fieldset className="grid w-full min-w-0 gap-4">
      <legend className="sr-only">{words.title}</legend>
      {/* Positions are physical: pictures do not turn around in a script that runs the other way. */}
      <div dir="ltr" className="relative w-fit max-w-full cursor-crosshair overflow-hidden rounded-lg" onClick={choose}>
        <Picture image={shown} sizes="(min-width: 64rem) 40rem, 100vw" className="block max-h-[60vh] w-auto max-w-full" />
        <button
          type="button"
          aria-label={words.point(String(point.x), String(point.y))}
          aria-describedby="focal-hint"
          onKeyDown={follow}
          style={{ insetInlineStart: `${point.x}%`, top: `${point.y}%` }}
          className="absolute grid size-11 -translate-x-1/2 -translate-y-1/2 place-items-center rounded-full"
        >
          <span className="size-6 rounded-full border-2 border-white bg-black/30 shadow-[0_0_0_2px_rgb(0_0_0/0.6)]" />
        </button>
      </div>
      <p id="focal-hint" className="text-ink-faint text-sm">{words.hint}</p>
      <div className="flex flex-wrap items-end gap-4">
        {field(words.x, 'focal_x', point.x, (x) => move(x, point.y))}
        {field(words.y, 'focal_y', point.y, (y) => move(point.x, y))}
        <Crop label={words.square} image={shown} className="aspect-square h-20" />
        <Crop label={words.card} image={shown} className="aspect-[1200/630] h-20" />
      </div>
    </fieldset>
  );
}

/** How the picture is cut. */
function Crop({ label, image, className }: { label: string; image: Image; className: string }) {
  return (
    <figure className="text-ink-faint grid gap-1 text-xs">
      <div className={`bg-sunken relative overflow-hidden rounded-md ${className}`}>
        <Picture image={image} sizes="10rem" className="absolute inset-0 size-full object-cover" />
      </div>
      <figcaption>{label}</figcaption>
    </figure>
  );
}
