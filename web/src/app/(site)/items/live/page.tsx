import Link from 'next/link';
import { messages } from '@/messages';
import { LiveItems } from './live-items';

const { items } = messages;

export const metadata = { title: items.title };

export default function LiveItemsPage() {
  return (
    <main id="main" className="mx-auto grid w-full max-w-2xl gap-8 px-5 py-16">
      <h1 className="font-serif text-4xl font-semibold">{items.title}</h1>
      <p className="text-ink-soft">{items.onClient}</p>
      <LiveItems />
      <Link href="/items" className="text-accent underline underline-offset-4">
        {items.toServer}
      </Link>
    </main>
  );
}
