import type { Import, ItemOutcome } from '@/client';
import { count, messages, plural } from '@/messages';

const { outcomes, images } = messages.imports;

/** The outcomes of the files of an import, in the order of the report. */
export const OUTCOMES = ['created', 'updated', 'unchanged', 'skipped', 'failed'] as const satisfies ItemOutcome[];

/** Return what the outcomes of an import are called: a check says what would become of a file. */
export const outcomeNames = ({ dry_run }: Import) => (dry_run ? outcomes.dry : outcomes.real);

/** Return the numbers of the files of an import, and of the images that came with them, in words; zeros are left out. */
export function countsOf({ counts, dry_run }: Import): string {
  const names = dry_run ? outcomes.inText.dry : outcomes.inText.real;
  const files = OUTCOMES.filter((each) => counts[each] > 0).map((each) => `${count(counts[each])} ${names[each]}`);
  return [...files, ...(counts.images > 0 ? [plural(counts.images, images)] : [])].join(', ');
}
