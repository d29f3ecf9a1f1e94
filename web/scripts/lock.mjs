/**
 * Writes package-lock.json anew after a change in package.json (`make lock`), moving nothing else.
 *
 * A registry may carry only the binaries of the platforms it serves. npm then leaves the others out of the lock, and
 * `npm ci` refuses such a lock: they are written in by name and version, without a hash, which npm adds where it can
 * read them. Addresses go: whoever installs uses the registry that is configured there, and the hashes hold either way.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOCK = 'package-lock.json';
const PLATFORM = /(?:(?<os>android|darwin|freebsd|linux|openharmony|win32)-)?(?<cpu>arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|wasm32)(?:-(?<abi>\w+))?$/;

// Apart from node_modules: what is installed knows no hashes, and npm would ask it first.
const apart = mkdtempSync(join(tmpdir(), 'lock-'));
for (const file of ['package.json', LOCK]) if (existsSync(file)) copyFileSync(file, join(apart, file));
const command = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
execFileSync('npm', command, { cwd: apart, stdio: ['ignore', 'ignore', 'inherit'] });
const lock = JSON.parse(readFileSync(join(apart, LOCK), 'utf8'));
rmSync(apart, { recursive: true });

for (const [place, found] of Object.entries(lock.packages)) {
  delete found.funding;
  delete found.resolved;
  for (const [name, version] of Object.entries(found.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const platform = PLATFORM.exec(name)?.groups;
    if (lock.packages[path] || lock.packages[`${place}/${path}`] || !platform) continue;
    const { os, cpu, abi } = platform;
    lock.packages[path] = {
      version,
      cpu: [cpu],
      ...(found.dev && { dev: true }),
      ...(os === 'linux' && { libc: [abi?.startsWith('musl') ? 'musl' : 'glibc'] }),
      license: found.license,
      optional: true,
      ...(os && { os: [os] }),
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
