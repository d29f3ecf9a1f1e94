import { cva, type VariantProps } from 'class-variance-authority';
import { cn } from '@/lib/classes';

const styles = cva('rounded-lg border px-4 py-3 text-sm', {
  variants: {
    tone: {
      good: 'border-good/30 bg-good-wash text-good',
      warn: 'border-warn/30 bg-warn-wash text-warn',
      bad: 'border-bad/30 bg-bad-wash text-bad',
      plain: 'border-line bg-sunken text-ink-soft',
    },
  },
  defaultVariants: { tone: 'plain' },
});

/** Message box. Errors have the role `alert`, others `status`. */
export function Notice({ tone, className, ...props }: React.ComponentProps<'div'> & VariantProps<typeof styles>) {
  return <div role={tone === 'bad' ? 'alert' : 'status'} className={cn(styles({ tone }), className)} {...props} />;
}
