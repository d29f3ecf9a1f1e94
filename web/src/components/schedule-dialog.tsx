'use client';
import { useId, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Select, TextField } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { instantsOf, offsetName, wallTimeAt, zoneName, type WallTime } from '@/lib/time-zones';
import { messages, SITE_TIME_ZONE, zonedTime } from '@/messages';
import type { Refusal, When } from './schedule-choice';

const { dialog: words } = messages.schedule;

type ScheduleDialogProps = {
  title: string;
  /** The title of the post, or where readers find it. */
  about: string;
  choices: When[];
  chosen: When;
  /** The time that the fields begin with. */
  at?: string;
  actLabels?: Partial<Record<When, string>>;
  /** `instant` is undefined for `now`. */
  onChoose: (when: When, instant?: string) => Promise<Refusal>;
  onClose: () => void;
};

/** Asks when to publish a post, in the time zone of who is asked and in that of the site. */
export function ScheduleDialog({ title, about, choices, chosen, at, actLabels, onChoose, onClose }: ScheduleDialogProps) {
  const [zone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [when, setWhen] = useState(chosen);
  const [typed, setTyped] = useState<Partial<Record<When, WallTime>>>({});
  const [isSecond, setSecond] = useState(false);
  const [refused, setRefused] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const wall = typed[when] ?? wallTimeAt(initialInstant(when, chosen, at), zone);
  const instants = when === 'now' ? [] : instantsOf(wall, zone);
  const instant = isSecond ? instants.at(-1) : instants[0];
  function edit(changes: Partial<WallTime>) {
    setTyped({ ...typed, [when]: { ...wall, ...changes } });
    setSecond(false);
    setRefused(undefined);
  }
  async function choose(event: React.SyntheticEvent) {
    event.preventDefault();
    if (when !== 'now' && !instant) {
      setRefused({ time: wall.date && wall.time ? words.gap(zone) : words.missing });
      return;
    }
    setBusy(true);
    const refusal = await onChoose(when, instant?.toISOString());
    setBusy(false);
    setRefused(refusal);
  }
  return (
    <Dialog open onOpenChange={onClose} title={title}>
      <form onSubmit={(event) => void choose(event)} noValidate className="grid grid-cols-[minmax(0,1fr)] gap-5">
        {choices.length > 1 && <Choices choices={choices} chosen={when} onChoice={(choice) => { setWhen(choice); setRefused(undefined); }} />}
        {when !== 'now' && (
          <div className="grid gap-4">
            <Times wall={wall} when={when} zone={zone} error={refused?.time} onEdit={edit} />
            {instants.length > 1 && (
              <Select
                label={words.twice.label}
                value={isSecond ? 'second' : 'first'}
                options={{ first: words.twice.first(offsetName(instants[0] as Date, zone)), second: words.twice.second(offsetName(instants[1] as Date, zone)) }}
                onChange={(event) => setSecond(event.target.value === 'second')}
              />
            )}
            {instant && <BothTimes instant={instant} zone={zone} />}
          </div>
        )}
        <p className="bg-sunken rounded-lg px-3 py-2 text-sm break-words">{about}</p>
        {refused?.message && <Notice tone="bad">{refused.message}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button type="button" look="quiet" onClick={onClose}>{messages.studio.editor.cancel}</Button>
          <Button disabled={isBusy}>{actLabels?.[when] ?? words.act[when]}</Button>
        </div>
      </form>
    </Dialog>
  );
}

type ChoicesProps = { choices: When[]; chosen: When; onChoice: (when: When) => void };

function Choices({ choices, chosen, onChoice }: ChoicesProps) {
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-sm font-medium">{words.when}</legend>
      {choices.map((choice) => (
        <label key={choice} className="hover:bg-sunken has-checked:bg-sunken flex cursor-pointer items-baseline gap-3 rounded-lg px-3 py-2">
          <input type="radio" name="when" value={choice} checked={chosen === choice} onChange={() => onChoice(choice)} className="accent-accent" />
          <span className="grid">
            <span className="text-sm font-medium">{words.choices[choice]}</span>
            <span className="text-ink-soft text-sm">{words.hints[choice]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

type TimesProps = { wall: WallTime; when: When; zone: string; error?: string; onEdit: (changes: Partial<WallTime>) => void };

function Times({ wall, when, zone, error, onEdit }: TimesProps) {
  const today = wallTimeAt(new Date(), zone).date;
  const bounds = when === 'later' ? { min: today } : { max: today };
  const id = useId();
  const invalid = error ? ({ 'aria-invalid': true, 'aria-describedby': id } as const) : {};
  return (
    <div className="grid gap-x-3 gap-y-1.5 sm:grid-cols-2">
      <TextField label={words.date} type="date" name="date" required {...bounds} {...invalid} value={wall.date} onChange={(event) => onEdit({ date: event.target.value })} />
      <TextField label={words.time} type="time" name="time" required {...invalid} value={wall.time} onChange={(event) => onEdit({ time: event.target.value })} />
      {error && <p id={id} role="alert" className="text-bad col-span-full text-sm">{error}</p>}
    </div>
  );
}

/** The chosen time as clocks here show it and, where they differ, those of the site. */
function BothTimes({ instant, zone }: { instant: Date; zone: string }) {
  const shown = [{ name: words.yours, zone }];
  if (offsetName(instant, zone) !== offsetName(instant, SITE_TIME_ZONE)) shown.push({ name: words.site, zone: SITE_TIME_ZONE });
  return (
    <dl aria-live="polite" className="text-sm">
      {shown.map((each) => (
        <div key={each.name} className="flex flex-wrap gap-x-2">
          <dt className="text-ink-faint">{each.name}</dt>
          <dd>{messages.schedule.inZone(zonedTime(instant.toISOString(), each.zone), zoneName(instant, each.zone))}</dd>
        </div>
      ))}
    </dl>
  );
}

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;

/** The next full hour that is more than a quarter of an hour away, or now; what is chosen already stays. */
function initialInstant(when: When, chosen: When, at: string | undefined): Date {
  if (at && (when === chosen || when === 'later')) return new Date(at);
  const now = Date.now();
  return new Date(when === 'later' ? Math.ceil((now + QUARTER_MS) / HOUR_MS) * HOUR_MS : now);
}
