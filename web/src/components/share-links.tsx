import { Icon } from '@/components/ui/icon';
import { messages } from '@/messages';

const look =
  'border-line text-ink-soft hover:border-line-strong hover:text-ink inline-flex min-h-11 items-center gap-2 rounded-full border px-4 text-sm font-medium transition-colors';

/**
 * Links that share a page. They lead where the reader decides what to post: nothing of the other sites is loaded here,
 * and until a link is followed they hear of nobody.
 */
export function ShareLinks({ url, title }: { url: string; title: string }) {
  const { post } = messages.site;
  const both = encodeURIComponent(`${title}\n${url}`);
  const places = [
    // Mastodon's own page asks for the reader's server; the text is behind the #, which no server gets.
    ['Mastodon', `https://share.joinmastodon.org/#text=${both}`],
    ['Bluesky', `https://bsky.app/intent/compose?text=${both}`],
  ] as const;
  return (
    <section aria-labelledby="share" className="mt-12 print:hidden">
      <h2 id="share" className="text-ink-faint mb-3 text-xs font-semibold tracking-widest uppercase">
        {post.share}
      </h2>
      <ul className="flex flex-wrap gap-2">
        <li className="needs-scripts">
          <button type="button" data-copy={url} className={`copy ${look}`}>
            <Icon>
              <path d="M10 13a5 5 0 0 0 7.5.5l3-3a5 5 0 0 0-7-7l-1.7 1.6M14 11a5 5 0 0 0-7.5-.5l-3 3a5 5 0 0 0 7 7l1.7-1.6" />
            </Icon>
            <span className="copy-before">{post.copyLink}</span>
            <span className="copy-after">{post.copied}</span>
          </button>
        </li>
        {places.map(([place, href]) => (
          <li key={place}>
            <a href={href} target="_blank" rel="noopener" aria-label={post.shareOn(place)} className={look}>
              {place}
            </a>
          </li>
        ))}
        <li>
          <a href={`mailto:?subject=${encodeURIComponent(title)}&body=${encodeURIComponent(url)}`} className={look}>
            {post.shareByMail}
          </a>
        </li>
        <li className="shares-natively">
          <button type="button" data-share={url} data-title={title} className={look}>
            {post.shareElsewhere}
          </button>
        </li>
      </ul>
    </section>
  );
}
