/** Next calls `register` once, before the server takes requests. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { recordVisitorAddresses } = await import('./session/visitor-address');
  recordVisitorAddresses();
}
