/** Initials of a name, and the colour behind them, for users without a picture. */

const LETTER = /[\p{L}\p{N}]/u;

/** Return the first letters of the first and the last word of a name, in capitals; `?` if it has no letters. */
export function initials(name: string): string {
  const words = name.split(/[\s_.-]+/u).flatMap((word) => LETTER.exec(word)?.[0] ?? []);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.join('').toUpperCase() || '?';
}

/** Spreads neighbouring numbers over the circle: 360 degrees divided by the golden ratio. */
const GOLDEN_ANGLE = 222.5;

/** Return the hue, in degrees, that stands for a username: always the same one. */
export function avatarHue(username: string): number {
  let hash = 0;
  for (const letter of username.toLowerCase()) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
  return Math.round(hash * GOLDEN_ANGLE) % 360;
}
