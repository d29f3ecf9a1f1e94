/** Imports between the modules of src/: no cycles, and no Zod in the browser. The layers are in eslint.config.mjs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

type Module = { directive?: string; imports: { target: string; isType: boolean }[] };
type Modules = Map<string, Module>;

const WEB = join(import.meta.dirname, '..');
const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(WEB, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, WEB);

function sourceModules(): Modules {
  const names = readdirSync(join(WEB, 'src'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name)).map((name) => join(WEB, 'src', name));
  return new Map(files.map((file) => [relative(WEB, file), parsed(file, readFileSync(file, 'utf8'))]));
}

function parsed(file: string, text: string): Module {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const imports: Module['imports'] = [];
  const add = (specifier: ts.Node | undefined, isType: boolean) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const target = ts.resolveModuleName(specifier.text, file, options, ts.sys).resolvedModule?.resolvedFileName;
    if (target && !target.includes('node_modules')) imports.push({ target: relative(WEB, target), isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const [first] = source.statements;
  const isDirective = first && ts.isExpressionStatement(first) && ts.isStringLiteral(first.expression);
  return { directive: isDirective ? (first.expression as ts.StringLiteral).text : undefined, imports };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause || clause.name) return false;
  const { namedBindings: named } = clause;
  return clause.isTypeOnly || (named !== undefined && ts.isNamedImports(named) && named.elements.every((each) => each.isTypeOnly));
}

/** Return every module that can be reached from `start`, by what is loaded when it runs or by types as well. */
function reached(modules: Modules, start: string, withTypes: boolean): Set<string> {
  const seen = new Set<string>();
  const queue = [start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const found = modules.get(name);
    // A client component calls a Server Action by its id; nothing of its module is loaded.
    if (!found || (!withTypes && found.directive === 'use server')) continue;
    for (const { target, isType } of found.imports) {
      if (seen.has(target) || (isType && !withTypes)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
  return seen;
}

const inCycles = (modules: Modules) => [...modules.keys()].filter((name) => reached(modules, name, true).has(name));

const modules = sourceModules();
const ZOD = 'src/client/zod.gen.ts';

test('imports form no cycle, those of types included', () => {
  expect(modules.size).toBeGreaterThan(100);
  // The types of the generator's own client refer to one another.
  expect(inCycles(modules).filter((name) => !name.startsWith('src/client/client/'))).toEqual([]);
});

test('what a client component loads validates nothing with Zod', () => {
  const clients = [...modules.keys()].filter((name) => modules.get(name)?.directive === 'use client');
  expect(clients.length).toBeGreaterThan(10);
  expect(clients.filter((name) => reached(modules, name, false).has(ZOD))).toEqual([]);
  expect(reached(modules, 'src/app/(site)/items/page.tsx', false)).toContain(ZOD);
});

describe('a planted module', () => {
  const planted = (name: string, text: string) => new Map(modules).set(name, parsed(join(WEB, name), text));

  test('that imports a type of what imports it is in a cycle', () => {
    const name = 'src/components/studio/chart-months.tsx';
    expect(inCycles(planted(name, "import type { Months } from './dashboard-months';"))).toContain(name);
  });

  test('that takes an operation of the server loads Zod, and one that takes a type does not', () => {
    const name = 'src/components/planted.tsx';
    const loads = (text: string) => reached(planted(name, text), name, false).has(ZOD);
    expect(loads("'use client'; import { getMe } from '@/client';")).toBe(true);
    expect(loads("import { getMe } from '@/client/browser.gen'; import { type User } from '@/client';")).toBe(false);
  });
});
