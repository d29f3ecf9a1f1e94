/** Depths of headings in the outline of a page. */

/**
 * Return how deep each heading stands in the outline, from 1, given the levels that their author chose. Where a level
 * was left out the headings below it move up: readers with a screen reader go by the levels.
 */
export function depths(levels: number[]): number[] {
  const open: number[] = [];
  return levels.map((level) => {
    while (open.length > 0 && (open.at(-1) as number) >= level) open.pop();
    open.push(level);
    return open.length;
  });
}
