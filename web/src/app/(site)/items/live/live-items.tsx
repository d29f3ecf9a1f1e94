'use client';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listItemsOptions } from '@/client/@tanstack/react-query.gen';
import { failingOfError } from '@/components/failure';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { messages } from '@/messages';
import { ItemList } from '../item-list';

export function LiveItems() {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  return (
    <QueryClientProvider client={client}>
      <Items />
    </QueryClientProvider>
  );
}

function Items() {
  const { data, error, refetch } = useQuery(listItemsOptions());
  if (data) return <ItemList items={data} />;
  if (!error) return <Notice>{messages.items.loading}</Notice>;
  return (
    <Notice tone="bad">
      <p>{messages.errors[failingOfError(error)].text}</p>
      <Button look="secondary" size="small" className="mt-3" onClick={() => void refetch()}>
        {messages.errors.again}
      </Button>
    </Notice>
  );
}
