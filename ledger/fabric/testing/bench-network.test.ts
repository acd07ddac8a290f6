// SPDX-License-Identifier: Apache-2.0
/** The bench peer as the real client and a real chaincode server see it: what it runs, keeps, hides and tells. */
import { StatusCode } from '@hyperledger/fabric-gateway';
import type { common } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BenchClient, benchClient, sha256Hex } from './bench-client.ts';
import { BenchNetwork } from './bench-network.ts';
import { blockHash } from './block.ts';

const PROGRAM = new URL('toy-chaincode.ts', import.meta.url);
let bed: BenchNetwork;
let hosp: BenchClient;
let reg: BenchClient;

beforeAll(async () => {
  bed = await BenchNetwork.start({ program: PROGRAM });
  hosp = benchClient(await bed.connection('HospMSP', { role: 'gateway', deviceId: '00ff' }));
  reg = benchClient(await bed.connection('RegMSP', { role: 'admin' }));
});
afterAll(async () => {
  hosp?.[Symbol.dispose]();
  reg?.[Symbol.dispose]();
  await bed?.[Symbol.asyncDispose]();
});

const submit = async (by: BenchClient, ...[name, ...args]: [string, ...string[]]) =>
  Buffer.from(await by.contract.submitTransaction(name, ...args)).toString();
const evaluate = async (by: BenchClient, ...[name, ...args]: [string, ...string[]]) =>
  Buffer.from(await by.contract.evaluateTransaction(name, ...args)).toString();

it('commits what both organisations endorsed, and shows it to both', async () => {
  expect(await submit(hosp, 'put', 'bed', '7')).toBe('put');
  expect(await evaluate(reg, 'get', 'bed')).toBe('7');
  // As on Fabric, a transaction does not read its own writes.
  expect(await submit(reg, 'append', 'bed', '8')).toBe('7');
  expect(await evaluate(hosp, 'get', 'bed')).toBe('78');
  expect(await submit(hosp, 'delete', 'bed')).toBe('deleted');
  expect(await evaluate(reg, 'get', 'bed')).toBe('');
  expect(await evaluate(reg, 'history', 'bed')).toBe('deleted 78 7');
});

it('tells the chaincode who calls: organisation and attributes of the certificate', async () => {
  expect(await evaluate(hosp, 'caller')).toBe('HospMSP gateway 00ff');
  expect(await evaluate(reg, 'caller')).toBe('RegMSP admin');
});

it('lists a range in the order of keys, in packs as a peer sends them', async () => {
  await submit(hosp, 'fill', 'row', '230');
  const keys = Array.from({ length: 230 }, (_, i) => `row${i}`).toSorted();
  expect(await evaluate(hosp, 'list', 'row', 'rox')).toBe(keys.map((key) => `${key}=x`).join(' '));
  expect(await evaluate(hosp, 'list', 'row10', 'row101')).toBe('row10=x row100=x');
});

it('refuses a result that rests on a range which has changed, as far as the peer has read it', async () => {
  await submit(hosp, 'fill', 'tag', '150');
  const keys = Array.from({ length: 150 }, (_, i) => `tag${i}`).toSorted();
  const after = async (name: string, changed: string) => {
    const endorsed = await hosp.contract.newProposal(name, { arguments: ['tag', 'tah', 'found'] }).endorse();
    await submit(reg, 'put', changed, 'new');
    return (await (await endorsed.submit()).getStatus()).code;
  };
  expect(await after('list', 'other')).toBe(StatusCode.VALID);
  expect(await after('list', 'tagz')).toBe(StatusCode.PHANTOM_READ_CONFLICT);
  // A pack of 100 and one more are read, whatever the chaincode takes of them.
  expect(await after('peek', keys[101]!)).toBe(StatusCode.VALID);
  expect(await after('peek', keys[100]!)).toBe(StatusCode.PHANTOM_READ_CONFLICT);
});

it('keeps private values out of blocks, and holds their plain SHA-256', async () => {
  const hidden = 'salt and secret';
  const proposal = hosp.contract.newProposal('hide', { arguments: ['rec'], transientData: { sealed: hidden } });
  const { blockNumber, successful } = await (await (await proposal.endorse()).submit()).getStatus();
  expect(successful).toBe(true);
  for (const by of [hosp, reg]) {
    expect(await evaluate(by, 'show', 'rec')).toBe(hidden);
    expect(await evaluate(by, 'hash', 'rec')).toBe(sha256Hex(hidden));
  }
  const blocks = await hosp.network.getBlockEvents({ startBlock: blockNumber });
  for await (const block of blocks) {
    const bytes = Buffer.from(block.serializeBinary());
    expect(bytes.includes(hidden)).toBe(false);
    // The positive control: what is meant to be in the block is found in it.
    expect(bytes.includes(Buffer.from(sha256Hex(hidden), 'hex'))).toBe(true);
    break;
  }
  blocks.close();
  await submit(reg, 'purge', 'rec');
  expect([await evaluate(hosp, 'show', 'rec'), await evaluate(hosp, 'hash', 'rec')]).toEqual(['', '']);
});

it('tells events of valid transactions, from a block on or after a transaction', async () => {
  const first = await (await hosp.contract.submitAsync('tell', { arguments: ['one', '1'] })).getStatus();
  const { blockNumber: startBlock, transactionId } = first;
  const alone = { arguments: ['invalid', 'x'], endorsingOrganizations: ['HospMSP'] };
  expect((await (await hosp.contract.submitAsync('tell', alone)).getStatus()).successful).toBe(false);
  await submit(reg, 'tell', 'two', '2');
  expect(await eventsOf(hosp, { startBlock }, 2)).toEqual(['one 1', 'two 2']);
  const checkpoint = { getBlockNumber: () => startBlock, getTransactionId: () => transactionId };
  expect(await eventsOf(reg, { checkpoint }, 1)).toEqual(['two 2']);
});

it('delivers blocks whole and filtered, each chained to the one before', async () => {
  const { blockNumber, transactionId } = await (
    await hosp.contract.submitAsync('tell', { arguments: ['block', 'x'] })
  ).getStatus();
  await submit(hosp, 'put', 'next', 'block');
  const whole = await hosp.network.getBlockEvents({ startBlock: blockNumber - 1n });
  const headers: common.BlockHeader[] = [];
  for await (const block of whole) {
    headers.push(block.getHeader()!);
    if (headers.length === 3) break;
  }
  whole.close();
  expect(headers.map((header) => header.getNumber())).toEqual([-1, 0, 1].map((step) => Number(blockNumber) + step));
  for (const [i, header] of headers.slice(1).entries())
    expect(sha256Hex(header.getPreviousHash_asU8())).toBe(sha256Hex(blockHash(headers[i]!)));
  const filtered = await reg.network.getFilteredBlockEvents({ startBlock: blockNumber });
  for await (const block of filtered) {
    const [transaction] = block.getFilteredTransactionsList();
    const [action] = transaction!.getTransactionActions()!.getChaincodeActionsList();
    const event = action!.getChaincodeEvent()!;
    expect([transaction!.getTxid(), event.getEventName(), event.getPayload_asU8().length]).toEqual([
      transactionId,
      'block',
      0,
    ]);
    break;
  }
  filtered.close();
});

it('asks the owner of a key alone, and refuses a change that another endorsed', async () => {
  await submit(hosp, 'put', 'mine', '1');
  await submit(hosp, 'own', 'mine', 'HospMSP');
  expect(await evaluate(reg, 'owner', 'mine')).toBe('HospMSP');
  const put = (value: string, endorsingOrganizations: string[]) =>
    hosp.contract.submitAsync('put', { arguments: ['mine', value], endorsingOrganizations });
  const owners = await (await put('2', ['HospMSP'])).getStatus();
  expect(owners.successful).toBe(true);
  const others = await (await put('3', ['RegMSP'])).getStatus();
  expect(others.code).toBe(StatusCode.ENDORSEMENT_POLICY_FAILURE);
  expect(await evaluate(hosp, 'get', 'mine')).toBe('2');
  const foreign = await (
    await hosp.contract.submitAsync('put', { arguments: ['theirs', '1'], endorsingOrganizations: ['HospMSP'] })
  ).getStatus();
  expect(foreign.code).toBe(StatusCode.ENDORSEMENT_POLICY_FAILURE);
});

it('does not endorse a chaincode that reads a clock', async () => {
  await expect(submit(hosp, 'clock', 'now')).rejects.toMatchObject({
    name: 'EndorseError',
    code: 10,
    details: [{ mspId: 'RegMSP', message: 'ProposalResponsePayloads do not match' }],
  });
});

it('cuts a block by count as well as by time', async () => {
  await using small = await BenchNetwork.start({ program: PROGRAM, blockTransactionsMax: 2, blockTimeoutMs: 3000 });
  using client = benchClient(await small.connection('HospMSP', { role: 'admin' }));
  const put = (key: string) => client.contract.newProposal('put', { arguments: [key, 'x'] });
  // All are endorsed first: a slow machine might take longer for one than a block has time.
  const endorsed = await Promise.all(['a', 'b', 'c'].map((key) => put(key).endorse()));
  const status = async (one: (typeof endorsed)[number]) => (await one.submit()).getStatus();
  const blocks = (await Promise.all(endorsed.map(status))).map(({ blockNumber }) => Number(blockNumber));
  expect(blocks.toSorted()).toEqual([1, 1, 2]);
});

async function eventsOf(
  by: BenchClient,
  options: Parameters<BenchClient['network']['getChaincodeEvents']>[1],
  count: number,
): Promise<string[]> {
  const found: string[] = [];
  const events = await by.network.getChaincodeEvents('lamplight', options);
  for await (const { eventName, payload } of events) {
    found.push(`${eventName} ${Buffer.from(payload)}`);
    if (found.length === count) break;
  }
  events.close();
  return found;
}
