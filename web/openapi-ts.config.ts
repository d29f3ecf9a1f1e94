/**
 * How are `src/client/` and `src/browser-client/` made? `make client` runs this on the exported document; nothing there
 * is written by hand. The first checks every answer with Zod and is for the server; the second is for browsers, which
 * get checked answers from the server and need not load Zod.
 */
import { $, defineConfig, type OpenApi, type Plugins, type UserConfig } from '@hey-api/openapi-ts';

type StringResolver = NonNullable<Plugins.Zod.Resolvers['string']>;

/**
 * Drop the discriminators of unions. Every problem says its `code` as a constant, so TypeScript tells them apart by
 * itself; the generator would write `{ code: 'SLUG_TAKEN' } & SlugTakenProblem`.
 */
function withoutDiscriminators(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('discriminator' in node && 'oneOf' in node) delete node.discriminator;
  Object.values(node).forEach(withoutDiscriminators);
}

/**
 * Check strings as JSON Schema does: lengths are counted in code points (Zod counts UTF-16 units, and would refuse a
 * title of emoji), patterns are in Unicode mode. Zod's own ideas of an e-mail address and a URL are narrower than the
 * document's, so those two formats are left to the service. `\u{…}`: the generator puts the bare character, NUL among
 * them, where it sees `\u0000`.
 */
const asInJsonSchema: StringResolver = (context) => {
  const { chain, nodes, schema } = context;
  const formatNode = nodes.format;
  nodes.format = (each) => (['email', 'uri'].includes(schema.format ?? '') ? undefined : formatNode(each));
  nodes.length = () => undefined;
  nodes.maxLength = () =>
    schema.maxLength === undefined
      ? undefined
      : chain.current.attr('regex').call(
          $.regexp(`^[^]{0,${schema.maxLength}}$`, 'u'),
          $.literal(`At most ${schema.maxLength} characters.`),
        );
  nodes.pattern = () =>
    schema.pattern === undefined
      ? undefined
      : chain.current
          .attr('regex')
          .call($.regexp(schema.pattern.replaceAll(/\\u([0-9a-fA-F]{4})/g, '\\u{$1}'), 'u'));
  return undefined; // The generator's own resolver puts the nodes together.
};

const document: Pick<UserConfig, 'input' | 'logs' | 'parser'> = {
  input: '../openapi/openapi.json',
  logs: { level: 'warn' },
  parser: { patch: (found: OpenApi.V2_0_X | OpenApi.V3_0_X | OpenApi.V3_1_X) => withoutDiscriminators(found) },
};

export default defineConfig([
  {
    ...document,
    output: { path: 'src/client', clean: true },
    plugins: [
      { name: '@hey-api/client-next', throwOnError: false, runtimeConfigPath: './src/api/address' },
      { name: '@hey-api/typescript', enums: 'javascript' },
      { name: '@hey-api/sdk', validator: { response: 'zod', request: false } },
      { name: 'zod', dates: { offset: true }, $resolvers: { string: asInJsonSchema } },
    ],
  },
  {
    ...document,
    output: { path: 'src/browser-client', clean: true },
    plugins: [
      { name: '@hey-api/client-next', throwOnError: false, runtimeConfigPath: './src/api/address' },
      { name: '@hey-api/typescript', enums: 'javascript' },
      '@hey-api/sdk',
      '@tanstack/react-query',
    ],
  },
]);
