/** A text in which what was searched for stands out, in whatever case. */
export function Highlighted({ text, words }: { text: string; words: string }) {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = text.split(new RegExp(`(${escaped})`, 'giu'));
  return parts.map((part, index) =>
    // `split` puts what it split by at the odd places.
    index % 2 === 1 ? (
      <mark key={index} className="bg-accent-wash text-accent-strong rounded-sm">
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
