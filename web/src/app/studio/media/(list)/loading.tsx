import { messages } from '@/messages';

export default function Loading() {
  const { media, manage } = messages;
  return (
    <main id="main" aria-busy className="mx-auto grid w-full max-w-5xl content-start gap-6 px-5 py-8 md:px-10 md:py-12">
      <h1 className="font-serif text-3xl font-semibold">{media.title}</h1>
      <p role="status" className="sr-only">
        {manage.loading}
      </p>
      <div aria-hidden className="grid animate-pulse grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-4">
        {Array.from({ length: 8 }, (_, at) => (
          <div key={at} className="bg-sunken aspect-square rounded-lg" />
        ))}
      </div>
    </main>
  );
}
