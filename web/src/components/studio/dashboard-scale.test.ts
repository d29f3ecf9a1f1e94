import { expect, test } from 'vitest';

import { marksTo } from './dashboard-scale';

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [4, [0, 1, 2, 3, 4]],
  [5, [0, 2, 4, 6]],
  [7, [0, 2, 4, 6, 8]],
  [8, [0, 2, 4, 6, 8]],
  [9, [0, 5, 10]],
  [21, [0, 10, 20, 30]],
  [400, [0, 100, 200, 300, 400]],
  [401, [0, 200, 400, 600]],
  [1_234_567, [0, 500_000, 1_000_000, 1_500_000]],
])('an axis to %d has the marks %j', (most, marks) => {
  expect(marksTo(most)).toEqual(marks);
});
