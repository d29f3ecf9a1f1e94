/** Text diff (Myers) by lines and by words, and three-way merge with conflict markers. */

export type DiffPart = { kind: 'same' | 'gone' | 'new'; text: string };

/**
 * Beyond this many steps two texts count as different throughout: nobody would read such a comparison, and its history
 * takes 4 bytes for each square of a step.
 */
const STEPS = 1500;

/** Return the shortest edit from `before` to `after` (Myers, 1986). */
export function diffLines(before: string[], after: string[]): DiffPart[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const as = (kind: DiffPart['kind'], texts: string[]): DiffPart[] => texts.map((text) => ({ kind, text }));
  return [
    ...as('same', before.slice(0, start)),
    ...shortestEdit(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...as('same', before.slice(before.length - end)),
  ];
}

function shortestEdit(before: string[], after: string[]): DiffPart[] {
  const [n, m] = [before.length, after.length];
  const most = Math.min(n + m, STEPS);
  // Furthest x on each diagonal, diagonal 0 at `most + 1`; `history` has a copy from the start of each depth.
  const reach = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  for (let depth = 0; depth <= most; depth += 1) {
    history.push(reach.slice(most - depth, most + depth + 3));
    for (let k = -depth; k <= depth; k += 2) {
      const at = most + 1 + k;
      let x = isDown(reach, at, k, depth) ? (reach[at + 1] as number) : (reach[at - 1] as number) + 1;
      while (x < n && x - k < m && before[x] === after[x - k]) x += 1;
      reach[at] = x;
      if (x >= n && x - k >= m) return backtrack(before, after, history);
    }
  }
  return [
    ...before.map((text): DiffPart => ({ kind: 'gone', text })),
    ...after.map((text): DiffPart => ({ kind: 'new', text })),
  ];
}

/** Return whether the furthest path to diagonal `k` ends with an insertion, not a deletion. */
function isDown(reach: Int32Array, at: number, k: number, depth: number): boolean {
  return k === -depth || (k !== depth && (reach[at - 1] as number) < (reach[at + 1] as number));
}

function backtrack(before: string[], after: string[], history: Int32Array[]): DiffPart[] {
  const found: DiffPart[] = [];
  let [x, y] = [before.length, after.length];
  for (let depth = history.length - 1; depth >= 0; depth -= 1) {
    const reach = history[depth] as Int32Array;
    const k = x - y;
    const at = depth + 1 + k;
    const down = isDown(reach, at, k, depth);
    const fromX = depth === 0 ? 0 : (reach[down ? at + 1 : at - 1] as number);
    const fromY = depth === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    while (x > fromX && y > fromY) found.push({ kind: 'same', text: before[(y -= 1), (x -= 1)] as string });
    if (depth === 0) break;
    if (down) found.push({ kind: 'new', text: after[(y -= 1)] as string });
    else found.push({ kind: 'gone', text: before[(x -= 1)] as string });
  }
  return found.reverse();
}

/** Return the diff by words, adjacent parts of one kind joined. */
export function diffWords(before: string, after: string): DiffPart[] {
  const words = (text: string) => text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
  const joined: DiffPart[] = [];
  for (const piece of diffLines(words(before), words(after))) {
    const last = joined.at(-1);
    if (last?.kind === piece.kind) last.text += piece.text;
    else joined.push({ ...piece });
  }
  return joined;
}

export const MINE = '<<<<<<<';
export const MIDDLE = '=======';
export const THEIRS = '>>>>>>>';

/** Merge two texts with their common `base`; conflicting lines stand between conflict markers. */
export function mergeThreeWay(base: string, mine: string, theirs: string, names: { mine: string; theirs: string }): string {
  const [original, ours, others] = [base.split('\n'), mine.split('\n'), theirs.split('\n')];
  const [inMine, inTheirs] = [lineMapping(original, ours), lineMapping(original, others)];
  const merged: string[] = [];
  let [at, atMine, atTheirs] = [0, 0, 0];
  for (let next = 0; next <= original.length; next += 1) {
    // A line that both kept ends a changed region.
    const isEnd = next === original.length;
    const [keptMine, keptTheirs] = isEnd ? [ours.length, others.length] : [inMine[next], inTheirs[next]];
    if (keptMine === undefined || keptTheirs === undefined) continue;
    const [mineHere, theirsHere] = [ours.slice(atMine, keptMine), others.slice(atTheirs, keptTheirs)];
    merged.push(...mergeRegion(original.slice(at, next), mineHere, theirsHere, names));
    if (!isEnd) merged.push(original[next] as string);
    [at, atMine, atTheirs] = [next + 1, keptMine + 1, keptTheirs + 1];
  }
  return merged.join('\n');
}

function mergeRegion(base: string[], mine: string[], theirs: string[], names: { mine: string; theirs: string }): string[] {
  const [was, ours, others] = [base, mine, theirs].map((lines) => lines.join('\n'));
  if (ours === others || others === was) return mine;
  if (ours === was) return theirs;
  return [`${MINE} ${names.mine}`, ...mine, MIDDLE, ...theirs, `${THEIRS} ${names.theirs}`];
}

/** Return the index in `changed` of each line of `base`; undefined if it was deleted. */
function lineMapping(base: string[], changed: string[]): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  let at = 0;
  for (const { kind } of diffLines(base, changed)) {
    if (kind === 'gone') found.push(undefined);
    else {
      if (kind === 'same') found.push(at);
      at += 1;
    }
  }
  return found;
}

/** Return whether a merged text still has conflict markers. */
export function hasConflictMarkers(text: string): boolean {
  return text.split('\n').some((line) => line.startsWith(`${MINE} `) || line.startsWith(`${THEIRS} `));
}
