// SPDX-License-Identifier: Apache-2.0
/**
 * The chaincode as a service: a process of its own beside each organisation's peer, which the peer dials. `node server.ts --address
 * HOST:PORT --id PACKAGE_ID`, or with --folder one that `npm run fabric:up` made: it holds both (`address`, `package-id`), and keys, so
 * that only the peer of that package is let in.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import shim from 'fabric-shim';
import { createChaincode } from './chaincode.ts';

// The shim logs an error that nobody caught, and the process would end with 0. One that serves never ends by itself.
process.exitCode = 1;
const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { address: text, id: text, folder: text } });
const { folder } = values;
const held = async (file: string) => (folder ? readFile(join(folder, file)) : undefined);
const address = values.address ?? (await held('address'))?.toString();
const ccid = values.id ?? (await held('package-id'))?.toString();
if (!address || !ccid) {
  process.stderr.write('The chaincode server needs --address HOST:PORT and --id PACKAGE_ID, or --folder FOLDER.\n');
  process.exit(2);
}
const tlsProps = folder && {
  key: await held('server.key'),
  cert: await held('server.crt'),
  clientCACerts: await held('ca.crt'),
};
const chaincode = createChaincode((error) => process.stderr.write(`${error instanceof Error ? error.stack : error}\n`));
await shim.Shim.server(chaincode as never, { ccid, address, tlsProps } as never).start();
