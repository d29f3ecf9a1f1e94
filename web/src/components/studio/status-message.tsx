'use client';
import { createContext, use, useActionState, useCallback, useEffect, useRef, useState } from 'react';
import { FormNotice } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { type FormAction, submit } from '@/components/submission';

export type { FormAction };

const Announce = createContext<(state: FormState) => void>(() => undefined);

/**
 * The place above a list where it says what was done. The row that did it may be gone by then, and the focus with it:
 * the focus comes here, also when the message is elsewhere.
 */
export function StatusMessage({ first = {}, children }: { first?: FormState; children: React.ReactNode }) {
  const [{ state, number }, set] = useState({ state: first, number: 0 });
  const announce = useCallback((next: FormState) => set(({ number }) => ({ state: next, number: number + 1 })), []);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (state.done || state.message) place.current?.focus();
  }, [state]);
  return (
    <Announce value={announce}>
      <div ref={place} tabIndex={-1} className="outline-none empty:absolute">
        <FormNotice key={number} state={state} />
      </div>
      {children}
    </Announce>
  );
}

/** As `useActionState`; success is shown in the `StatusMessage`, and with `all` errors as well. */
export function useActionWithStatus(action: FormAction, what: 'done' | 'all' = 'done') {
  const announce = use(Announce);
  return useActionState<FormState, FormData>(async (before, form) => {
    const state = await submit(action, before, form);
    if (state.done || what === 'all') announce(state);
    return state;
  }, {});
}
