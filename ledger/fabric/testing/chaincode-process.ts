// SPDX-License-Identifier: Apache-2.0
/** A chaincode server as a child process, as an operator runs it beside a peer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What is kept of a child's words, for the message if it ends by itself. */
const OUTPUT_CHARACTERS_MAX = 4000;

export class ChaincodeProcess {
  readonly #program: URL;
  readonly address: string;
  readonly id: string;
  #child: ChildProcess | undefined;
  #output = '';

  /** `program` takes --address host:port and --id. */
  constructor(program: URL, address: string, id: string) {
    this.#program = program;
    this.address = address;
    this.id = id;
  }

  /** The words of the child, for whoever waits for it in vain. */
  get output(): string {
    return this.#output;
  }
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const args = [fileURLToPath(this.#program), '--address', this.address, '--id', this.id];
    // fabric-shim writes a line for each transaction otherwise.
    const env = { ...process.env, CORE_CHAINCODE_LOGGING_LEVEL: 'error' };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (words: string) => {
        this.#output = (this.#output + words).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}
