// SPDX-License-Identifier: Apache-2.0
/** Policies: the example of the specification, k of n against a plain twin, and files that are none. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { cosignatureLine, formatVerifierKey, parseNote, type VerifierKey, verifierKey } from '../log/note.ts';
import { WitnessError } from './errors.ts';
import { isAccepted, isQuorumMet, parsePolicy } from './policy.ts';
import { makeSigner, makeWitnessSigner, memoryLog } from './testing/keys.ts';

const log = makeSigner('log.example');
const signers = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'].map(
  (name) => [name, makeWitnessSigner(`${name}.example`)] as const,
);
const witnessLines = signers.map(
  ([name, { key }]) => `witness ${name} ${formatVerifierKey(key)} https://${name}.example/w/`,
);
const HEAD = [`# the clinic\n  log ${formatVerifierKey(log.key)}\t `, '', ...witnessLines].join('\n');
const EXAMPLE = `${HEAD}
group X-witnesses 2 X1 X2 X3
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;
const parse = (text: string) => parsePolicy(text, nodeCrypto.sha256);
const keys = (policy: ReturnType<typeof parse>, chosen: readonly boolean[]): Set<VerifierKey> =>
  new Set(policy.witnesses.filter((_, i) => chosen[i]).map(({ key }) => key));

describe('the example of the specification', () => {
  test.prop([fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })])(
    'is met by 2 X and 1 Y, and by no less',
    (chosen) => {
      const policy = parse(EXAMPLE);
      const count = (from: number) => chosen.slice(from, from + 3).filter(Boolean).length;
      expect(isQuorumMet(policy, keys(policy, chosen))).toBe(count(0) >= 2 && count(3) >= 1);
    },
  );

  it('reads keys, names and addresses', () => {
    const policy = parse(EXAMPLE);
    expect(policy.logs).toEqual([{ key: log.key, url: undefined }]);
    expect(policy.witnesses[1]).toEqual({ name: 'X2', key: signers[1]![1].key, url: 'https://X2.example/w/' });
  });
});

describe('a note', () => {
  const note = memoryLog(log).checkpoint(5);
  const cosigned = (...chosen: number[]) =>
    note + chosen.map((i) => cosignatureLine(parseNote(note).text, signers[i]![1], 1_795_000_000)).join('');

  it('is accepted with enough cosignatures, whoever else signed', () => {
    const policy = parse(EXAMPLE);
    expect(isAccepted(policy, cosigned(0, 2, 5), log.key, nodeCrypto)).toBe(true);
    expect(isAccepted(policy, cosigned(0, 1, 2), log.key, nodeCrypto)).toBe(false);
    expect(isAccepted(policy, cosigned(0, 0, 5), log.key, nodeCrypto)).toBe(false);
    expect(isAccepted(parse('quorum none\n'), note, log.key, nodeCrypto)).toBe(true);
  });

  it('of a log that the policy does not list is not accepted', () => {
    const other = makeSigner('other.example');
    const policy = parse(`log ${formatVerifierKey(log.key)}\nquorum none\n`);
    expect(isAccepted(policy, memoryLog(other).checkpoint(5), other.key, nodeCrypto)).toBe(false);
    const both = parse(`log ${formatVerifierKey(log.key)}\nlog ${formatVerifierKey(other.key)}\nquorum none\n`);
    for (const one of [log, other])
      expect(isAccepted(both, memoryLog(one).checkpoint(5), one.key, nodeCrypto)).toBe(true);
  });

  it('of a listed key under another name, or a listed name with another key, is not accepted', () => {
    const renamed = { ...log, key: { ...makeSigner('other.example').key, publicKey: log.key.publicKey } };
    for (const { key } of [renamed, makeSigner('log.example')]) {
      const policy = parse(
        `log ${formatVerifierKey(verifierKey(key.name, key.publicKey, nodeCrypto.sha256))}\nquorum none\n`,
      );
      expect(isAccepted(policy, note, log.key, nodeCrypto)).toBe(false);
    }
  });

  it('that no key of the log signed is not accepted, however many witnesses did', () => {
    const stranger = memoryLog(makeSigner('log.example')).checkpoint(5);
    const lines = signers.map(([, signer]) => cosignatureLine(parseNote(stranger).text, signer, 1)).join('');
    expect(isAccepted(parse(EXAMPLE), stranger + lines, log.key, nodeCrypto)).toBe(false);
  });
});

describe('a policy has limits', () => {
  const many = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n');
  const logs = Array.from({ length: 65 }, (_, i) => `log ${formatVerifierKey(makeSigner(`log${i}.example`).key)}`);
  const witnesses = Array.from(
    { length: 65 },
    (_, i) => `witness W${i} ${formatVerifierKey(makeWitnessSigner(`w${i}.example`).key)}`,
  );
  const refused = (text: string) => expect(() => parse(text)).toThrow(WitnessError);

  it('of 64 logs, 64 witnesses and 64 members', () => {
    const whole = [...logs.slice(0, 64), ...witnesses.slice(0, 64)].join('\n');
    const names = many(64, (i) => `W${i}`).replaceAll('\n', ' ');
    const policy = parse(`${whole}\ngroup all64 all ${names}\nquorum all64`);
    expect([policy.logs.length, policy.witnesses.length]).toEqual([64, 64]);
    expect(isQuorumMet(policy, keys(policy, Array(64).fill(true)))).toBe(true);
    expect(isQuorumMet(policy, keys(policy, Array(63).fill(true)))).toBe(false);
    refused(`${logs.join('\n')}\nquorum none`);
    refused(`${witnesses.join('\n')}\nquorum none`);
    refused(`${whole}\ngroup first any W0\ngroup all65 any first ${names.replace('W0 ', '')} W63\nquorum none`);
  });

  it('of 128 names', () => {
    const groups = `${witnesses.slice(0, 64).join('\n')}\n${many(64, (i) => `group G${i} any W${i}`)}`;
    expect(parse(`${groups}\nquorum G63`).witnesses).toHaveLength(64);
    refused(`${groups}\ngroup more any G0\nquorum more`);
  });

  it('of 65,536 characters', () => {
    const line = 'quorum none\n#';
    expect(parse(line + 'x'.repeat(65_536 - line.length)).logs).toEqual([]);
    refused(line + 'x'.repeat(65_537 - line.length));
  });

  it('and nothing behind the last item of a line', () => {
    const [oneLog, oneWitness] = [`${logs[0]} https://a.example/`, `${witnesses[0]} https://a.example/`];
    expect(parse(`${oneLog}\n${oneWitness}\nquorum W0`).logs[0]!.url).toBe('https://a.example/');
    for (const text of [`${oneLog} x\nquorum none`, `${oneWitness} x\nquorum W0`, `${oneWitness}\nquorum W0 x`])
      refused(text);
    refused(`${logs[0]}\n${logs[0]}\nquorum none`);
    for (const code of [0x00, 0x08, 0x0b, 0x0d, 0x1f, 0x7f]) refused(`#${String.fromCharCode(code)}\nquorum none`);
    expect(parse('#\t\u0080 \nquorum\tnone').witnesses).toEqual([]);
  });
});

describe('files that are no policy', () => {
  const X1 = witnessLines[0]!;
  it.each([
    ['no quorum', X1, /no line "quorum"/],
    ['two quorums', `${X1}\nquorum X1\nquorum none`, /line 3: more than one quorum/],
    ['an unknown name', 'quorum X1', /line 1: nobody/],
    ['a name that comes later', `quorum X1\n${X1}`, /line 1: nobody/],
    ['a name that stands twice', `${X1}\n${witnessLines[1]!.replace('X2 ', 'X1 ')}\nquorum X1`, /line 2: the name/],
    ['a key that stands twice', `${X1}\n${X1.replace('X1 ', 'X9 ')}\nquorum X1`, /line 2: a witness that stands twice/],
    ['a member that counts twice', `${HEAD}\ngroup g 2 X1 X1\nquorum g`, /is a member twice/],
    ['a member of two groups', `${HEAD}\ngroup g any X1 X2\ngroup h any X1 X3\nquorum g`, /is a member twice/],
    ['k of n above n', `${HEAD}\ngroup g 3 X1 X2\nquorum g`, /k out of n/],
    ['k of 0', `${HEAD}\ngroup g 0 X1 X2\nquorum g`, /k out of n/],
    ['an empty group', `${HEAD}\ngroup g all\nquorum g`, /k out of n/],
    ['the name "none"', `${HEAD}\ngroup none any X1\nquorum none`, /is taken/],
    ['"none" as a member', `${HEAD}\ngroup g any none\nquorum g`, /nobody/],
    ['a log key for a witness', `witness A ${formatVerifierKey(log.key)}\nquorum A`, /line 1: .*of a witness/],
    ['a witness key for a log', `log ${formatVerifierKey(signers[0]![1].key)}\nquorum none`, /line 1: .*of a log/],
    ['a carriage return', 'quorum none\r\n', /carriage return/],
    ['an unknown line', 'witnesses 3\nquorum none', /no known kind/],
    ['too long a file', '#'.repeat(65 * 1024), /characters/],
  ])('%s', (_, text, words) => {
    expect(() => parse(text)).toThrow(words);
  });

  test.prop([fc.string({ unit: 'binary' }), fc.nat(), fc.string({ maxLength: 3 })])('any text', (junk, at, piece) => {
    const changed = EXAMPLE.slice(0, at % EXAMPLE.length) + piece + EXAMPLE.slice((at % EXAMPLE.length) + 1);
    for (const text of [junk, changed, `quorum ${junk}`, `group g ${junk}\nquorum none`]) {
      try {
        expect(parse(text).quorum).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(WitnessError);
      }
    }
  });
});
