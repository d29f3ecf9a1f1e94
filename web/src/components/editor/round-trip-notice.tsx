import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { LANGUAGE, messages } from '@/messages';
import type { RoundTripResult } from './round-trip';

type RoundTripNoticeProps = { result: Exclude<RoundTripResult, { kind: 'same' }>; onStay: () => void; onAnyway: () => void };

/** Explains why a text stays in Markdown; if only its notation would change, the user may go on. */
export function RoundTripNotice({ result, onStay, onAnyway }: RoundTripNoticeProps) {
  const { roundTrip } = messages.studio.editor;
  const lossy = result.kind === 'lossy';
  const lists = new Intl.ListFormat(LANGUAGE);
  return (
    <Notice tone={lossy ? 'warn' : 'plain'} className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <p>
        {lossy ? `${roundTrip.lossy} ${roundTrip.has} ${lists.format(result.features.map((each) => roundTrip.features[each]))}.` : roundTrip.rewritten}
      </p>
      {result.line && (
        <p className="min-w-0 text-ink-soft">
          {roundTrip.line} <code className="bg-sunken rounded px-1.5 py-0.5 font-mono text-[0.9em] wrap-anywhere">{result.line.slice(0, 120)}</code>
        </p>
      )}
      {!lossy && (
        <div className="flex flex-wrap gap-2">
          <Button size="small" look="secondary" onClick={onAnyway}>{roundTrip.anyway}</Button>
          <Button size="small" look="quiet" onClick={onStay}>{roundTrip.stay}</Button>
        </div>
      )}
    </Notice>
  );
}
