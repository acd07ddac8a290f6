// SPDX-License-Identifier: Apache-2.0
/** A chaincode that does what the tests of the bench peer ask: each function uses one thing that a peer offers. Run as a chaincode server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import shim, { type ChaincodeStub } from 'fabric-shim';

type Toy = (stub: ChaincodeStub, ...args: string[]) => Promise<string>;

const FUNCTIONS: Readonly<Record<string, Toy>> = {
  get: async (stub, key = '') => String(await stub.getState(key)),
  async put(stub, key = '', value = '') {
    await stub.putState(key, Buffer.from(value));
    return 'put';
  },
  async fill(stub, prefix = '', count = '0') {
    for (let i = 0; i < Number(count); i += 1) await stub.putState(`${prefix}${i}`, Buffer.from('x'));
    return 'filled';
  },
  /** Reads before it writes, so that a rival's write in between shows. */
  async append(stub, key = '', value = '') {
    await stub.putState(key, Buffer.from(`${await stub.getState(key)}${value}`));
    return String(await stub.getState(key));
  },
  async delete(stub, key = '') {
    await stub.deleteState(key);
    return 'deleted';
  },
  async list(stub, start = '', end = '', into = '') {
    const found: string[] = [];
    for await (const { key, value } of stub.getStateByRange(start, end)) found.push(`${key}=${value}`);
    if (into) await stub.putState(into, Buffer.from(String(found.length)));
    return found.join(' ');
  },
  /** Takes the first of a range, and leaves the rest. */
  async peek(stub, start = '', end = '', into = '') {
    for await (const { key } of stub.getStateByRange(start, end)) {
      await stub.putState(into, Buffer.from(key));
      return key;
    }
    return '';
  },
  async history(stub, key = '') {
    const found: string[] = [];
    for await (const { value, isDelete } of stub.getHistoryForKey(key))
      found.push(isDelete ? 'deleted' : String(value));
    return found.join(' ');
  },
  async hide(stub, key = '') {
    await stub.putPrivateData('sealed', key, stub.getTransient().get('sealed') as unknown as Buffer);
    return 'hidden';
  },
  show: async (stub, key = '') => String(Buffer.from(await stub.getPrivateData('sealed', key))),
  hash: async (stub, key = '') => Buffer.from(await stub.getPrivateDataHash('sealed', key)).toString('hex'),
  async purge(stub, key = '') {
    await stub.purgePrivateData('sealed', key);
    return 'purged';
  },
  /** From now on only `org` may change the key. */
  async own(stub, key = '', org = '') {
    const policy = new shim.KeyEndorsementPolicy();
    policy.addOrgs('MEMBER', org);
    await stub.setStateValidationParameter(key, policy.getPolicy());
    return 'owned';
  },
  async owner(stub, key = '') {
    const bytes = await stub.getStateValidationParameter(key);
    return new shim.KeyEndorsementPolicy(Buffer.from(bytes) as never).listOrgs().join(' ');
  },
  async tell(stub, name = '', payload = '') {
    stub.setEvent(name, Buffer.from(payload));
    await stub.putState(`told ${name}`, Buffer.from(payload));
    return 'told';
  },
  async caller(stub) {
    const caller = new shim.ClientIdentity(stub);
    const names = [caller.getMSPID(), caller.getAttributeValue('role'), caller.getAttributeValue('deviceId')];
    return names.filter((name) => name !== null).join(' ');
  },
  /** Known to be bad: each endorser reads its own clock. */
  async clock(stub, key = '') {
    await stub.putState(key, Buffer.from(`${Date.now()} ${process.pid}`));
    return 'ticked';
  },
  async refuse(_stub, words = '') {
    throw new Error(words);
  },
  async sleep(_stub, forMs = '0') {
    await sleep(Number(forMs));
    return 'slept';
  },
};

async function invoke(stub: ChaincodeStub) {
  const { fcn, params } = stub.getFunctionAndParameters();
  try {
    const asked = FUNCTIONS[fcn];
    if (!asked) throw new Error(`no function ${fcn}`);
    return shim.success(Buffer.from(await asked(stub, ...params)));
  } catch (error) {
    // The peer passes the text on to the client.
    return shim.error(error instanceof Error ? error.message : String(error));
  }
}

const { values } = parseArgs({ options: { address: { type: 'string' }, id: { type: 'string' } } });
const toy = { Init: invoke, Invoke: invoke };
await shim.Shim.server(toy as never, { ccid: values.id ?? '', address: values.address ?? '' } as never).start();
