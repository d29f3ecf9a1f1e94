import { requireRole } from '@/session/current';

/** Asked here, too, above what is shown while a page is made: once something has been sent, no answer can be a 403. */
export default async function DashboardLayout({ children }: { children: React.ReactNode }) {
  await requireRole('author');
  return children;
}
