'use client';
import Link from 'next/link';
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { buttonLook } from '@/components/ui/button-look';
import { site } from '@/messages/public';
import type { PostRef } from './permissions';

/** Distance from the viewport at which the interactive comments are loaded. */
const NEAR = '800px';

const LiveComments = lazy(() => import('./live'));

const never = () => () => undefined;
const isSignedIn = () => document.cookie.includes('signed-in=1');

/**
 * The comments as the server wrote them, until whoever is logged in comes near: only then is loaded what it takes to
 * write. All others read on and never load it.
 */
export function LazyComments({ post, children }: { post: PostRef; children: React.ReactNode }) {
  const signedIn = useSyncExternalStore(never, isSignedIn, () => false);
  const [place, isNear] = useNearViewport();
  const next = `?next=${encodeURIComponent(`/posts/${post.slug}#comments`)}`;
  if (signedIn && isNear) {
    return (
      <Suspense fallback={children}>
        <LiveComments post={post}>{children}</LiveComments>
      </Suspense>
    );
  }
  return (
    <div ref={place}>
      {children}
      {!post.isOpen && <p className="text-ink-faint mt-6 text-sm">{site.comments.closed}</p>}
      {post.isOpen && !signedIn && (
        <div className="for-visitors mt-6 flex flex-wrap gap-3">
          <Link href={`/login${next}`} prefetch={false} className={buttonLook('secondary')}>
            {site.comments.logInToComment}
          </Link>
          <Link href={`/sign-up${next}`} prefetch={false} className={buttonLook('quiet')}>
            {site.signUp}
          </Link>
        </div>
      )}
    </div>
  );
}

function useNearViewport() {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (!place.current) return undefined;
    const come: IntersectionObserverCallback = (entries) => entries.some((entry) => entry.isIntersecting) && setNear(true);
    const observer = new IntersectionObserver(come, { rootMargin: NEAR });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return [place, isNear] as const;
}
