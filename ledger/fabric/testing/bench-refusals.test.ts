// SPDX-License-Identifier: Apache-2.0
/** What a peer checks before it believes a client: chain, organisation, signature, transaction id, names. Each forgery is caught. */
import { createPrivateKey } from 'node:crypto';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FabricConnection } from '../connection.ts';
import { type BenchClient, benchClient } from './bench-client.ts';
import { BenchNetwork } from './bench-network.ts';
import { signLowS, withOtherS } from './low-s.ts';
import { createAuthority, issue } from './x509.ts';

let bed: BenchNetwork;
let honest: FabricConnection;
const open: BenchClient[] = [];
/** How far the clocks of the peers are ahead. */
let aheadMs = 0;

beforeAll(async () => {
  const program = new URL('toy-chaincode.ts', import.meta.url);
  bed = await BenchNetwork.start({ program, nowMs: () => Date.now() + aheadMs });
  honest = await bed.connection('HospMSP', { role: 'admin' });
});
afterAll(async () => {
  for (const client of open) client[Symbol.dispose]();
  await bed?.[Symbol.asyncDispose]();
});

function client(over: Partial<FabricConnection> = {}, sign?: (message: Uint8Array) => Uint8Array): BenchClient {
  const made = benchClient({ ...honest, ...over }, sign);
  open.push(made);
  return made;
}
const put = ({ contract }: BenchClient) => contract.newProposal('put', { arguments: ['k', 'v'] });
const sign = (message: Uint8Array) => signLowS(message, createPrivateKey(honest.privateKeyPem));
const denied = (words: string) => ({
  name: 'EndorseError',
  code: 10,
  details: [expect.objectContaining({ message: expect.stringContaining(words) })],
});
const BY_HOSP = 'error validating proposal: access denied: channel [vitals] creator org [HospMSP]';
const UNKNOWN = BY_HOSP.replace('[HospMSP]', 'unknown, creator is malformed');

it('believes an honest client, the positive control', async () => {
  const commit = await (await put(client()).endorse()).submit();
  expect((await commit.getStatus()).successful).toBe(true);
});

it('refuses a certificate of another authority of the same name', async () => {
  const stranger = issue(createAuthority('ca.hosp.example', Date.now()), { commonName: 'admin' }, Date.now());
  await expect(put(client(stranger)).endorse()).rejects.toMatchObject(denied(UNKNOWN));
});

it('refuses a certificate that has run out', async () => {
  aheadMs = 400 * 86_400_000;
  await expect(put(client()).endorse()).rejects.toMatchObject(denied(UNKNOWN));
  aheadMs = 0;
});

it('refuses an honest certificate under the name of another organisation, known or not', async () => {
  for (const mspId of ['RegMSP', 'NobodyMSP'])
    await expect(put(client({ mspId })).endorse()).rejects.toMatchObject(denied(UNKNOWN));
});

it('refuses the higher s, and a signature over something else', async () => {
  const highS = client({}, (message) => withOtherS(sign(message)));
  await expect(put(highS).endorse()).rejects.toMatchObject(denied(BY_HOSP));
  const forged = client({}, () => sign(Buffer.from('something else')));
  await expect(put(forged).endorse()).rejects.toMatchObject(denied(BY_HOSP));
});

it('refuses the id of a transaction of somebody else', async () => {
  const by = client();
  const forged = gateway.ProposedTransaction.deserializeBinary(put(by).getBytes());
  const signed = forged.getProposal()!;
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  channelHeader.setTxId('ab'.repeat(32));
  header.setChannelHeader(channelHeader.serializeBinary());
  proposal.setHeader(header.serializeBinary());
  signed.setProposalBytes(proposal.serializeBinary());
  const proposed = by.gateway.newSignedProposal(forged.serializeBinary(), sign(proposal.serializeBinary()));
  await expect(proposed.endorse()).rejects.toMatchObject(denied("incorrectly computed txid 'abab"));
});

it('refuses a transaction that was endorsed before', async () => {
  const proposal = put(client());
  await (await (await proposal.endorse()).submit()).getStatus();
  await expect(proposal.endorse()).rejects.toMatchObject(denied('duplicate transaction found'));
});

it('refuses channels and chaincodes that it does not have', async () => {
  for (const over of [{ channel: 'other' }, { chaincode: 'other' }])
    await expect(put(client(over)).endorse()).rejects.toMatchObject({ name: 'EndorseError', code: 9 });
});

it('refuses an envelope that its creator did not sign', async () => {
  const by = client();
  const endorsed = await put(by).endorse();
  const forged = by.gateway.newSignedTransaction(endorsed.getBytes(), sign(Buffer.from('something else')));
  await expect(forged.submit()).rejects.toMatchObject({ name: 'SubmitError', code: 10 });
});

it('tells the fate of a transaction only to members', async () => {
  const commit = await (await put(client()).endorse()).submit();
  const forger = client({}, () => sign(Buffer.from('something else')));
  await expect(forger.statusOf(commit.getTransactionId())).rejects.toMatchObject({
    name: 'CommitStatusError',
    code: 7,
  });
  const events = await forger.network.getChaincodeEvents('lamplight', { startBlock: 0n });
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'GatewayError', code: 7 });
});

it('is refused by a client that trusts another authority for TLS', async () => {
  const tlsRootPem = createAuthority('elsewhere', Date.now()).certificatePem;
  await expect(put(client({ tlsRootPem })).endorse()).rejects.toMatchObject({ name: 'EndorseError', code: 14 });
});
