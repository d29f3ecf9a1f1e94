/** RSS and Atom feeds: the latest posts in full, with absolute URLs. */
import { Feed } from 'feed';
import type { Post } from '@/client';
import { siteUrl } from '@/lib/base-urls';
import { publishedPost, publishedPosts } from '@/api/posts';
import { withWholeAddresses } from '@/lib/html';
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
    content: plainText(withWholeAddresses(post.body_html, link)),
    author: [{ name: plainText(display_name), link: username ? `${home}/authors/${username}` : undefined }],
    category: post.tags.map(({ name, slug }) => ({ name: tagName(plainText(name)), term: slug, scheme: `${home}/tags` })),
    date: new Date(post.updated_at),
    published: new Date(post.published_at ?? post.created_at),
  };
}
