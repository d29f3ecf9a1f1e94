'use client';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { replaceMediaFile } from '@/client/browser.gen';
import { FileUpload } from '@/components/file-upload';
import { PassingNotice } from '@/components/ui/passing-notice';
import { messages } from '@/messages';

const { replace: words } = messages.media.one;

/** Form that uploads another file in the place of this one. */
export function ReplaceFile({ mediaId: media_id }: { mediaId: string }) {
  const router = useRouter();
  const [replaced, setReplaced] = useState(0);
  return (
    <div className="w-full max-w-xl">
      {replaced > 0 && <PassingNotice key={replaced}>{words.done}</PassingNotice>}
      <FileUpload
        label={words.file}
        submit={words.submit}
        send={(file, _form, options) => replaceMediaFile({ path: { media_id }, body: { file }, ...options })}
        onDone={() => {
          setReplaced((times) => times + 1);
          router.refresh();
        }}
      />
    </div>
  );
}
