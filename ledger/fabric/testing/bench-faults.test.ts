// SPDX-License-Identifier: Apache-2.0
/** Each way in which Fabric fails, as the real client sees it on the bench peer: name, code, words, and whether it was committed all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Proposal, StatusCode } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BenchClient, benchClient } from './bench-client.ts';
import { BenchNetwork } from './bench-network.ts';

const BROADCAST_TIMEOUT_MS = 150;
let bed: BenchNetwork;
let hosp: BenchClient;

beforeAll(async () => {
  const program = new URL('toy-chaincode.ts', import.meta.url);
  bed = await BenchNetwork.start({ program, broadcastTimeoutMs: BROADCAST_TIMEOUT_MS });
  hosp = benchClient(await bed.connection('HospMSP', { role: 'admin' }));
});
afterAll(async () => {
  hosp?.[Symbol.dispose]();
  await bed?.[Symbol.asyncDispose]();
});

const propose = (name: string, ...args: string[]): Proposal => hosp.contract.newProposal(name, { arguments: args });
const submit = async (name: string, ...args: string[]) =>
  (await (await propose(name, ...args).endorse()).submit()).getStatus();
const get = async (key: string) => Buffer.from(await hosp.contract.evaluateTransaction('get', key)).toString();
const saying = (words: string) => [expect.objectContaining({ message: expect.stringContaining(words) })];

it('the chaincode refuses: its words come through', async () => {
  const refused = propose('refuse', 'STALE: 12');
  const details = [expect.objectContaining({ mspId: 'HospMSP', message: 'chaincode response 500, STALE: 12' })];
  await expect(refused.endorse()).rejects.toMatchObject({ name: 'EndorseError', code: 10, details });
  await expect(refused.evaluate()).rejects.toMatchObject({ name: 'GatewayError', code: 2, details });
});

it("the other organisation's peer is down: no endorsement, and what it missed it has when it is back", async () => {
  await bed.faults.killPeer('RegMSP');
  const details = [
    expect.objectContaining({ mspId: 'RegMSP', message: expect.stringContaining('connection refused') }),
  ];
  const message = expect.stringContaining('failed to collect enough transaction endorsements');
  await expect(propose('put', 'a', '1').endorse()).rejects.toMatchObject({
    name: 'EndorseError',
    code: 10,
    message,
    details,
  });
  expect(await get('a')).toBe('');
  const missed = await hosp.contract.submitAsync('put', { arguments: ['b', '1'], endorsingOrganizations: ['HospMSP'] });
  expect((await missed.getStatus()).code).toBe(StatusCode.ENDORSEMENT_POLICY_FAILURE);
  await bed.faults.startPeer('RegMSP');
  expect((await submit('put', 'a', '2')).successful).toBe(true);
  expect(bed.peer('RegMSP').ledger.height).toBe(bed.peer('HospMSP').ledger.height);
});

it('the own peer is down; just started it knows no endorsers yet', async () => {
  await bed.faults.killPeer('HospMSP');
  await expect(propose('put', 'a', '3').endorse()).rejects.toMatchObject({ name: 'EndorseError', code: 14 });
  await bed.faults.discovery('HospMSP', 'down');
  await bed.faults.startPeer('HospMSP');
  const lonely = { name: 'EndorseError', code: 9 };
  await expect(afterReconnect(() => propose('put', 'a', '3').endorse())).rejects.toMatchObject(lonely);
  await bed.faults.discovery('HospMSP', 'up');
  expect((await submit('put', 'a', '3')).successful).toBe(true);
});

it.each(['HospMSP', 'RegMSP'] as const)('the chaincode server of %s is down', async (org) => {
  await bed.faults.killChaincode(org);
  const details = [
    expect.objectContaining({ mspId: org, message: expect.stringContaining('could not launch chaincode') }),
  ];
  await expect(propose('put', 'a', '4').endorse()).rejects.toMatchObject({ name: 'EndorseError', code: 10, details });
  // A query is answered by whoever can.
  expect(await get('a')).not.toBe('');
  await bed.faults.startChaincode(org);
  expect((await submit('put', 'a', '4')).successful).toBe(true);
});

it("the other organisation's peer is behind: the two do not agree until it has caught up", async () => {
  await bed.faults.behind('RegMSP', 'behind');
  expect((await submit('append', 'late', '1')).successful).toBe(true);
  const details = saying('ProposalResponsePayloads do not match');
  const error = { name: 'EndorseError', code: 10, details };
  await expect(propose('append', 'late', '2').endorse()).rejects.toMatchObject(error);
  await bed.faults.behind('RegMSP', 'level');
  expect((await submit('append', 'late', '2')).successful).toBe(true);
});

it('our deadline of the endorsement', async () => {
  const late = propose('sleep', '400').endorse({ deadline: Date.now() + 100 });
  await expect(late).rejects.toMatchObject({ name: 'EndorseError', code: 4 });
});

it('the orderer is down', async () => {
  const transaction = await propose('put', 'o', '1').endorse();
  await bed.faults.stopOrderer();
  const error = { name: 'SubmitError', code: 14, details: saying('connection refused') };
  await expect(transaction.submit()).rejects.toMatchObject(error);
  await bed.faults.startOrderer();
  expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
});

it('the orderer is frozen: an error after its time, and the transaction is committed all the same', async () => {
  const transaction = await propose('put', 'o', '2').endorse();
  await bed.faults.freezeOrderer(10 * BROADCAST_TIMEOUT_MS);
  const error = { name: 'SubmitError', code: 14, details: saying('DeadlineExceeded') };
  await expect(transaction.submit()).rejects.toMatchObject(error);
  expect(await get('o')).toBe('1');
  expect((await hosp.statusOf(transaction.getTransactionId())).successful).toBe(true);
  expect(await get('o')).toBe('2');
});

it('the orderer is frozen, and never gets it: the same error, and only the envelope sent again is committed', async () => {
  const transaction = await propose('put', 'o', '3').endorse();
  await bed.faults.lose();
  const error = { name: 'SubmitError', code: 14, details: saying('handshake failed') };
  await expect(transaction.submit()).rejects.toMatchObject(error);
  await submit('put', 'later', 'x');
  const soon = { deadline: Date.now() + 100 };
  await expect(hosp.statusOf(transaction.getTransactionId(), soon)).rejects.toMatchObject({
    name: 'CommitStatusError',
  });
  expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
});

it('the connection breaks after the broadcast: an error, and the transaction is committed all the same', async () => {
  const transaction = await propose('put', 'cut', '1').endorse();
  await bed.faults.cutAfterBroadcast('HospMSP');
  await expect(transaction.submit()).rejects.toMatchObject({ name: 'SubmitError', code: 14 });
  const id = transaction.getTransactionId();
  expect((await afterReconnect(() => hosp.statusOf(id))).successful).toBe(true);
});

it('the network goes down while a slow block is awaited', async () => {
  await bed.faults.slowBlock(1500);
  const commit = await (await propose('put', 'slow', '1').endorse()).submit();
  const status = commit.getStatus();
  const [lost] = await Promise.allSettled([status, bed.faults.network('down')]);
  expect(lost).toMatchObject({ reason: { name: 'CommitStatusError', code: 14 } });
  await expect(propose('put', 'slow', '2').endorse()).rejects.toMatchObject({ name: 'EndorseError', code: 14 });
  await expect(get('slow')).rejects.toMatchObject({ name: 'GatewayError', code: 14 });
  await bed.faults.network('up');
  expect((await afterReconnect(() => hosp.statusOf(commit.getTransactionId()))).successful).toBe(true);
});

it('somebody else wrote first what was read', async () => {
  const [read, rival] = await Promise.all([
    propose('append', 'a', '!').endorse(),
    propose('append', 'a', '?').endorse(),
  ]);
  const [first, second] = await Promise.all([rival, read].map(async (one) => (await one.submit()).getStatus()));
  expect([first!.code, second!.code].toSorted()).toEqual([StatusCode.VALID, StatusCode.MVCC_READ_CONFLICT]);
  await bed.faults.mvccConflict();
  const lost = { name: 'CommitError', code: StatusCode.MVCC_READ_CONFLICT };
  await expect(hosp.contract.submitTransaction('append', 'a', '!')).rejects.toMatchObject(lost);
  expect(await hosp.contract.submitTransaction('append', 'a', '!')).toBeDefined();
});

it('the same envelope twice: the first stays valid where it is, the other changes nothing', async () => {
  await bed.faults.duplicate();
  const transaction = await propose('append', 'twice', '+').endorse();
  const first = await (await transaction.submit()).getStatus();
  await transaction.submit();
  await submit('put', 'later', 'x');
  const again = await hosp.statusOf(transaction.getTransactionId());
  expect([again.code, again.blockNumber]).toEqual([StatusCode.VALID, first.blockNumber]);
  expect(await get('twice')).toBe('+');
  const codes: number[] = [];
  const blocks = await hosp.network.getFilteredBlockEvents({ startBlock: first.blockNumber });
  for await (const block of blocks) {
    for (const one of block.getFilteredTransactionsList())
      if (one.getTxid() === transaction.getTransactionId()) codes.push(one.getTxValidationCode());
    if (codes.length === 3) break;
  }
  blocks.close();
  expect(codes).toEqual([StatusCode.VALID, StatusCode.DUPLICATE_TXID, StatusCode.DUPLICATE_TXID]);
});

it('the stream of events is cut: the reader hears it, and comes back after the last that it had', async () => {
  const { blockNumber } = await submit('tell', 'one', '1');
  const seen: string[] = [];
  const events = await hosp.network.getChaincodeEvents('lamplight', { startBlock: blockNumber });
  const reading = (async () => {
    for await (const { eventName, transactionId } of events) seen.push(eventName, transactionId);
  })();
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2);
  await bed.faults.cutEvents('HospMSP');
  await expect(reading).rejects.toMatchObject({ name: 'GatewayError', code: 14 });
  await submit('tell', 'two', '2');
  const checkpoint = { getBlockNumber: () => blockNumber, getTransactionId: () => seen[1] };
  using resumed = await hosp.network.getChaincodeEvents('lamplight', { checkpoint });
  for await (const { eventName } of resumed) {
    expect(eventName).toBe('two');
    break;
  }
});

/** Again, while the client has not yet found its way back: its own pause between two attempts is a second. */
async function afterReconnect<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as { code?: number }).code !== 14) throw error;
      await sleep(20);
    }
  }
}
