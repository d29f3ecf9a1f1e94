'use client';
import { useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';

const { recovery: words } = messages.account.secondFactor;

/** The recovery codes, which are shown this once. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []); // the form that had the focus is gone
  const text = `${codes.join('\n')}\n`;
  return (
    <section className="grid gap-5">
      <h2 ref={heading} tabIndex={-1} className="font-serif text-xl font-semibold outline-none">
        {words.title}
      </h2>
      <Notice tone="warn">{words.shown}</Notice>
      <ul className="bg-sunken grid gap-x-8 gap-y-2 rounded-lg p-4 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-3">
        <CopyButton text={text} label={words.copy} />
        <Button type="button" look="secondary" size="small" onClick={() => download(text)}>
          {words.download}
        </Button>
      </div>
      <Button type="button" className="justify-self-start" onClick={onDone}>
        {words.done}
      </Button>
    </section>
  );
}

function download(text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: words.file });
  link.click();
  URL.revokeObjectURL(url);
}
