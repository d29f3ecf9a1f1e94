'use client';
import { useActionWithStatus } from '@/components/studio/status-message';
import { messages } from '@/messages';
import { saveEndpoint } from '../../actions';
import { EndpointForm, type EndpointFormProps } from '../../endpoint-form';

const { webhooks, manage } = messages;

/** Form to change an endpoint; `version` is the ETag of what it shows. */
export function EditEndpoint({ version, webhook, ...fields }: Required<EndpointFormProps> & { version: string }) {
  const [state, send] = useActionWithStatus(saveEndpoint);
  return (
    <EndpointForm {...fields} webhook={webhook} version={version} state={state} send={send} submit={webhooks.form.save}>
      {state.code === 'PRECONDITION_FAILED' && (
        <a href={`/studio/webhooks/${webhook.id}/settings`} className="mt-1 inline-block underline underline-offset-4">
          {manage.loadNewest}
        </a>
      )}
    </EndpointForm>
  );
}
