'use client';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';

const { copy, copied, copyFailed } = messages.manage.copying;
const SHOWN_MS = 4_000;

/** Button that copies `text`; `label` is its accessible name, as a page may have several, until it says that it has. */
export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const write = () => {
    // Browsers have no clipboard on pages without HTTPS, apart from those of the machine itself.
    const writing = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error('no clipboard'));
    writing.then(() => setOutcome('copied'), () => setOutcome('failed'));
  };
  return (
    <span className={className}>
      <Button type="button" look="secondary" size="small" aria-label={outcome === 'copied' ? undefined : label} onClick={write}>
        {outcome === 'copied' ? <Check aria-hidden /> : <Copy aria-hidden />}
        {outcome === 'copied' ? copied : copy}
      </Button>
      <span role="status" className={outcome === 'failed' ? 'text-bad ms-2 text-sm' : 'sr-only'}>
        {outcome === 'copied' && copied}
        {outcome === 'failed' && copyFailed}
      </span>
    </span>
  );
}
