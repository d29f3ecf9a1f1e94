/** The roles to which people can be invited, in ascending order. */
import type { NewInvitation } from '@/client';

export const INVITED_ROLES = ['reader', 'author', 'editor'] as const satisfies NewInvitation['role'][];
