import { Check, CloudOff, LoaderCircle, Pencil, TriangleAlert } from 'lucide-react';
import { messages } from '@/messages';
import { isAutosaved, phaseOf, rejectedFields, type Phase, type State } from './state';

const ICONS: Partial<Record<Phase, typeof Check>> = { saved: Check, saving: LoaderCircle, waiting: CloudOff, unsaved: Pencil, new: Pencil };

/** Save state in a word; problems are announced to screen readers. */
export function SaveStatus({ state }: { state: State }) {
  const { phases } = messages.studio.editor;
  const phase = phaseOf(state);
  const marked = phase === 'saved' && rejectedFields(state).length > 0;
  const Icon = marked ? TriangleAlert : (ICONS[phase] ?? TriangleAlert);
  const word = marked ? phases.fields : phase === 'unsaved' && !isAutosaved(state) ? phases.unsavedPublic : phases[phase];
  const quiet = !marked && ['new', 'saved', 'unsaved', 'saving'].includes(phase);
  return (
    <p data-phase={phase} className={`flex min-w-0 items-center gap-1.5 text-sm ${quiet ? 'text-ink-faint' : 'text-bad'}`}>
      <Icon aria-hidden className={`size-4 shrink-0 ${phase === 'saving' ? 'motion-safe:animate-spin' : ''}`} />
      <span className="truncate">{word}</span>
      {/* Autosave runs often, so only problems are announced. */}
      <span role="status" className="sr-only">{quiet ? '' : word}</span>
    </p>
  );
}
