// SPDX-License-Identifier: Apache-2.0
/** Where Fabric's programs come from; Docker is a script that keeps a list of what it was asked. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FabricError } from '../errors.ts';
import { programsFromDocker, programsIn } from './programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lamplight-programs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The tools' image holds four programs, the orderer's one. */
const DOCKER = `#!/bin/sh
echo "$@" >> "${folder}/asked"
case "$1" in
  create) case "$2" in *tools*) echo tools ;; *) echo orderer ;; esac ;;
  cp) case "$2" in tools:*) names="cryptogen configtxgen osnadmin peer" ;; *) names=orderer ;; esac
    for name in $names; do printf '#!/bin/sh\\necho "$0 $1 $WORD"\\n' > "$3/$name"; chmod 755 "$3/$name"; done ;;
esac
`;
const docker = script('docker', DOCKER);

it('names the first program that is not there', () => {
  mkdirSync(join(folder, 'half'));
  script('half/cryptogen', '#!/bin/sh\n');
  writeFileSync(join(folder, 'half', 'configtxgen'), 'no program', { mode: 0o600 });
  expect(() => programsIn(join(folder, 'half'))).toThrow('no configtxgen in that folder');
});

it('takes them out of the official images, once', async () => {
  const target = join(folder, 'programs');
  const programs = await programsFromDocker(target, docker);
  expect(programs.daemon('orderer')).toBe(join(target, 'orderer'));
  expect(await programs.run('peer', ['version'], { WORD: 'here' })).toBe(`${join(target, 'peer')} version here\n`);
  const asked = [
    'info',
    'create hyperledger/fabric-tools:2.5.16',
    `cp tools:/usr/local/bin/. ${target}`,
    'rm --volumes tools',
  ];
  asked.push(
    'create hyperledger/fabric-orderer:2.5.16',
    `cp orderer:/usr/local/bin/. ${target}`,
    'rm --volumes orderer',
  );
  expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')).toEqual(asked);
  await programsFromDocker(target, join(folder, 'no-docker'));
});

it('says what is missing where neither is, and what a program said that failed', async () => {
  const absent = join(folder, 'no-docker');
  await expect(programsFromDocker(join(folder, 'none'), absent)).rejects.toMatchObject({
    code: 'FABRIC_PROGRAMS_MISSING',
  });
  const broken = script('broken', '#!/bin/sh\n[ "$1" = info ] || { echo "no such image" >&2; exit 1; }\n');
  const failure = programsFromDocker(join(folder, 'none'), broken);
  await expect(failure).rejects.toThrow(FabricError);
  await expect(failure).rejects.toThrow('no such image');
});

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}
