import type { Metadata } from 'next';
import { Queries } from '@/components/studio/shell-queries';
import { Shell } from '@/components/studio/shell';
import { RememberTimeZone } from '@/components/studio/remember-time-zone';
import { messages } from '@/messages';
import { requireUser } from '@/session/current';
import { viewerTimeZone } from '@/session/time-zone';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = {
  title: { default: messages.studio.title, template: `%s · ${messages.studio.title}` },
  robots: { index: false, follow: false },
};

/** The layout requires a user, and so does every page: layouts are not rendered again on navigation. */
export default async function StudioLayout({ children }: { children: React.ReactNode }) {
  const user = await requireUser();
  return (
    <Shell user={user}>
      <RememberTimeZone known={await viewerTimeZone()} />
      <Queries>{children}</Queries>
    </Shell>
  );
}
