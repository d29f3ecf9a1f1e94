import type { Item } from '@/client';
import { Empty } from '@/components/ui/empty';
import { messages, shortDate } from '@/messages';

export function ItemList({ items }: { items: Item[] }) {
  if (items.length === 0) return <Empty title={messages.items.empty} />;
  return (
    <ul className="divide-line grid divide-y">
      {items.map((item) => (
        <li key={item.id} className="flex justify-between gap-4 py-3">
          <span className="min-w-0 break-words">{item.name}</span>
          <time dateTime={item.created_at} className="text-ink-faint shrink-0 text-sm">
            {shortDate(item.created_at)}
          </time>
        </li>
      ))}
    </ul>
  );
}
