/** RSS and Atom feeds: the latest posts in full, with absolute URLs. */
import { Feed } from 'feed';
import type { Image, Post } from '@/client';
import { siteUrl } from '@/lib/base-urls';
import { publishedPost, publishedPosts } from '@/api/posts';
import { escaped, withWholeAddresses } from '@/lib/html';
import { plainText } from '@/lib/plain-text';
import { LANGUAGE, messages } from '@/messages';

const POSTS_IN_FEED = 20;

/** Return the feed; `tagName` writes the name of a tag as the format needs it. */
export async function latestFeed(tagName = (name: string) => name): Promise<Feed> {
  const latest = await publishedPosts({ per_page: POSTS_IN_FEED });
  const posts = await Promise.all(latest.map(({ slug }) => publishedPost(slug)));
  const home = siteUrl();
  const { name, description } = messages.site;
  const feed = new Feed({
    id: `${home}/`,
    link: `${home}/`,
    title: name,
    description,
    language: LANGUAGE,
    copyright: '',
    generator: name,
    favicon: `${home}/icon`,
    // The date of the newest post, not the current time: an unchanged feed has the same bytes.
    updated: new Date(posts[0]?.published_at ?? 0),
    feedLinks: { rss: `${home}/feed.xml`, atom: `${home}/atom.xml` },
  });
  for (const post of posts) feed.addItem(itemOf(post, home, tagName));
  return feed;
}

/** Return the cover as the beginning of a text: many readers of feeds show nothing else. */
function coverHtml(cover: Image | null): string {
  if (!cover) return '';
  const { url, alt_text, width, height, caption, credit } = cover;
  const below = [caption, credit].filter(Boolean).join(' ');
  const figcaption = below && `<figcaption>${escaped(below)}</figcaption>`;
  return `<figure><img src="${url}" alt="${escaped(alt_text)}" width="${width}" height="${height}">${figcaption}</figure>`;
}

/** Return the cover as an enclosure: in the size of a card, which is less to load than the original. */
function enclosureOf({ crops, url, media_type }: Image, home: string) {
  return crops.card ? { url: home + crops.card.url, type: 'image/jpeg' } : { url: home + url, type: media_type };
}

/** Texts are cleaned: one that was written before the API refused control characters would break the whole feed. */
function itemOf(post: Post, home: string, tagName: (name: string) => string) {
  const link = `${home}/posts/${post.slug}`;
  const { display_name, username } = post.author;
  return {
    title: plainText(post.title),
    // The id, not the URL, which may change: feed readers would show the post again.
    id: `urn:uuid:${post.id}`,
    guid: `urn:uuid:${post.id}`,
    link,
    description: plainText(post.excerpt),
    content: plainText(withWholeAddresses(coverHtml(post.cover) + post.body_html, link)),
    ...(post.cover && { image: enclosureOf(post.cover, home) }),
    author: [{ name: plainText(display_name), link: username ? `${home}/authors/${username}` : undefined }],
    category: post.tags.map(({ name, slug }) => ({ name: tagName(plainText(name)), term: slug, scheme: `${home}/tags` })),
    date: new Date(post.updated_at),
    published: new Date(post.published_at ?? post.created_at),
  };
}
