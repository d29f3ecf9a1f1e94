import { describe, expect, it } from 'vitest';
import { KEY_FIELD } from '@/lib/idempotency';
import type { FormState } from './form-state';
import { submit } from './submission';

/** Submit forms one after the other; return their keys, and the last state. */
async function submitted(...answers: (FormState | Error)[]) {
  const keys: string[] = [];
  let state: FormState = {};
  for (const answer of answers) {
    const action = async (_before: FormState, form: FormData) => {
      keys.push(String(form.get(KEY_FIELD)));
      if (answer instanceof Error) throw answer;
      return answer;
    };
    state = await submit(action, state, new FormData());
  }
  return { keys, state };
}

describe('submit', () => {
  it.each([
    ['a success', { done: 'Created.' }],
    ['an error', { message: 'The name is taken.' }],
  ])('has a new key after %s', async (_name, answer) => {
    const { keys, state } = await submitted(answer, answer);
    expect(keys[0]).not.toBe(keys[1]);
    expect(state).toEqual(answer);
  });

  it.each([
    ['an answer that says that nobody knows', { message: 'Try again later.', isUnanswered: true }],
    ['no answer at all', new TypeError('Failed to fetch')],
  ])('keeps the key after %s, until there is one', async (_name, nothing) => {
    const { keys, state } = await submitted(nothing, nothing, { done: 'Created.' }, { done: 'Created.' });
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[3]).not.toBe(keys[0]);
    expect(state).toEqual({ done: 'Created.' });
  });
});
