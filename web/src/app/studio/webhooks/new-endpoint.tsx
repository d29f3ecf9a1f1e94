'use client';
import Link from 'next/link';
import { useState } from 'react';
import { useActionWithStatus } from '@/components/studio/status-message';
import { Button } from '@/components/ui/button';
import { messages } from '@/messages';
import { createEndpoint } from './actions';
import { EndpointForm, type EndpointFormProps } from './endpoint-form';
import { SecretOnce } from './secret-once';

const { form, secret: words } = messages.webhooks;

/** Form for a new endpoint; then, in its place, the secret. `children` says how to use it. */
export function NewEndpoint({ children, ...fields }: EndpointFormProps & { children: React.ReactNode }) {
  const [created, setCreated] = useState<{ id: string; secret: string }>();
  const [state, send] = useActionWithStatus(async (before, values) => {
    const { created, ...after } = await createEndpoint(before, values);
    if (created) setCreated(created);
    return after;
  });
  if (!created) return <EndpointForm {...fields} state={state} send={send} submit={form.create} />;
  return (
    <div className="grid gap-6">
      <SecretOnce secret={created.secret} lead={words.createdLead} />
      {children}
      <Button asChild className="justify-self-start">
        <Link href={`/studio/webhooks/${created.id}`}>{words.go}</Link>
      </Button>
    </div>
  );
}
