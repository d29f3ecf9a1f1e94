import type { PostStatus } from '@/client';
import { Badge } from '@/components/ui/badge';
import { messages } from '@/messages';

const TONES = { draft: 'warn', scheduled: 'accent', published: 'good', archived: 'plain' } as const;

/** Badge with the status of a post. */
export function Status({ status }: { status: PostStatus }) {
  return <Badge tone={TONES[status]}>{messages.studio.status[status]}</Badge>;
}
