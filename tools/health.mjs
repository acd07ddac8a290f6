// Asks a part of this machine how it is; exit code 0 when it is well. Plain JavaScript without packages: it runs every few seconds.
// node tools/health.mjs gateway DATA | node tools/health.mjs station PORT
import { readFileSync } from 'node:fs';

const TIMEOUT_MS = 4000;
const [part, where] = process.argv.slice(2);
const url =
  part === 'gateway'
    ? `http://127.0.0.1:${JSON.parse(readFileSync(`${where}/command-line.json`, 'utf8')).operationsPort}/healthz`
    : `http://127.0.0.1:${where}/healthz`;
const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error) => error);
if (answer.ok) process.exit(0);
process.stderr.write(answer instanceof Error ? `${part}: no answer (${answer.message})\n` : `${await answer.text()}\n`);
process.exit(1);
