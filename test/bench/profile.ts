// SPDX-License-Identifier: Apache-2.0
/** Where the gateway's time goes: V8's processor profiles, one a thread, added up by stage of the life of a reading. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

export interface StageCost {
  readonly thread: string;
  readonly stage: string;
  readonly micros: number;
}

/** A function belongs to the first stage that its file matches; what matches none belongs to its caller's. */
const STAGES: readonly (readonly [stage: string, file: RegExp])[] = [
  ['not counted', /^\(idle\)$|node:internal\/(modules|bootstrap|deps)|gateway\/main\.ts/],
  ['collecting garbage', /^\(garbage collector\)$/],
  ['decode', /\/devices\//],
  [
    'take in',
    /gateway\/(data-path|intake\/(intake|cadence|corrected-time|plausibility|recent-readings|sequence-marks)|ward\/)/,
  ],
  ['columns', /ledger\/record\/columns/],
  ['leaves and tree', /ledger\/(record\/(batch|leaf)|merkle\/)/],
  ['encode or decode a reading', /ledger\/record\/reading-codec/],
  ['seal and sign a batch', /ledger\/record\//],
  ['log', /ledger\/log\/|gateway\/anchor\//],
  ['record and outbox', /gateway\/(record\/|follower)/],
  ['journal', /gateway\/(journal\/|worker-calls)/],
  ['series', /gateway\/series\//],
  ['live', /gateway\/live\//],
  ['broker', /gateway\/intake\/|node_modules\/(aedes|mqtt-packet|bl)|node:(net|internal\/stream)/],
];
const NOT_COUNTED = 'not counted';
const OTHER = 'other';
const THREADS = ['main', 'journal', 'series'];

/** What to run the gateway under, so that it leaves its profiles in `directory`. */
export function profiled(directory: string): string[] {
  return ['env', `NODE_OPTIONS=--cpu-prof --cpu-prof-dir=${directory}`];
}

/** Costs of every thread and stage, per thread the largest first. */
export function stageCosts(directory: string): StageCost[] {
  // CPU.<day>.<time>.<process>.<thread>.<number>.cpuprofile
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  return files
    .map((name) => ({ name, thread: Number(name.split('.')[4]) }))
    .sort((a, b) => a.thread - b.thread)
    .flatMap(({ name, thread }) => {
      const profile = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Profile;
      const costs = [...byStage(profile)].map(([stage, micros]) => ({
        thread: THREADS[thread] ?? `${thread}`,
        stage,
        micros,
      }));
      return costs.filter(({ stage }) => stage !== NOT_COUNTED).sort((a, b) => b.micros - a.micros);
    });
}

function byStage({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const stageOf = stages(nodes);
  const costs = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const stage = stageOf.get(id) ?? OTHER;
    costs.set(stage, (costs.get(stage) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return costs;
}

/** Nodes stand in the profile parents first. */
function stages(nodes: readonly ProfileNode[]): Map<number, string> {
  const stageOf = new Map<number, string>();
  for (const { id, callFrame, children = [] } of nodes) {
    const place = callFrame.url || callFrame.functionName;
    const stage = STAGES.find(([, file]) => file.test(place))?.[0] ?? stageOf.get(id) ?? OTHER;
    stageOf.set(id, stage);
    for (const child of children) stageOf.set(child, stage);
  }
  return stageOf;
}
