import { CopyButton } from '@/components/ui/copy-button';
import { cn } from '@/lib/classes';

type CodeBlockProps = {
  /** Shown above the block, and its accessible name: it scrolls, and so takes the focus. */
  label: string;
  text: string;
  /** Accessible name of the button that copies the text; none without it. */
  copyLabel?: string;
  /** Whether long lines are broken, and a long text scrolls: for texts of others. Otherwise all lines are shown. */
  wraps?: boolean;
};

/** Text in a monospaced font: code, headers or the body of a request. */
export function CodeBlock({ label, text, copyLabel, wraps = false }: CodeBlockProps) {
  return (
    <div className="grid w-full min-w-0 gap-1.5">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-2">
        <p aria-hidden className="text-sm font-medium">{label}</p>
        {copyLabel && <CopyButton text={text} label={copyLabel} />}
      </div>
      <pre
        role="group"
        aria-label={label}
        tabIndex={0}
        dir="ltr"
        className={cn(
          'bg-sunken border-line overflow-auto rounded-lg border p-3 text-start font-mono text-[0.8125rem] leading-relaxed [font-variant-ligatures:none]',
          wraps && 'max-h-96 break-words whitespace-pre-wrap wrap-anywhere',
        )}
      >
        <code>{text}</code>
      </pre>
    </div>
  );
}
