import type { Import, ItemOutcome } from '@/client';
import { count, messages } from '@/messages';

const { outcomes } = messages.imports;

/** The outcomes of the files of an import, in the order of the report. */
export const OUTCOMES = ['created', 'updated', 'unchanged', 'skipped', 'failed'] as const satisfies ItemOutcome[];

/** Return what the outcomes of an import are called: a check says what would become of a file. */
export const outcomeNames = ({ dry_run }: Import) => (dry_run ? outcomes.dry : outcomes.real);

/** Return the numbers of the files of an import that are not zero, in words. */
export function countsOf({ counts, dry_run }: Import): string {
  const names = dry_run ? outcomes.inText.dry : outcomes.inText.real;
  return OUTCOMES.filter((each) => counts[each] > 0)
    .map((each) => `${count(counts[each])} ${names[each]}`)
    .join(', ');
}
