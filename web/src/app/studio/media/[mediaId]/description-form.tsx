'use client';
import type { Media } from '@/client';
import { FormNotice, Submit } from '@/components/form';
import { FocalPoint } from '@/components/media/focal-point';
import { imageOf } from '@/components/media/image-of';
import { useActionWithStatus } from '@/components/studio/status-message';
import { TextArea, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import { saveMedia } from '../actions';

const { details: words, focal } = messages.media.one;

/** Form of what is written about a file, and of the focal point of a picture; `version` is the ETag of what it shows. */
export function DescriptionForm({ media, version }: { media: Media; version: string }) {
  const [{ values, errors, message, code }, send] = useActionWithStatus(saveMedia);
  const { id, alt_text, caption, credit } = media;
  const image = imageOf(media);
  return (
    <form action={send} className="grid w-full gap-5">
      <FormNotice state={{ message }}>
        {code === 'PRECONDITION_FAILED' && (
          <a href={`/studio/media/${id}`} className="mt-1 inline-block underline underline-offset-4">
            {messages.manage.loadNewest}
          </a>
        )}
      </FormNotice>
      <input type="hidden" name="media_id" value={id} />
      <input type="hidden" name="version" value={version} />
      {image && (
        <section aria-label={focal.title} className="grid gap-3">
          <h3 className="text-sm font-medium">{focal.title}</h3>
          <p className="text-ink-faint text-sm">{focal.lead}</p>
          <FocalPoint image={image} />
        </section>
      )}
      {image && (
        <TextArea label={words.alt} hint={words.altHint} name="alt_text" rows={2} {...RULES.altText} defaultValue={values?.alt_text ?? alt_text} error={errors?.alt_text} />
      )}
      <TextArea label={words.caption} hint={words.captionHint} name="caption" rows={2} {...RULES.caption} defaultValue={values?.caption ?? caption} error={errors?.caption} />
      <TextField label={words.credit} hint={words.creditHint} name="credit" {...RULES.credit} defaultValue={values?.credit ?? credit} error={errors?.credit} />
      <Submit className="justify-self-start">{words.save}</Submit>
    </form>
  );
}
