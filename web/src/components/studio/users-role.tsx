import type { Role } from '@/client';
import { Badge } from '@/components/ui/badge';
import { messages } from '@/messages';

const TONES = { reader: 'plain', author: 'plain', editor: 'warn', admin: 'accent' } as const;

/** Name of a role. */
export function RoleBadge({ role }: { role: Role }) {
  return <Badge tone={TONES[role]}>{messages.manage.users.roles[role]}</Badge>;
}
