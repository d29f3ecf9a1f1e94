'use client';
import type { Media } from '@/client';
import { Confirm } from '@/components/studio/table-confirm';
import { messages } from '@/messages';
import { removeMedia } from '../actions';

const { remove: words } = messages.media.one;

/** Button that deletes a file; if it is in use, the answer says so. */
export function RemoveFile({ media: { id, file_name } }: { media: Media }) {
  return (
    <Confirm
      open={words.open}
      title={words.ask(file_name)}
      text={words.text}
      fields={{ media_id: id }}
      action={removeMedia}
      submit={words.submit}
    />
  );
}
