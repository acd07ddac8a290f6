// SPDX-License-Identifier: Apache-2.0
/**
 * The chaincode as a service: a process of its own beside each organisation's peer, which the peer dials.
 * `node server.ts --address HOST:PORT --id PACKAGE_ID [--tls-key FILE --tls-cert FILE --tls-client-ca FILE]`: with the three files, only
 * a peer whose certificate that authority signed is let in.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import shim from 'fabric-shim';
import { createChaincode } from './chaincode.ts';

const text = { type: 'string' } as const;
const options = { address: text, id: text, 'tls-key': text, 'tls-cert': text, 'tls-client-ca': text };
const { values } = parseArgs({ options });
const { address, id, 'tls-key': key, 'tls-cert': cert, 'tls-client-ca': authority } = values;
if (!address || !id) {
  process.stderr.write('The chaincode server needs --address HOST:PORT and --id PACKAGE_ID.\n');
  process.exit(2);
}
const tlsProps =
  key && cert && authority
    ? { key: await readFile(key), cert: await readFile(cert), clientCACerts: await readFile(authority) }
    : undefined;
const chaincode = createChaincode((error) => process.stderr.write(`${error instanceof Error ? error.stack : error}\n`));
await shim.Shim.server(chaincode as never, { ccid: id, address, tlsProps } as never).start();
