/** Says of a page that it is whole without scripts: they come when the reader reaches for something (lib/page-cache). */
export function ScriptsLater() {
  return <meta name="scripts" content="later" />;
}
