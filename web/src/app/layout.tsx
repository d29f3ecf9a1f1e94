import type { Metadata, Viewport } from 'next';
import { DIRECTION, LANGUAGE, messages } from '@/messages';
import { siteUrl } from '@/lib/base-urls';
import { NoticesPlace } from '@/components/ui/notices-place';
import { inter, jetbrainsMono, sourceSerif, sourceSerifItalic } from './fonts';
import './globals.css';
import '@/components/prose.css';

export const metadata: Metadata = {
  metadataBase: new URL(siteUrl()),
  title: { default: messages.site.name, template: `%s · ${messages.site.name}` },
  description: messages.site.description,
  openGraph: { siteName: messages.site.name, type: 'website', locale: LANGUAGE },
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fdfcf9' },
    { media: '(prefers-color-scheme: dark)', color: '#161513' },
  ],
};

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html
      lang={LANGUAGE}
      dir={DIRECTION}
      className={[inter, sourceSerif, sourceSerifItalic, jetbrainsMono].map(({ variable }) => variable).join(' ')}
      data-scroll-behavior="smooth"
      suppressHydrationWarning
    >
      <head>
        {/* Before the first paint: a page in the wrong theme would flash. */}
        <script src="/start.js" />
      </head>
      <body>
        <a
          href="#main"
          className="bg-surface text-ink absolute start-4 top-2 z-50 -translate-y-20 rounded-lg px-4 py-2 shadow-card focus:translate-y-0"
        >
          {messages.site.skip}
        </a>
        {children}
        <NoticesPlace />
      </body>
    </html>
  );
}
