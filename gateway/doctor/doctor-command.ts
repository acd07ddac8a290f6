// SPDX-License-Identifier: Apache-2.0
/** `lamplight doctor`: what is well, what is not, and what to do. With --fix it mends what is safe to mend, then looks again. */
import { chmod } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import type { Config } from '../config.ts';
import { type DataPaths, dataPaths } from '../data-directory.ts';
import { checkSeriesStore } from '../series/series-check.ts';
import { collectFacts } from './collect.ts';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './findings.ts';

const OPTIONS = {
  data: { type: 'string', default: 'lamplight-data' },
  fix: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;
const MARK = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

/** Resolves with 0 when nothing is a problem (warnings are none), else 1. */
export const doctorCommand: Command = async (argv, io) => {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  const paths = dataPaths(values.data);
  const first = await collectFacts(paths, io);
  const mended = values.fix ? await mend(first.facts, first.config, paths) : [];
  const findings = findingsOf(mended.length > 0 ? (await collectFacts(paths, io)).facts : first.facts);
  io.stdout.write(values.json ? `${JSON.stringify({ findings, mended })}\n` : inWords(findings, mended));
  return findings.some(({ level }) => level === 'problem') ? 1 : 0;
};

/** Mends what the findings name as mendable; says what was done. */
async function mend(facts: Facts, config: Config, paths: DataPaths): Promise<string[]> {
  const wanted = new Set(findingsOf(facts).map(({ fix }) => fix));
  const mended: string[] = [];
  if (wanted.has('modes')) mended.push(...(await mendModes(facts)));
  if (wanted.has('series')) {
    const wasWell = new Set(facts.series.map(({ what }) => what));
    const now = await checkSeriesStore(config, { fix: true, paths });
    mended.push(...now.filter(({ ok, what }) => ok && !wasWell.has(what)).map(({ what }) => what));
  }
  return mended;
}

async function mendModes({ directory, privateFiles }: Facts): Promise<string[]> {
  const mended: string[] = [];
  const set = async (file: { name: string; path: string; mode: number; isOurs: boolean }, mode: number) => {
    if (file.mode === mode || !file.isOurs) return;
    await chmod(file.path, mode);
    mended.push(`${file.name} is mode ${mode.toString(8)} now (was ${file.mode.toString(8)})`);
  };
  if (directory) await set(directory, 0o700);
  for (const file of privateFiles) await set(file, 0o600);
  return mended;
}

function inWords(findings: readonly Finding[], mended: readonly string[]): string {
  const lines = findings.flatMap(({ level, name, what, advice }) => [
    `${MARK[level]}${name}: ${what}`,
    ...(advice === undefined ? [] : [`${' '.repeat(MARK.ok.length)}${advice}`]),
  ]);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const summary = problems === 0 ? 'Nothing has to be mended.' : `${problems} to be mended.`;
  return `${[...mended.map((what) => `mended  ${what}`), ...lines, summary].join('\n')}\n`;
}
