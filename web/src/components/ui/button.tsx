import { cva, type VariantProps } from 'class-variance-authority';
import { Slot } from 'radix-ui';
import { cn } from '@/lib/classes';
import { BUTTON, LOOKS, SIZES } from './button-look';

const styles = cva(BUTTON, { variants: { look: LOOKS, size: SIZES }, defaultVariants: { look: 'primary', size: 'medium' } });

type ButtonProps = React.ComponentProps<'button'> & VariantProps<typeof styles> & { asChild?: boolean };

/** Button; with `asChild` its child gets the look, such as a link. */
export function Button({ className, look, size, asChild = false, ...props }: ButtonProps) {
  const Component = asChild ? Slot.Root : 'button';
  return <Component className={cn(styles({ look, size }), className)} {...props} />;
}
