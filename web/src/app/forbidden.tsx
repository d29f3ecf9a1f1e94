import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[403].title };

export default function Forbidden() {
  return <Failure failing={403} />;
}
