import { ManageLoading } from '@/components/studio/table-page';
import { messages } from '@/messages';

export default function Loading() {
  return <ManageLoading title={messages.audit.title} />;
}
