/** Metadata of public pages: title, description, canonical URL and Open Graph. */
import type { Metadata } from 'next';
import { LANGUAGE, messages } from '@/messages';

/** Where feed readers look. */
const FEEDS = { 'application/rss+xml': '/feed.xml', 'application/atom+xml': '/atom.xml' };

type Page = { path: string; title?: string; description?: string; canonical?: string };

/** Return the metadata of a page. A page that says something of its own has to say all: Next does not merge deeply. */
export function pageMetadata({ path, title, description = messages.site.description, canonical = path }: Page): Metadata {
  const { name } = messages.site;
  return {
    // `title: undefined` would win over the name of the site.
    ...(title !== undefined && { title }),
    description,
    alternates: { canonical, types: FEEDS },
    openGraph: { siteName: name, type: 'website', locale: LANGUAGE, url: path, title: title ?? name, description },
    twitter: { card: 'summary_large_image' },
  };
}
