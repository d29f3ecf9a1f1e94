/**
 * What is put at the start of a mail's head: nothing is loaded from anywhere, as in mail programs that block remote images, and
 * links open in another tab. The frame has the policy of the page as well.
 */
const HEAD = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"><base target="_blank">`;

const HEAD_TAG = /<head(\s[^>]*)?>/i;

/** Return the document of the frame for the HTML part of a mail. */
export const frameDocument = (html: string) => (HEAD_TAG.test(html) ? html.replace(HEAD_TAG, (tag) => tag + HEAD) : HEAD + html);

/** The HTML part of a mail, in a frame of its own origin without scripts and forms. */
export function HtmlFrame({ title, html }: { title: string; html: string }) {
  return (
    <iframe
      title={title}
      srcDoc={frameDocument(html)}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      className="border-line rounded-card h-[min(70dvh,40rem)] w-full border bg-white"
    />
  );
}
