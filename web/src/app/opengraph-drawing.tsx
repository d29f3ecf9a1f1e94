/** Drawing of Open Graph images and of the icon. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cache } from 'react';
import { ImageResponse } from 'next/og';
import { messages } from '@/messages';


/** Colours of the light theme in globals.css. */
const PAPER = '#fdfcf9';
const INK = '#1d1b18';
const FAINT = '#6f695f';
const ACCENT = '#b23a1e';

const FONT = 'Source Serif 4';
const SCRIPTS = ['latin', 'latin-ext', 'greek', 'cyrillic', 'vietnamese'];

/** Characters in the fonts. For others, the renderer would download a font. */
const DRAWN = /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{ASCII}\p{M}–—‘’“”„«»…·•€£©®™°×]/gu;

const fonts = cache(async () => {
  const folder = join(process.cwd(), 'assets/fonts');
  const files = SCRIPTS.map((script) => readFile(join(folder, `source-serif-4-${script}-600-normal.woff`)));
  // One name for all: the renderer looks for glyphs in each font of that name.
  return (await Promise.all(files)).map((data) => ({ name: FONT, data, weight: 600 as const, style: 'normal' as const }));
});

/** Return a text without characters that cannot be drawn; empty if too little is left. */
export function drawable(text: string): string {
  const drawn = text.replace(DRAWN, '').replaceAll(/\s+/g, ' ').trim();
  return drawn.length * 2 > text.length ? drawn : '';
}

/** Draw a title, with a line of text below it. */
export async function drawCard(title: string, facts: string): Promise<ImageResponse> {
  const text = drawable(title) || messages.site.name;
  const card = (
    <div
      style={{
        display: 'flex',
        flexDirection: 'column',
        justifyContent: 'space-between',
        width: '100%',
        height: '100%',
        padding: 80,
        background: PAPER,
        color: INK,
        fontFamily: FONT,
      }}
    >
      <div style={{ display: 'flex', fontSize: 36 }}>
        {messages.site.name}
        <span style={{ color: ACCENT }}>.</span>
      </div>
      <div style={{ fontSize: sizeOf(text), lineHeight: 1.12, letterSpacing: '-0.02em', lineClamp: 4, display: 'block' }}>{text}</div>
      <div style={{ display: 'flex', fontSize: 30, color: FAINT, borderTop: `4px solid ${ACCENT}`, paddingTop: 28 }}>
        {drawable(facts) || messages.site.description}
      </div>
    </div>
  );
  return new ImageResponse(card, { width: 1200, height: 630, fonts: await fonts() });
}

function sizeOf(text: string): number {
  if (text.length < 40) return 92;
  return text.length < 90 ? 72 : 56;
}

/** Draw the icon: the first letter of the site's name, and a full stop. */
export async function drawIcon(pixels: number): Promise<ImageResponse> {
  const icon = (
    <div
      style={{
        display: 'flex',
        alignItems: 'center',
        justifyContent: 'center',
        width: '100%',
        height: '100%',
        background: PAPER,
        color: INK,
        fontFamily: FONT,
        fontSize: pixels * 0.86,
        paddingBottom: pixels * 0.1,
        borderRadius: pixels * 0.2,
      }}
    >
      {messages.site.name[0]}
      <span style={{ color: ACCENT }}>.</span>
    </div>
  );
  return new ImageResponse(icon, { width: pixels, height: pixels, fonts: await fonts() });
}
