import { clsx, type ClassValue } from 'clsx';
import { twMerge } from 'tailwind-merge';

/** Join class names; of two that contradict each other the last wins. */
export const cn = (...classes: ClassValue[]) => twMerge(clsx(classes));
