import { useRef, useState } from 'react';
import type { Image } from '@/client';
import { ChosenPicture } from '@/components/media/chosen-picture';
import { MediaPicker } from '@/components/media/picker';
import { Button } from '@/components/ui/button';
import { TextArea, TextField } from '@/components/ui/field';
import { RULES } from '@/lib/input-rules';
import { messages } from '@/messages';
import type { AutosaveStore } from './autosave';
import type { State } from './state';

const { post: words } = messages.media;

/** The pictures of a post: the cover with its texts, and the card that is shown where the post is shared. */
export function PicturesPanel({ store, state }: { store: AutosaveStore; state: State }) {
  const { post, current, rejected } = state;
  // The service takes the texts of another cover away; so does the editor, in sight.
  const setCover = (cover_id: string) => store.edit({ cover_id, cover_alt_text: '', cover_caption: '' });
  return (
    <section aria-label={words.heading} className="border-line grid grid-cols-[minmax(0,1fr)] gap-5 border-t pt-6">
      <h3 className="text-ink-faint text-sm font-medium">{words.heading}</h3>
      <PictureField label={words.cover} hint={words.coverHint} id={current.cover_id} known={post?.cover} error={rejected.cover_id?.message} onChange={setCover} />
      {current.cover_id && (
        <>
          <TextArea
            label={words.alt}
            hint={words.altHint}
            rows={2}
            error={rejected.cover_alt_text?.message}
            {...RULES.altText}
            value={current.cover_alt_text}
            onChange={(event) => store.edit({ cover_alt_text: event.target.value })}
          />
          <TextField
            label={words.caption}
            hint={words.captionHint}
            error={rejected.cover_caption?.message}
            {...RULES.caption}
            value={current.cover_caption}
            onChange={(event) => store.edit({ cover_caption: event.target.value })}
          />
        </>
      )}
      <PictureField label={words.card} hint={words.cardHint} id={current.card_id} known={post?.card} error={rejected.card_id?.message} onChange={(card_id) => store.edit({ card_id })} />
    </section>
  );
}

type PictureFieldProps = {
  label: string;
  hint: string;
  /** Empty for none. */
  id: string;
  /** What the post says of the picture that is saved. */
  known?: Image | null;
  error?: string;
  onChange: (id: string) => void;
};

/** A picture that is chosen in the library. */
function PictureField({ label, hint, id, known, error, onChange }: PictureFieldProps) {
  const [isChoosing, setChoosing] = useState(false);
  const chooser = useRef<HTMLButtonElement>(null);
  function remove() {
    onChange('');
    chooser.current?.focus(); // The button that had it goes with the picture.
  }
  return (
    <div role="group" aria-label={label} className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
      <p aria-hidden className="text-sm font-medium">{label}</p>
      {id && <ChosenPicture id={id} known={known} />}
      <div className="flex flex-wrap gap-2">
        <Button ref={chooser} type="button" look="secondary" size="small" aria-label={id ? words.changeFor(label) : words.chooseFor(label)} onClick={() => setChoosing(true)}>
          {id ? words.change : words.choose}
        </Button>
        {id && (
          <Button type="button" look="quiet" size="small" aria-label={words.removeFor(label)} onClick={remove}>
            {words.remove}
          </Button>
        )}
      </div>
      <p className="text-ink-faint text-sm">{hint}</p>
      {error && <p role="alert" className="text-bad text-sm">{error}</p>}
      {isChoosing && (
        <MediaPicker
          onClose={() => setChoosing(false)}
          onChoose={(media) => {
            setChoosing(false);
            onChange(media.id);
          }}
        />
      )}
    </div>
  );
}
