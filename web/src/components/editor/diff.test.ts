import { describe, expect, test } from 'vitest';
import { diffLines, diffWords, hasConflictMarkers, mergeThreeWay } from './diff';

const names = { mine: 'yours', theirs: 'theirs' };
const side = (pieces: ReturnType<typeof diffLines>, without: 'gone' | 'new') =>
  pieces.filter(({ kind }) => kind !== without).map(({ text }) => text);

describe('compare', () => {
  test.each([
    ['', ''], ['abc', 'abc'], ['abc', ''], ['', 'abc'], ['abcabba', 'cbabac'], ['axb', 'ayb'], ['aab', 'ab'], ['ab', 'aab'],
  ])('of %j and %j gives both back', (before, after) => {
    const pieces = diffLines([...before], [...after]);
    expect(side(pieces, 'new').join('')).toBe(before);
    expect(side(pieces, 'gone').join('')).toBe(after);
  });

  test('gives both back, whatever they are, and takes the fewest steps', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 300; round += 1) {
      const text = () => Array.from({ length: random(9) }, () => 'abc'[random(3)] as string);
      const [before, after] = [text(), text()];
      const pieces = diffLines(before, after);
      expect(side(pieces, 'new')).toEqual(before);
      expect(side(pieces, 'gone')).toEqual(after);
      expect(pieces.filter(({ kind }) => kind === 'same')).toHaveLength(longestCommon(before, after));
    }
  });

  test('by words marks the words that changed', () => {
    expect(diffWords('The store weaves.', 'The mill weaves patterns.')).toEqual([
      { kind: 'same', text: 'The ' },
      { kind: 'gone', text: 'store' },
      { kind: 'new', text: 'mill' },
      { kind: 'same', text: ' weaves' },
      { kind: 'new', text: ' patterns' },
      { kind: 'same', text: '.' },
    ]);
  });
});

describe('merge', () => {
  const base = 'one\n\ntwo\n\nthree';

  test('takes what each side changed', () => {
    expect(mergeThreeWay(base, 'ONE\n\ntwo\n\nthree', 'one\n\ntwo\n\nTHREE\nfour', names)).toBe('ONE\n\ntwo\n\nTHREE\nfour');
  });

  test('takes what both did alike once', () => {
    expect(mergeThreeWay(base, 'one\n\nTWO\n\nthree', 'one\n\nTWO\n\nthree', names)).toBe('one\n\nTWO\n\nthree');
  });

  test('keeps both where both changed the same lines', () => {
    const merged = mergeThreeWay(base, 'one\n\nmine\n\nthree', 'one\n\ntheirs\n\nthree', names);
    expect(merged).toBe('one\n\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> theirs\n\nthree');
    expect(hasConflictMarkers(merged)).toBe(true);
    expect(hasConflictMarkers(base)).toBe(false);
  });

  test('of one change is that change', () => {
    for (const other of ['', 'new', 'zero\none\n\ntwo\n\nthree', 'one\n\ntwo']) {
      expect(mergeThreeWay(base, other, base, names)).toBe(other);
      expect(mergeThreeWay(base, base, other, names)).toBe(other);
    }
  });

  test('keeps both where both begin with nothing', () => {
    expect(mergeThreeWay('', 'mine', 'theirs', names)).toContain('mine\n=======\ntheirs');
  });
});

function longestCommon(a: string[], b: string[]): number {
  const rows = [...a, ''].map(() => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      (rows[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at(0, 0);
}
