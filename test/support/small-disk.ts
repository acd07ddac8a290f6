// SPDX-License-Identifier: Apache-2.0
/** A small disk of its own (ext4 in a file, loop-mounted), to be filled to the byte. Needs root and a loop device. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk extends AsyncDisposable {
  /** An empty directory on it. */
  readonly directory: string;
  /** Grows the ballast until so much is used, as `df` counts it. */
  fillTo(percent: number): Promise<void>;
  /** Takes everything that is left. */
  fill(): Promise<void>;
  /** Throws the ballast away. */
  empty(): Promise<void>;
}

/** Whether this machine lets us mount one. */
export async function canMount(): Promise<boolean> {
  try {
    await using disk = await mountSmallDisk(SMALLEST_BYTES);
    return disk.directory !== '';
  } catch {
    return false;
  }
}

const SMALLEST_BYTES = 4 * 1024 * 1024;

/** Throws with the words of the program that refused. */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'lamplight-disk-'));
  const [image, mountPoint] = [join(folder, 'image'), join(folder, 'disk')];
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true }));
  await mkdir(mountPoint);
  const file = await open(image, 'w');
  await file.truncate(bytes);
  await file.close();
  run('mkfs.ext4', '-q', '-m', '0', image);
  run('mount', '-o', 'loop', image, mountPoint);
  undo.defer(() => run('umount', '--lazy', mountPoint));
  const directory = join(mountPoint, 'data');
  await mkdir(directory, { mode: 0o700 });
  const ballast = join(mountPoint, 'ballast');
  let ballastBytes = 0;

  async function grow(by: number): Promise<void> {
    ballastBytes += by;
    run('fallocate', '-l', String(ballastBytes), ballast);
  }

  const mounted = undo.move();
  return {
    directory,
    fillTo: async (percent) => {
      const { blocks, bavail, bsize } = await statfs(mountPoint);
      await grow(Math.ceil((blocks * percent) / 100 - (blocks - bavail)) * bsize);
    },
    fill: async () => {
      // Written, not allocated: it ends only when not a byte is left.
      const left = spawnSync('dd', ['if=/dev/zero', `of=${ballast}-2`, 'bs=4096']);
      if (left.status === 0) throw new Error('the disk did not fill');
    },
    empty: async () => {
      ballastBytes = 0;
      await Promise.all([rm(ballast, { force: true }), rm(`${ballast}-2`, { force: true })]);
    },
    [Symbol.asyncDispose]: () => mounted.disposeAsync(),
  };
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program}: ${stderr.trim()}`);
}
