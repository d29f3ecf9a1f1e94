/** ESLint rules of this app: no API request by hand, no server code in the browser, imports in one direction. */
import next from 'eslint-config-next/core-web-vitals';
import typescript from 'eslint-config-next/typescript';

/** What the generator, Next and the test runners write. */
const GENERATED = [
  '.next*/**', 'next-env.d.ts', 'src/client/**', 'test-results/**', 'screenshots/**',
];

/** The only files that send requests: the client's own `fetch`, and what passes on a response as it comes, unread. */
const PASSING_ON = ['src/lib/api-fetch.ts', 'src/lib/api-upload.ts', 'src/lib/upload-fetch.ts', 'src/lib/failed-pages.ts', 'src/legacy/reverse-proxy.ts'];

const BY_HAND =
  'Call the API by a function of @/client (on the server) or @/client/browser.gen (in the browser): a request written by ' +
  'hand is checked against no document. What passes on a response unread uses apiStreamFetch of src/lib/api-fetch.ts; ' +
  'src/legacy/reverse-proxy.ts sends requests to a legacy site.';

const GLOBALS = ['fetch', 'XMLHttpRequest', 'EventSource', 'WebSocket', 'WebSocketStream', 'WebTransport', 'fetchLater'];

const MODULES = [
  'axios', 'cross-fetch', 'got', 'http', 'http2', 'https', 'isomorphic-fetch', 'ky', 'net', 'node-fetch', 'node:http',
  'node:http2', 'node:https', 'node:net', 'node:tls', 'ofetch', 'superagent', 'tls', 'undici', 'wretch', 'ws',
];

/** What opens no connection: it reads addresses, or answers one that is there. */
const NO_CONNECTIONS = { 'node:http': ['IncomingMessage', 'ServerResponse'], 'node:net': ['BlockList', 'isIP'] };

const NO_REQUEST_BY_HAND = {
  'no-restricted-globals': [
    'error',
    {
      globals: GLOBALS.map((name) => ({ name, message: BY_HAND })),
      checkGlobalObject: true, // window.fetch and globalThis.fetch as well
    },
  ],
  'no-restricted-imports': [
    'error',
    { paths: MODULES.map((name) => ({ name, message: BY_HAND, allowImportNames: NO_CONNECTIONS[name] })) },
  ],
};

const HIDDEN_REQUESTS = [
  "MemberExpression[property.name='sendBeacon']",
  // const { fetch: get } = window
  `VariableDeclarator[init.name=/^(window|self|globalThis|global|navigator)$/] Property[key.name=/^(${GLOBALS.join('|')}|sendBeacon)$/]`,
  `ImportExpression[source.value=/^(${MODULES.join('|')})$/]`,
  `CallExpression[callee.name='require'][arguments.0.value=/^(${MODULES.join('|')})$/]`,
  // client.get({ url: '/api/posts' }): the generated client without its types.
  "CallExpression[callee.type='MemberExpression'] > ObjectExpression > Property[key.name='url']",
  // <form action="/api/posts">: no script, and a request all the same.
  'JSXAttribute[name.name=/^(action|formAction)$/][value.value=/^.?api/]',
].map((selector) => ({ selector, message: BY_HAND }));

const SIDES = /(^|[ :!])-?(left|right|[mp][lr]|scroll-[mp][lr]|text-left|text-right|(border|rounded)-(l|r|[tb][lr])|float-(left|right)|clear-(left|right))(-|$| )/;

const UNTRANSLATABLE = [
  {
    selector: `:matches(Literal[value=${SIDES}], TemplateElement[value.raw=${SIDES}])`,
    message: 'Say start and end, not left and right: the page must be right in a script that runs the other way.',
  },
  {
    selector: 'JSXAttribute[name.name=/^(aria-label|alt|title|label|lead|hint|placeholder|description)$/] > Literal[value=/^(?!https?:).*[A-Za-z]/]',
    message: 'Every visible word lives in src/messages, where it can be translated.',
  },
];

/** Marks and parts of addresses, the same in every language. */
const NO_WORDS = ['.', '·', '@', '←', '→', '›', '/posts/', '› posts ›'];

/** `@/client` validates responses with Zod: 30 kB that no browser needs. */
const serverClientStaysOnTheServer = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      value:
        'A client component takes only types from @/client; operations come from @/client/browser.gen, which are the ' +
        'same without the validation of responses on the server.',
    },
  },
  create(context) {
    const { ast } = context.sourceCode;
    if (!ast.body.some(({ directive }) => directive === 'use client')) return {};
    const check = (node) => {
      const { source, specifiers = [], importKind, exportKind } = node;
      if (!/^(@|\.+(\/\.\.)*)\/client(\/(?!browser\.gen$|@tanstack\/)|$)/.test(source?.value ?? '')) return;
      const typed = [importKind, exportKind].includes('type');
      const each = specifiers.length > 0 && specifiers.every((one) => [one.importKind, one.exportKind].includes('type'));
      if (!typed && !each) context.report({ node, messageId: 'value' });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};

/** Which folders of src/ a folder may not import from. Cycles are found by tests/imports.test.ts. */
const UPWARDS = {
  messages: ['api', 'app', 'client', 'components', 'legacy', 'lib', 'session'],
  lib: ['api', 'app', 'components', 'legacy', 'session'],
  components: ['api', 'app', 'legacy', 'session'],
  api: ['app', 'components', 'legacy', 'session'],
  session: ['app', 'components', 'legacy'],
  legacy: ['app', 'components'],
};

const LAYERS = Object.entries(UPWARDS).map(([folder, above]) => ({
  target: `./src/${folder}`,
  from: above.map((each) => `./src/${each}`),
  message: `src/${folder} may not import from ${above.join(', ')}: pass it in as a prop or an argument, or move the module.`,
}));

/** Files whose default export is what somebody else asks for by the file's name. */
const NAMED_BY_OTHERS = [
  '*.config.{ts,mjs}',
  'src/cache-handler.mjs',
  'src/app/**/{page,layout,template,default,loading,error,global-error,not-found,forbidden,unauthorized}.tsx',
  'src/app/**/{icon,apple-icon,opengraph-image,twitter-image}.tsx',
  'src/app/**/{sitemap,robots,manifest}.ts',
];

/** Loaded when they are looked at, by `lazy` or `dynamic`, which take a default export. */
const LAZY = ['src/components/comments/live.tsx', 'src/components/studio/chart-months.tsx'];

const config = [
  { ignores: GENERATED },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...next,
  ...typescript,
  {
    plugins: { colophon: { rules: { 'server-client-stays-on-the-server': serverClientStaysOnTheServer } } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'colophon/server-client-stays-on-the-server': 'error',
      'import/no-default-export': 'error',
      'no-console': ['error', { allow: ['error'] }],
      eqeqeq: ['error', 'smart'],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/**/*.test.{ts,tsx}'],
    rules: { 'import/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: LAYERS }] },
  },
  { files: [...NAMED_BY_OTHERS, ...LAZY], rules: { 'import/no-default-export': 'off' } },
  // Tests make the servers that they ask.
  { files: ['src/**/*.{ts,tsx}', 'public/**/*.js'], ignores: [...PASSING_ON, 'src/**/*.test.{ts,tsx}'], rules: NO_REQUEST_BY_HAND },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/**/*.test.{ts,tsx}', 'src/messages/**'],
    rules: {
      'no-restricted-syntax': ['error', ...HIDDEN_REQUESTS, ...UNTRANSLATABLE],
      'react/jsx-no-literals': ['error', { ignoreProps: true, allowedStrings: NO_WORDS }],
    },
  },
  // The theme is chosen before the first paint: a script that comes later would let the page flash.
  { files: ['src/app/layout.tsx'], rules: { '@next/next/no-sync-scripts': 'off' } },
  { files: ['scripts/**', 'tests/**'], rules: { 'no-console': 'off' } }, // They tell what they measure.
  // Playwright's fixtures are handed on by a function called `use`, which is no hook, and may ask for nothing: `{}`.
  { files: ['tests/browser/**'], rules: { 'react-hooks/rules-of-hooks': 'off', 'no-empty-pattern': 'off' } },
];

export default config;
