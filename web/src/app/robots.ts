import type { MetadataRoute } from 'next';
import { siteUrl } from '@/lib/base-urls';

/** `/search` is allowed: crawlers must read its pages to see their `noindex`. */
export default function robots(): MetadataRoute.Robots {
  return {
    rules: { userAgent: '*', allow: '/', disallow: ['/api/', '/studio', '/account', '/invitation', '/forgot-password', '/reset-password', '/confirm-email', '/sign-up/confirm', '/unsubscribe'] },
    sitemap: `${siteUrl()}/sitemap.xml`,
  };
}
