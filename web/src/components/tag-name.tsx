import { cn } from '@/lib/classes';

/**
 * The name of a tag. Isolated, as it may run in another direction than the text around it, and broken anywhere: up to 50
 * letters without a space would widen the page.
 */
export function TagName({ name, className }: { name: string; className?: string }) {
  return <bdi className={cn('wrap-anywhere', className)}>{name}</bdi>;
}
