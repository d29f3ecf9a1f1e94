'use client';
import { useSyncExternalStore } from 'react';

/** Return the secret of the link that was opened: the fragment, which no server sees. Undefined until it is known. */
export function useLinkSecret(): string | undefined {
  return useSyncExternalStore(onNewFragment, () => location.hash.slice(1), () => undefined);
}

function onNewFragment(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
