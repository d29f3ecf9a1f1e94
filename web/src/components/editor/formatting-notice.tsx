'use client';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';

const NOTICED = 'colophon:formatting-noticed';

/** Says that the rich editor writes Markdown in one style; until it is dismissed, once in this browser. */
export function FormattingNotice() {
  const { formatting } = messages.studio.editor;
  const [isNoticed, setNoticed] = useState(wasNoticed);
  if (isNoticed) return null;
  function dismiss() {
    setNoticed(true);
    try {
      localStorage.setItem(NOTICED, '1');
    } catch {
      // Without storage it says so again the next time.
    }
  }
  return (
    <Notice className="flex flex-wrap items-center justify-between gap-3">
      <p className="max-w-prose">{formatting.normalised}</p>
      <Button type="button" size="small" look="secondary" onClick={dismiss}>{formatting.dismiss}</Button>
    </Notice>
  );
}

function wasNoticed(): boolean {
  try {
    return localStorage.getItem(NOTICED) !== null;
  } catch {
    return false;
  }
}
