import { clsx, type ClassValue } from 'clsx';
import { twMerge } from 'tailwind-merge';

/** Join class names; of conflicting Tailwind classes the last wins. */
export const cn = (...classes: ClassValue[]) => twMerge(clsx(classes));
