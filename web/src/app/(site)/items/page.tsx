import Link from 'next/link';
import { newestItems } from '@/api/items';
import { messages } from '@/messages';
import { AddItem } from './add-item';
import { ItemList } from './item-list';

const { items } = messages;

export const metadata = { title: items.title };

export default async function ItemsPage() {
  return (
    <main id="main" className="mx-auto grid w-full max-w-2xl gap-8 px-5 py-16">
      <h1 className="font-serif text-4xl font-semibold">{items.title}</h1>
      <p className="text-ink-soft">{items.lead}</p>
      <ItemList items={await newestItems()} />
      <AddItem />
      <Link href="/items/live" className="text-accent underline underline-offset-4">
        {items.toClient}
      </Link>
    </main>
  );
}
