import { cva, type VariantProps } from 'class-variance-authority';
import { cn } from '@/lib/classes';

const styles = cva('inline-flex items-center gap-1 rounded-full px-2.5 py-0.5 text-xs font-medium', {
  variants: {
    tone: {
      plain: 'bg-sunken text-ink-soft',
      accent: 'bg-accent-wash text-accent-strong',
      good: 'bg-good-wash text-good',
      warn: 'bg-warn-wash text-warn',
      bad: 'bg-bad-wash text-bad',
    },
  },
  defaultVariants: { tone: 'plain' },
});

export function Badge({ tone, className, ...props }: React.ComponentProps<'span'> & VariantProps<typeof styles>) {
  return <span className={cn(styles({ tone }), className)} {...props} />;
}
