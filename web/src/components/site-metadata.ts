/** Metadata of public pages: title, description, canonical URL and Open Graph. */
import type { Metadata } from 'next';
import { LANGUAGE, messages } from '@/messages';

/** Feed discovery. */
const FEEDS = { 'application/rss+xml': '/feed.xml', 'application/atom+xml': '/atom.xml' };

type Page = { path: string; title?: string; description?: string; canonical?: string };

/** Return the complete metadata of a page: Next does not merge nested metadata with the layout's. */
export function pageMetadata({ path, title, description = messages.site.description, canonical = path }: Page): Metadata {
  const { name } = messages.site;
  return {
    // `title: undefined` would replace the name of the site.
    ...(title !== undefined && { title }),
    description,
    alternates: { canonical, types: FEEDS },
    openGraph: { siteName: name, type: 'website', locale: LANGUAGE, url: path, title: title ?? name, description },
    twitter: { card: 'summary_large_image' },
  };
}
