/** The scale of the charts of the dashboard. */
const STEPS = 4;

/**
 * Return the marks of an axis from zero to at least `most`, four steps or fewer, of 1, 2 or 5 times a power of ten.
 * `marksTo(7)` is `[0, 2, 4, 6, 8]`.
 */
export function marksTo(most: number): number[] {
  const wanted = Math.max(1, most / STEPS);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = power * (([1, 2, 5] as const).find((factor) => factor * power >= wanted) ?? 10);
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, index) => index * step);
}
