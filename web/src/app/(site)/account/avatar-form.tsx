'use client';
import { startTransition, useActionState } from 'react';
import type { User } from '@/client';
import { setAvatar } from '@/client/browser.gen';
import { Avatar } from '@/components/avatar';
import { FileUpload } from '@/components/file-upload';
import { FormNotice, Submit } from '@/components/form';
import { fileSize, messages } from '@/messages';
import { avatarChanged, removeOwnAvatar } from './actions';

const { avatar: words } = messages.media;
const TYPES = '.png,.jpg,.jpeg,.webp,.gif,.avif';
/** The API's limit. */
const MAX_AVATAR_BYTES = 5 * 2 ** 20;
const SIZE = 96;

/** Form that uploads the user's picture, or removes it. */
export function AvatarForm({ user }: { user: User }) {
  const [state, changed] = useActionState(avatarChanged, {});
  const [removed, remove] = useActionState(removeOwnAvatar, {});
  return (
    <div className="grid gap-5">
      <FormNotice state={state} />
      <FormNotice state={removed} />
      <div className="flex flex-wrap items-center gap-5">
        <Avatar author={user} size={SIZE} />
        {user.avatar ? (
          <form action={remove}>
            <Submit look="secondary" size="small">
              {words.remove}
            </Submit>
          </form>
        ) : (
          <p className="text-ink-soft text-sm">{words.initials}</p>
        )}
      </div>
      <FileUpload
        label={words.file}
        hint={words.hint(fileSize(MAX_AVATAR_BYTES))}
        accept={TYPES}
        maxBytes={MAX_AVATAR_BYTES}
        submit={words.submit}
        send={(file, _form, options) => setAvatar({ path: { user_id: user.id }, body: { file }, ...options })}
        onDone={() => startTransition(() => changed())}
      />
    </div>
  );
}
