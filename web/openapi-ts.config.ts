/**
 * The API client, generated into `src/client/` from the exported document by `make client`; nothing there is written by
 * hand. Types and runtime are shared by two sets of operations: those of `server.gen.ts`, which `index.ts` exports,
 * validate every response with Zod; those of `browser.gen.ts` do not, so that browsers need not load Zod.
 */
import { $, defineConfig, definePluginConfig, type IR, type OpenApi, type Plugins } from '@hey-api/openapi-ts';

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
 * Let a stream of events have the type of its data, which the client parses; in the document it is the whole event, with
 * the schema of the data in it.
 */
function withEventData(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    const content = name === 'text/event-stream' ? value?.schema?.properties?.data?.contentSchema : undefined;
    if (content) value.schema = content;
    else withEventData(value);
  }
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

/**
 * Write `server.gen.ts`: every operation of `browser.gen.ts` with its response validated by its schema in `zod.gen.ts`.
 * The validators of the SDK plugin itself would stand in `browser.gen.ts`, and browsers would load Zod.
 */
const validatedOperations = definePluginConfig({
  name: 'server',
  config: { exportFromIndex: true },
  dependencies: ['@hey-api/sdk', 'zod'],
  handler: ({ plugin }) => {
    const write = ({ operation }: { operation: IR.OperationObject }) => {
      const meta = { resource: 'operation', resourceId: operation.id };
      const plain = plugin.referenceSymbol({ category: 'sdk', ...meta });
      const schema = plugin.querySymbol({ category: 'schema', artifact: 'zod', role: 'responses', ...meta });
      const validator = schema && $.func().param('data').do($(schema).attr('parseAsync').call('data').return());
      const options = $.object().$if(validator, (object, value) => object.prop('responseValidator', value)).spread('options');
      plugin.node(
        $.const(plugin.symbol(plain.name))
          .export()
          .$if(operation.summary, (node, summary) => node.doc(summary))
          .type($.type.query(plain))
          .assign($.func().param('options').do($(plain).call(options).return())),
      );
    };
    plugin.forEach('operation', write, { order: 'declarations' });
  },
});

/** Write `idempotent.gen.ts`: the paths of the operations that accept an `Idempotency-Key`, each with its method. */
const idempotentOperations = definePluginConfig({
  name: 'idempotent',
  config: { exportFromIndex: false },
  dependencies: [],
  handler: ({ plugin }) => {
    const found: string[] = [];
    plugin.forEach('operation', ({ operation }: { operation: IR.OperationObject }) => {
      const headers = Object.values(operation.parameters?.header ?? {});
      if (headers.some(({ name }) => name.toLowerCase() === 'idempotency-key')) found.push(`${operation.method.toUpperCase()} ${operation.path}`);
    });
    plugin.node(
      $.const(plugin.symbol('idempotentOperations')).export().assign($.array(...found.map((each) => $.literal(each)))),
    );
  },
});

export default defineConfig({
  input: '../openapi/openapi.json',
  logs: { level: 'warn' },
  output: { path: 'src/client', clean: true },
  parser: { patch: (found: OpenApi.V2_0_X | OpenApi.V3_0_X | OpenApi.V3_1_X) => { withoutDiscriminators(found); withEventData(found); } },
  plugins: [
    { name: '@hey-api/client-next', throwOnError: false, runtimeConfigPath: './src/lib/base-urls' },
    { name: '@hey-api/typescript', enums: 'javascript' },
    // `browser.gen.ts` instead of `sdk.gen.ts`: the name says who may call these.
    { name: '@hey-api/sdk', exportFromIndex: false, $hooks: { symbols: { getFilePath: () => 'browser' } } },
    { name: 'zod', dates: { offset: true }, $resolvers: { string: asInJsonSchema } },
    '@tanstack/react-query',
    validatedOperations(),
    idempotentOperations(),
  ],
});
