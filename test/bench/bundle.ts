// SPDX-License-Identifier: Apache-2.0
/** The gateway as a clinic host may run it: bundled by esbuild to JavaScript, its worker threads beside it. */
import { globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where the native serial binding is found from, and no version control looks. */
const OUT = `${ROOT}node_modules/.lamplight-bench/`;
const ENTRY = `
  import { gatewayCommand } from '../../gateway/main.ts';
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const { stdout, stderr, stdin, env } = process;
  const code = await gatewayCommand(process.argv.slice(3), { stdout, stderr, stdin, env, signal: stop.signal });
  process.exit(code);
`;
const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const WORKER_URL = /new URL\('\.{1,2}\/(?:[\w-]+\/)*([\w-]+\.worker)\.ts', import\.meta\.url\)/g;

/** Bundles the gateway; gives the path of the program, which takes the arguments of `lamplight gateway`. */
export async function bundleGateway(): Promise<string> {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const options: BuildOptions = {
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifyWhitespace: true,
    minifySyntax: true,
    // What is loaded only where it is configured stays a file of its own, and a package of its own.
    splitting: true,
    external: ['@serialport/bindings-cpp', '@grpc/grpc-js', '@hyperledger/fabric-gateway'],
    banner: { js: BANNER },
    plugins: [flatWorkers],
    logLevel: 'warning',
  };
  const workers = globSync('gateway/**/*.worker.ts', { cwd: ROOT });
  await writeFile(`${OUT}gateway.ts`, ENTRY);
  await build({ ...options, entryPoints: [`${OUT}gateway.ts`, ...workers], entryNames: '[name]', outdir: OUT });
  return `${OUT}gateway.js`;
}

/** All bundles lie in one folder: a worker is found beside the program, as JavaScript. */
const flatWorkers: Plugin = {
  name: 'flat-workers',
  setup({ onLoad }) {
    onLoad({ filter: /\/gateway\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replaceAll(WORKER_URL, "new URL('./$1.js', import.meta.url)"), loader: 'ts' };
    });
  },
};
