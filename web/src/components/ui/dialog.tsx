'use client';
import { Dialog as Radix } from 'radix-ui';
import { useState } from 'react';

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  /** `large` for what is chosen from many. */
  size?: 'medium' | 'large';
  children: React.ReactNode;
};

// Large ones have one height, so that nothing moves while their content comes.
const WIDTHS = { medium: 'w-[min(92vw,34rem)]', large: 'h-[90dvh] w-[min(92vw,56rem)] content-start' };

/** Modal dialog with a focus trap; Escape closes it. */
export function Dialog({ open, onOpenChange, ...question }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Question {...question} />
      </Radix.Portal>
    </Radix.Root>
  );
}

function Question({ title, description, size = 'medium', children }: Omit<DialogProps, 'open' | 'onOpenChange'>) {
  // Rendered first while whatever opened it still has the focus.
  const [opener] = useState(whatHasFocus);
  return (
    <>
      {/* As high as the dialog, so that one that is opened from another covers that. */}
      <Radix.Overlay className="fixed inset-0 z-50 bg-black/40" />
      <Radix.Content
        className={`bg-surface rounded-card shadow-card fixed inset-x-0 top-1/2 z-50 mx-auto grid max-h-[90dvh] -translate-y-1/2 gap-4 overflow-auto p-6 ${WIDTHS[size]}`}
        aria-describedby={description ? undefined : ''}
        onCloseAutoFocus={(event) => {
          event.preventDefault(); // Radix knows only openers of its own kind.
          opener?.focus();
        }}
      >
        <Radix.Title className="font-serif text-xl font-semibold">{title}</Radix.Title>
        {description && <Radix.Description className="text-ink-soft text-sm">{description}</Radix.Description>}
        {children}
      </Radix.Content>
    </>
  );
}

/** Return the element that gets the focus back: for an item of a closed menu its trigger. */
function whatHasFocus(): HTMLElement | null {
  const { activeElement } = document;
  const button = activeElement?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  return button ? document.getElementById(button) : (activeElement as HTMLElement | null);
}
