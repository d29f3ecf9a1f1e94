import { Failure } from '@/components/failure';
import { messages } from '@/messages';

export const metadata = { title: messages.errors[401].title };

export default function Unauthorized() {
  return <Failure failing={401} />;
}
