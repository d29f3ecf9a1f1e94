/** A text with the search words highlighted, ignoring case. */
export function Highlighted({ text, words }: { text: string; words: string }) {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = text.split(new RegExp(`(${escaped})`, 'giu'));
  return parts.map((part, index) =>
    // `split` with a capture group returns the matches at odd indexes.
    index % 2 === 1 ? (
      <mark key={index} className="bg-accent-wash text-accent-strong rounded-sm">
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
