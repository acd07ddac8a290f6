// SPDX-License-Identifier: Apache-2.0
/** Our log, read by other people's code, and theirs by ours: Tessera, golang.org/x/mod/sumdb, transparency-dev/formats. */
import { generateKeyPairSync } from 'node:crypto';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../gateway/log.ts';
import { createMetrics } from '../gateway/metrics.ts';
import { startOperationsServer } from '../gateway/operations/server.ts';
import { encodeCbor } from '../ledger/codec/cbor.ts';
import { nodeCrypto } from '../ledger/crypto/node.ts';
import { openCheckpoint } from '../ledger/log/checkpoint.ts';
import { NodeFiles } from '../ledger/log/files.ts';
import { type Log, openLog } from '../ledger/log/log.ts';
import { formatVerifierKey, type NoteSigner, parseVerifierKey, verifierKey } from '../ledger/log/note.ts';
import { TileReader } from '../ledger/log/tile-reader.ts';
import { leafHash } from '../ledger/merkle/hash.ts';
import { MemoryTree } from '../ledger/merkle/memory-tree.ts';
import { planConsistency, planInclusion } from '../ledger/merkle/plan.ts';
import { verifyConsistency, verifyInclusion } from '../ledger/merkle/verify.ts';
import { MirrorError } from '../ledger/mirror/errors.ts';
import { openMirror } from '../ledger/mirror/mirror.ts';
import { folderSource } from '../ledger/mirror/source.ts';
import { encodeProofFile } from '../ledger/verify/proof-file.ts';
import { makeProofFile, vkey as proofKey } from '../ledger/verify/testing/proof-maker.ts';
import { encodeAddCheckpoint } from '../ledger/witness/request.ts';
import { makeWitnessSigner } from '../ledger/witness/testing/keys.ts';
import { memoryWitness } from '../ledger/witness/testing/web.ts';
import { GO_MISSING, GoPrograms, type Question } from './support/go-programs.ts';

const NAME = 'gateway.example/log';
const ENTRIES = 1300;
const SIZES = [1, 2, 3, 7, 8, 9, 255, 256, 257, 600, 1024, 1299, ENTRIES];
const { sha256 } = nodeCrypto;
const entryAt = (i: number) => Buffer.from(`entry ${i}`);
const flip = (bytes: Uint8Array, at = 0) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
/** The first hash of a proof changed; a proof of none gets one. */
const spoilt = (hashes: readonly Uint8Array[]) =>
  hashes[0] ? [flip(hashes[0]), ...hashes.slice(1)] : [sha256(entryAt(0))];

describe.skipIf(GO_MISSING)('the log and other people (needs Go)', () => {
  let scratch: string;
  let go: GoPrograms;
  let log: Log;
  let tree: MemoryTree;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lamplight-interop-'));
    go = await GoPrograms.build(scratch);
    log = await openLog({
      directory: join(scratch, 'log'),
      name: NAME,
      key: generateKeyPairSync('ed25519').privateKey,
      onFatal: (error) => expect.unreachable(error.code),
    });
    // Several checkpoints, so that partial tiles have come and gone.
    for (const upTo of [200, 256, 700, ENTRIES]) {
      const fresh = Array.from({ length: upTo - log.size }, (_, i) => log.size + i);
      await log.append(fresh.map((i) => ({ outbox: i, entry: entryAt(i) })));
      await log.publish();
    }
    tree = treeOf(ENTRIES);
  }, 240_000);
  afterAll(async () => {
    await log?.[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });

  const treeOf = (size: number) =>
    new MemoryTree(
      sha256,
      Array.from({ length: size }, (_, i) => leafHash(sha256, entryAt(i))),
    );
  const rootOf = (size: number) => treeOf(size).root();

  async function fsckOf(directory: string) {
    await using server = await startOperationsServer({
      host: '127.0.0.1',
      port: 0,
      logDirectory: directory,
      metrics: createMetrics(),
      log: silentLog(),
      health: () => expect.unreachable('nobody asks for it'),
    });
    const keyFile = join(scratch, 'log.vkey');
    await writeFile(keyFile, log.vkey);
    return await go.fsck(`http://127.0.0.1:${server.port}/log/`, keyFile);
  }

  it("Tessera's fsck walks the whole log over HTTP and ends with our size and root", async () => {
    const root = Buffer.from(tree.root()).toString('hex');
    expect(await fsckOf(join(scratch, 'log'))).toEqual({ size: ENTRIES, root });
  });

  it.each([
    ['a tile byte', 'tile/0/001', 40],
    ['a byte of a partial tile', `tile/0/005.p/${ENTRIES % 256}`, 0],
    ['an entry byte', 'tile/entries/002', 7],
    ['a byte of the root', 'checkpoint', NAME.length + 10],
  ])("Tessera's fsck does not vouch for the log when %s is flipped", async (_, path, at) => {
    const damaged = join(await mkdtemp(join(scratch, 'damaged-')), 'log');
    await cp(join(scratch, 'log'), damaged, { recursive: true });
    const bytes = await readFile(join(damaged, path));
    await writeFile(join(damaged, path), flip(bytes, at));
    expect(await fsckOf(damaged)).toBeUndefined();
  });

  it('note.Open and formats/log open our checkpoint, and refuse it with another size, root or key', async () => {
    const note = log.checkpoint()!;
    const stranger = formatVerifierKey(verifierKey(NAME, sha256(entryAt(1)), sha256));
    const [own, size, root, key] = await go.judge([
      { kind: 'checkpoint', note, vkey: log.vkey },
      { kind: 'checkpoint', note: note.replace(`\n${ENTRIES}\n`, `\n${ENTRIES + 1}\n`), vkey: log.vkey },
      {
        kind: 'checkpoint',
        note: note.replace(/\n(.)(\S{43})\n/, (_, a, b) => `\n${a === 'A' ? 'B' : 'A'}${b}\n`),
        vkey: log.vkey,
      },
      { kind: 'checkpoint', note, vkey: stranger },
    ]);
    expect(own).toEqual({ ok: true, size: ENTRIES, root: Buffer.from(tree.root()).toString('base64') });
    expect([size!.ok, root!.ok, key!.ok]).toEqual([false, false, false]);
  });

  it('tlog.CheckRecord takes our inclusion proofs of many sizes, and none that is changed', async () => {
    const good: Question[] = [];
    for (const size of SIZES)
      for (const index of new Set([0, 1, size >> 1, size - 2, size - 1].filter((i) => i >= 0 && i < size))) {
        const hashes = await log.inclusionProof(index, size);
        good.push({ kind: 'inclusion', entry: entryAt(index), index, size, root: rootOf(size), hashes });
      }
    const bad = good.flatMap((question) => [
      { ...question, hashes: spoilt(question['hashes'] as Uint8Array[]) },
      { ...question, entry: entryAt(ENTRIES) },
      { ...question, root: sha256(entryAt(0)) },
    ]);
    await expectJudged(good, bad);
  });

  it('tlog.CheckTree takes our consistency proofs of every pair of many sizes, and none that is changed', async () => {
    const good: Question[] = [];
    for (const from of SIZES)
      for (const size of SIZES.filter((to) => to >= from)) {
        const hashes = await log.consistencyProof(from, size);
        good.push({ kind: 'consistency', from, fromRoot: rootOf(from), size, root: rootOf(size), hashes });
      }
    const bad = good.flatMap((question) => [
      { ...question, hashes: spoilt(question['hashes'] as Uint8Array[]) },
      { ...question, fromRoot: sha256(entryAt(0)) },
    ]);
    await expectJudged(good, bad);
  });

  it("formats/proof and tlog.CheckRecord take the log's part of our proof file", async () => {
    const file = makeProofFile();
    const entry = encodeCbor([1, sha256(file.extra.signedPart)]);
    const proof = encodeProofFile(file);
    const question = { kind: 'proof', proof, entry, vkey: proofKey } as const;
    const moved = encodeProofFile({ ...file, index: file.index - 1 });
    await expectJudged(
      [question],
      [
        { ...question, proof: moved },
        { ...question, entry: entryAt(0) },
      ],
    );
  });

  it('formats/note opens the cosignature of our witness, and tessera finds a policy of two of three satisfied by two', async () => {
    const signers = ['one', 'two', 'three'].map((name) => makeWitnessSigner(`${name}.example`));
    const [one, two, three] = signers.map(({ key }) => formatVerifierKey(key));
    const lines = await Promise.all(signers.slice(0, 2).map(cosignatureOf));
    const note = `${log.checkpoint()}${lines.join('')}`;
    const policy = [one, two, three]
      .map((vkey, i) => `witness w${i} ${vkey} https://w${i}.example/`)
      .concat('group two-of-them 2 w0 w1 w2', 'quorum two-of-them')
      .join('\n');
    const [first] = await go.judge([{ kind: 'cosigned', note, witness: one! }]);
    expect(first).toEqual({ ok: true, time: 1_795_000_000 });
    await expectJudged(
      [
        { kind: 'cosigned', note, witness: two! },
        { kind: 'policy', note, policy },
      ],
      [
        { kind: 'cosigned', note, witness: three! },
        { kind: 'cosigned', note: note.replace(`\n${ENTRIES}\n`, '\n9\n'), witness: one! },
        { kind: 'policy', note: `${log.checkpoint()}${lines[0]}`, policy },
      ],
    );
  });

  it("our tile reader and verifier read a log that Tessera's POSIX driver wrote: checkpoint, entries, both kinds of proof", async () => {
    const dir = join(scratch, 'tessera');
    const entries = 900;
    const { vkey } = await go.writeLog({ dir, entries, bytes: 40, 'in-flight': 300, 'checkpoint-interval': '200ms' });
    const files = new NodeFiles(dir);
    const note = new TextDecoder().decode(await files.read('checkpoint'));
    const { size, root } = openCheckpoint(note, parseVerifierKey(vkey, sha256), nodeCrypto);
    expect(size).toBe(entries);
    const reader = new TileReader(files, sha256, () => size);
    const seen = new Set<string>();
    for (let index = 0; index < size; index++) {
      const entry = await reader.entry(index);
      seen.add(Buffer.from(entry).toString('latin1').replaceAll('\0', ''));
      if (index % 37 > 0) continue;
      const proof = await reader.proof(planInclusion(index, size));
      const claim = { leafHash: leafHash(sha256, entry), index, size, root, proof };
      expect(verifyInclusion(sha256, claim), `entry ${index}`).toBe(true);
      expect(verifyInclusion(sha256, { ...claim, root: flip(root) })).toBe(false);
    }
    expect(seen).toEqual(new Set(Array.from({ length: entries }, (_, i) => `entry ${i}`)));
    for (const from of [1, 255, 256, 512, 899]) {
      const claim = { from, to: size, fromRoot: (await reader.range(from)).root(), toRoot: root };
      const proof = await reader.proof(planConsistency(from, size));
      expect(verifyConsistency(sha256, { ...claim, proof }), `from ${from}`).toBe(true);
    }
  });

  it("our mirror copies Tessera's log, entry by entry proved, and not when an entry was changed", async () => {
    const dir = join(scratch, 'tessera-mirrored');
    const entries = 700;
    const { vkey } = await go.writeLog({ dir, entries, bytes: 40, 'in-flight': 350, 'checkpoint-interval': '200ms' });
    const mirror = (to: string) =>
      openMirror({
        source: folderSource(dir),
        files: new NodeFiles(join(scratch, to)),
        key: parseVerifierKey(vkey, sha256),
        policy: undefined,
        crypto: nodeCrypto,
      });
    expect(await (await mirror('copy')).step()).toEqual({ kind: 'grown', size: entries });
    const copy = new TileReader(new NodeFiles(join(scratch, 'copy')), sha256, () => entries);
    const original = new TileReader(new NodeFiles(dir), sha256, () => entries);
    for (const index of [0, 255, 256, 699]) expect(await copy.entry(index)).toEqual(await original.entry(index));
    const bundle = join(dir, 'tile/entries/001');
    await chmod(bundle, 0o600);
    await writeFile(bundle, flip(await readFile(bundle), 9));
    await expect(mirror('copy-of-damaged').then((other) => other.step())).rejects.toThrow(MirrorError);
  });

  async function expectJudged(good: readonly Question[], bad: readonly Question[]): Promise<void> {
    const judged = await go.judge([...good, ...bad]);
    expect(judged.slice(0, good.length).filter(({ ok }) => !ok)).toEqual([]);
    expect(judged.slice(good.length).filter(({ ok }) => ok)).toEqual([]);
  }

  /** What a witness of ours, which has seen nothing before, answers for the newest checkpoint. */
  async function cosignatureOf(signer: NoteSigner): Promise<string> {
    const witness = await memoryWitness(signer, [parseVerifierKey(log.vkey, sha256)]);
    const request = encodeAddCheckpoint({ oldSize: 0, proof: [], note: log.checkpoint()! });
    const answer = await witness.addCheckpoint(new TextEncoder().encode(request));
    if (answer.status !== 200) throw new Error(`the witness answers ${answer.status}`);
    return answer.line;
  }
});
