import { WithStepUp } from '@/app/with-step-up';
import { requireRole } from '@/session/current';

/** The role is checked here as well: below loading.tsx the response has begun, and its status cannot become 403. */
export default async function WebhooksLayout({ children }: { children: React.ReactNode }) {
  await requireRole('admin');
  return <WithStepUp>{children}</WithStepUp>;
}
