/** Vitest projects: `unit` and `components` need nothing, `redis` needs redis-server, `journey`
 * needs a running API at `API_BASE_URL`. */
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  test: {
    // These end what hangs, and nothing else: a machine that is ten times slower passes.
    hookTimeout: 120_000,
    testTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts', 'tests/*.test.ts'] } },
      { extends: true, test: { name: 'components', include: ['src/**/*.test.tsx'], environment: 'happy-dom' } },
      { extends: true, test: { name: 'redis', include: ['tests/redis/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'journey',
          include: ['tests/journey/*.test.ts'],
          // One process for all its files: they share nothing but the service, and start twice as fast.
          isolate: false,
        },
      },
    ],
  },
});
