'use client';
import type { Webhook, WebhookEventType } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import type { FormState } from '@/components/form-state';
import { StepUp } from '@/components/step-up';
import { TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { EventFields } from './event-fields';

const { form: words } = messages.webhooks;

export type EndpointFormProps = {
  types: WebhookEventType[];
  webhook?: Webhook;
  /** The usernames of the authors whose posts are told of. */
  authors?: string[];
};

type Props = EndpointFormProps & {
  /** The ETag of `webhook`. */
  version?: string;
  state: FormState;
  send: (form: FormData) => void;
  submit: string;
  /** Shown with the error message. */
  children?: React.ReactNode;
};

/** The form of an endpoint: of a new one, or of `webhook`. */
export function EndpointForm({ types, webhook, authors = [], version, state, send, submit, children }: Props) {
  const { values, errors, done: _announced, ...failure } = state;
  const known = webhook ? webhook.events : [];
  const chosen = values ? (values.which_events === 'all' ? null : (values.events ?? '').split(' ')) : known;
  return (
    <form action={send} className="grid w-full max-w-2xl gap-6">
      <FormNotice state={failure}>{children}</FormNotice>
      <StepUp state={state} />
      {webhook && <input type="hidden" name="webhook_id" value={webhook.id} />}
      {version && <input type="hidden" name="version" value={version} />}
      <TextField
        label={words.url}
        hint={words.urlHint}
        name="url"
        type="url"
        required
        autoComplete="off"
        {...RULES.webhookUrl}
        defaultValue={values?.url ?? webhook?.url}
        error={errors?.url}
      />
      <TextField
        label={words.description}
        hint={words.descriptionHint}
        name="description"
        autoComplete="off"
        {...RULES.webhookDescription}
        defaultValue={values?.description ?? webhook?.description}
        error={errors?.description}
      />
      <EventFields
        key={`${values?.which_events} ${values?.events}`}
        types={types}
        chosen={chosen}
        error={errorOf(errors, 'events')}
      />
      <fieldset className="grid min-w-0 gap-4">
        <legend className="text-sm font-medium">{words.filters}</legend>
        <p className="text-ink-faint text-sm">{words.filtersHint}</p>
        <TextField
          label={words.tags}
          hint={words.tagsHint}
          name="tags"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={values?.tags ?? webhook?.tags.join(', ')}
          error={errorOf(errors, 'tags')}
        />
        <TextField
          label={words.authors}
          hint={words.authorsHint}
          name="authors"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={values?.authors ?? authors.join(', ')}
          error={errorOf(errors, 'authors')}
        />
      </fieldset>
      <Submit className="justify-self-start">{submit}</Submit>
    </form>
  );
}

/** Return the error of a list, which may be that of one of its items: `tags.0`. */
function errorOf(errors: FormState['errors'], field: string): string | undefined {
  return Object.entries(errors ?? {}).find(([name]) => name === field || name.startsWith(`${field}.`))?.[1];
}
