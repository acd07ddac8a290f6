// SPDX-License-Identifier: Apache-2.0
/**
 * Heals a log from its mirrors: everything that signed checkpoints prove is built anew beside the damaged log, checked as a whole, and put
 * in its place. What is proved is taken, wherever it comes from; what is not proved is never taken; the damaged log is kept as evidence.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { type Files, NodeFiles } from '../log/files.ts';
import { ANCHORED_FILE, CHECKPOINT_FILE, HEAD_FILE, readFormatToRecover } from '../log/format.ts';
import { type FsckReport, fsck } from '../log/fsck.ts';
import { formatVerifierKey, type VerifierKey } from '../log/note.ts';
import { TileReader } from '../log/tile-reader.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import type { Http } from '../witness/bounded-fetch.ts';
import type { Policy } from '../witness/policy.ts';
import { originHash } from '../witness/witness-store.ts';
import { type BuiltLog, buildLog, type Copy, copyOfFolder } from './build-log.ts';
import { merged, newestOf, type ShownCheckpoint, shownCheckpoints, type Trust } from './checkpoints.ts';
import { MirrorError } from './errors.ts';
import { putInPlace } from './put-in-place.ts';
import { filesSource, httpSource, type LogSource } from './source.ts';

export interface RecoverOptions {
  /** The data directory, with the log in its folder `log`. No other process has it. */
  readonly directory: string;
  /** If the log's own file "format" cannot say it any more. */
  readonly key: VerifierKey | undefined;
  readonly policy: Policy | undefined;
  readonly mirrors: readonly LogSource[];
  /** To ask the witnesses of the policy what they hold. */
  readonly http: Http;
  readonly crypto: VerifierCrypto;
  /** Called before each step that moves files, so that a test can end it there. */
  readonly passed?: (step: string) => void;
}

export interface RecoverReport {
  /** `clean`: nothing was damaged or missing, and nothing was changed. */
  readonly outcome: 'clean' | 'healed';
  readonly damage: FsckReport['damage'];
  /** Index of the first entry that was damaged, other than proved, or missing; undefined if none was. */
  readonly firstBadEntry: number | undefined;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** Size of the newest checkpoint that the policy accepts, which everything was checked against. */
  readonly acceptedSize: number;
  /** How many entries came from where. */
  readonly taken: Readonly<Record<string, number>>;
  /** Signed checkpoints that could not be proved or contradict the accepted one: evidence. */
  readonly unproved: readonly string[];
  /** Mirrors and witnesses that did not answer. */
  readonly silent: readonly string[];
  /** Name of the folder with the log as it was. */
  readonly evidence: string | undefined;
}

const LOG = 'log';
const OWN_FILES = [HEAD_FILE, CHECKPOINT_FILE, ANCHORED_FILE];

/**
 * Heals the log, or finds it whole. Throws RECOVER_NOT_PROVED, RECOVER_NOT_WITNESSED, RECOVER_FORKED and MIRROR_UNREACHABLE, after which
 * the log is as it was, and LOG_FORMAT or NOTE_MALFORMED if nobody says which key it has.
 */
export async function recoverFromMirrors(options: RecoverOptions): Promise<RecoverReport> {
  const { directory, policy, crypto } = options;
  const own = new NodeFiles(join(directory, LOG));
  const key = options.key ?? (await readFormatToRecover(own, crypto.sha256));
  if (!key) throw new LedgerError('LOG_FORMAT', 'there is no log here; name its key with --key');
  const trust: Trust = { key, policy, crypto };
  const { damage, head } = await fsck(own, crypto, formatVerifierKey(key));
  const { shown, silent } = await allShown(options, own, trust);
  const accepted = shown.filter((one) => one.isAccepted);
  assertOneHistory(accepted);
  const target = newestOf(accepted);
  if (!target)
    throw silent.length > 0
      ? new MirrorError('MIRROR_UNREACHABLE', silent.join(', '))
      : new MirrorError('RECOVER_NOT_WITNESSED');
  const about = { damage, acceptedSize: target.size, silent };
  if (damage.length === 0 && head && (await extendsAll(own, head.size, accepted, crypto))) {
    const unchanged = { firstBadEntry: undefined, taken: {}, unproved: [], evidence: undefined };
    return { outcome: 'clean', ...about, ...unchanged, size: head.size, root: head.root };
  }
  const healing = join(directory, await freeName(directory, 'healing'));
  const copies = await allCopies(options, own, trust);
  const { built, root, unproved } = await buildNewest(healing, trust, { shown, target, copies });
  if (policy) await new NodeFiles(healing).writeAtomic(ANCHORED_FILE, new TextEncoder().encode(target.note));
  const evidence = await freeName(directory, 'damaged');
  const places = { log: join(directory, LOG), healed: healing, evidence: join(directory, evidence) };
  await putInPlace(places, key, options.passed);
  for (const left of await foldersOf(directory, 'healing')) await rm(join(directory, left), { recursive: true });
  return { outcome: 'healed', ...about, ...built, root, unproved, evidence };
}

/** What everybody shows under the key of the log: the log itself, a recovery that was cut off, the mirrors, the witnesses. */
async function allShown(
  { directory, mirrors, policy, http }: RecoverOptions,
  own: Files,
  trust: Trust,
): Promise<{ shown: ShownCheckpoint[]; silent: string[] }> {
  const hash = originHash(trust.key.name, trust.crypto);
  const healing = (await foldersOf(directory, 'healing')).map((name) =>
    filesSource(new NodeFiles(join(directory, name)), name),
  );
  const witnesses = (policy?.witnesses ?? []).flatMap(({ url }) =>
    url === undefined ? [] : [httpSource(`${url.replace(/\/+$/, '')}/${hash}`, http)],
  );
  const asked: [LogSource, readonly string[]][] = [
    ...[filesSource(own, LOG), ...healing].map((one): [LogSource, readonly string[]] => [one, OWN_FILES]),
    ...mirrors.map((one): [LogSource, readonly string[]] => [one, [CHECKPOINT_FILE, ANCHORED_FILE]]),
    ...witnesses.map((one): [LogSource, readonly string[]] => [one, [CHECKPOINT_FILE]]),
  ];
  const [shown, silent]: [ShownCheckpoint[], string[]] = [[], []];
  for (const [source, files] of asked) {
    try {
      shown.push(...(await shownCheckpoints(source, trust, files)));
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      silent.push(source.name);
    }
  }
  return { shown: merged(shown, trust), silent };
}

/** Everything that may hold entries or tiles, the damaged log first; what earlier recoveries set aside may hold some too. */
async function allCopies({ directory, mirrors }: RecoverOptions, own: Files, trust: Trust): Promise<Copy[]> {
  const kept = [...(await foldersOf(directory, 'healing')), ...(await foldersOf(directory, 'damaged'))];
  const folders: [string, Files][] = [
    [LOG, own],
    ...kept.map((name): [string, Files] => [name, new NodeFiles(join(directory, name))]),
  ];
  const publishedBy = async (source: LogSource, files: readonly string[]): Promise<number> => {
    const shown = await shownCheckpoints(source, trust, files).catch((error: unknown) => {
      if (error instanceof MirrorError) return [];
      throw error;
    });
    return Math.max(0, ...shown.map(({ size }) => size));
  };
  return Promise.all([
    ...folders.map(async ([name, files]) =>
      copyOfFolder(files, name, await publishedBy(filesSource(files, name), OWN_FILES)),
    ),
    ...mirrors.map(async (source) => {
      return { source, published: await publishedBy(source, [CHECKPOINT_FILE, ANCHORED_FILE]), segments: undefined };
    }),
  ]);
}

interface Known {
  readonly shown: readonly ShownCheckpoint[];
  readonly target: ShownCheckpoint;
  readonly copies: readonly Copy[];
}

/** Builds the longest log that can be proved, at the least that of the target. */
async function buildNewest(
  folder: string,
  { key, crypto }: Trust,
  { shown, target, copies }: Known,
): Promise<{ built: BuiltLog; root: string; unproved: string[] }> {
  const longer = shown.filter((one) => !one.isAccepted && one.size > target.size);
  for (const goal of [...longer.toSorted((a, b) => b.size - a.size), target]) {
    await rm(folder, { recursive: true, force: true });
    const files = new NodeFiles(folder);
    try {
      const built = await buildLog(files, key, goal, copies, crypto.sha256);
      const contradicting = await otherHistories(files, goal.size, shown, crypto);
      if (contradicting.some((one) => one.isAccepted))
        throw new MirrorError('RECOVER_FORKED', contradicting.map(inWords).join('; '));
      await assertWhole(files, key, crypto);
      return { built, root: bytesToHex(goal.root), unproved: contradicting.map(inWords) };
    } catch (error) {
      const isWorse = error instanceof MirrorError && goal !== target;
      if (!isWorse) throw asRefusal(error);
    } finally {
      await files.close();
    }
  }
  throw new MirrorError('RECOVER_NOT_PROVED');
}

/** Checkpoints that this log does not go through: longer ones, and those of another history. */
async function otherHistories(
  files: Files,
  size: number,
  shown: readonly ShownCheckpoint[],
  { sha256 }: VerifierCrypto,
): Promise<ShownCheckpoint[]> {
  const tiles = new TileReader(files, sha256, () => size);
  const others: ShownCheckpoint[] = [];
  for (const one of shown)
    if (one.size > size || !equalBytes((await tiles.range(one.size)).root(), one.root)) others.push(one);
  return others;
}

/** Two accepted checkpoints of one size are of one tree, or nobody can say which history is true. */
function assertOneHistory(accepted: readonly ShownCheckpoint[]): void {
  for (const [, [first, ...others]] of Map.groupBy(accepted, ({ size }) => size)) {
    const other = others.find(({ root }) => !equalBytes(root, first!.root));
    if (other) throw new MirrorError('RECOVER_FORKED', `${inWords(first!)}; ${inWords(other)}`);
  }
}

/** Does the log, which is whole by itself, go through all of these? */
async function extendsAll(
  own: Files,
  size: number,
  accepted: readonly ShownCheckpoint[],
  crypto: VerifierCrypto,
): Promise<boolean> {
  return (await otherHistories(own, size, accepted, crypto)).length === 0;
}

/** What was built is checked by the code that checks any log, before it takes the place of anything. */
async function assertWhole(files: Files, key: VerifierKey, crypto: VerifierCrypto): Promise<void> {
  const { damage } = await fsck(files, crypto, formatVerifierKey(key));
  if (damage[0]) throw new LedgerError('LOG_DAMAGED', `the healed log, ${damage[0].place}`);
}

function asRefusal(error: unknown): unknown {
  const isUnproved = error instanceof MirrorError && error.code === 'MIRROR_UNPROVED';
  return isUnproved ? new MirrorError('RECOVER_NOT_PROVED', error.message, { cause: error }) : error;
}

function inWords({ size, root, from }: ShownCheckpoint): string {
  return `${from} shows ${size} entries with root ${bytesToHex(root).slice(0, 16)}`;
}

async function foldersOf(directory: string, kind: 'healing' | 'damaged'): Promise<string[]> {
  const ofKind = new RegExp(`^${LOG}\\.${kind}-\\d+$`);
  return (await readdir(directory)).filter((name) => ofKind.test(name)).sort();
}

async function freeName(directory: string, kind: 'healing' | 'damaged'): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${LOG}.${kind}-${number}`;
    if (!existsSync(join(directory, name))) return name;
  }
}
