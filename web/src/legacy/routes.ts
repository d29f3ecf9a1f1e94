/**
 * The routes of this app, each with a feature flag for visitors who still get the legacy site's page. What is not listed
 * belongs to the legacy site, if there is one (`LEGACY_ORIGIN`).
 *
 *     'off'                   nobody: the route has moved here for good
 *     '25%'                   a quarter of the visitors, always the same ones; '0.5%' is one in two hundred
 *     'cookie site=legacy'    whoever has this cookie; 'cookie site' with any value
 *     'header x-site=legacy'  whoever sends this header; 'header x-site' with any value
 *
 * Without a new build, `LEGACY_ROUTES` of the running server has the last word: "/items=25%, /archive=off".
 */
export type Flag = 'off' | `${number}%` | `cookie ${string}` | `header ${string}`;

export const ROUTES = {
  '/': 'off',
  '/account': 'off',
  '/account/passkeys': 'off',
  '/account/two-factor': 'off',
  '/api/[...path]': 'off',
  '/archive': 'off',
  '/archive/[year]': 'off',
  '/atom.xml': 'off',
  '/authors/[username]': 'off',
  '/authors/[username]/page/[number]': 'off',
  '/confirm-email': 'off',
  '/feed.xml': 'off',
  '/forgot-password': 'off',
  '/icon': 'off',
  '/invitation': 'off',
  '/items': 'off',
  '/items/live': 'off',
  '/items/summary': 'off',
  '/login': 'off',
  '/manifest.webmanifest': 'off',
  '/media/[name]': 'off',
  '/opengraph-image': 'off',
  '/page/[number]': 'off',
  '/posts/[slug]': 'off',
  '/posts/[slug]/opengraph-image': 'off',
  '/reset-password': 'off',
  '/reading.js': 'off',
  '/robots.txt': 'off',
  '/search': 'off',
  '/sign-up': 'off',
  '/sign-up/confirm': 'off',
  '/sitemap.xml': 'off',
  '/start.js': 'off',
  '/studio': 'off',
  '/studio/api-keys': 'off',
  '/studio/audit': 'off',
  '/studio/calendar': 'off',
  '/studio/comments': 'off',
  '/studio/comments/[postId]': 'off',
  '/studio/dashboard': 'off',
  '/studio/imports': 'off',
  '/studio/imports/[importId]': 'off',
  '/studio/jobs': 'off',
  '/studio/mail': 'off',
  '/studio/mail/[mailId]': 'off',
  '/studio/media': 'off',
  '/studio/media/[mediaId]': 'off',
  '/studio/posts': 'off',
  '/studio/posts/[id]': 'off',
  '/studio/posts/[id]/preview': 'off',
  '/studio/posts/new': 'off',
  '/studio/tags': 'off',
  '/studio/tags/[tagId]': 'off',
  '/studio/trash': 'off',
  '/studio/users': 'off',
  '/studio/users/[userId]': 'off',
  '/studio/users/invitations': 'off',
  '/studio/webhooks': 'off',
  '/studio/webhooks/[webhookId]': 'off',
  '/studio/webhooks/[webhookId]/deliveries/[deliveryId]': 'off',
  '/studio/webhooks/[webhookId]/settings': 'off',
  '/studio/webhooks/new': 'off',
  '/tags': 'off',
  '/tags/[slug]': 'off',
  '/tags/[slug]/page/[number]': 'off',
  '/unsubscribe/[token]': 'off',
  '/webhooks/revalidate': 'off',
} satisfies Record<string, Flag>;

/** Pages that are rendered in advance, the same for everyone. All others are rendered for each request. */
export const STATIC_ROUTES: ReadonlySet<string> = new Set<keyof typeof ROUTES>([
  '/',
  '/archive',
  '/archive/[year]',
  '/authors/[username]',
  '/authors/[username]/page/[number]',
  '/items',
  '/items/live',
  '/page/[number]',
  '/posts/[slug]',
  '/tags',
  '/tags/[slug]',
  '/tags/[slug]/page/[number]',
]);

/** Reached from within alone: no visitor's address leads here. */
export const INTERNAL = ['/_global-error', '/_not-found', '/unavailable'];
