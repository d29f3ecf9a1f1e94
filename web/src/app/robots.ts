import type { MetadataRoute } from 'next';
import { siteUrl } from '@/lib/base-urls';

/** `/search` may be read: its pages say themselves that they are not for an index. */
export default function robots(): MetadataRoute.Robots {
  return {
    rules: { userAgent: '*', allow: '/', disallow: ['/api/', '/studio', '/account'] },
    sitemap: `${siteUrl()}/sitemap.xml`,
  };
}
