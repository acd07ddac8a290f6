// SPDX-License-Identifier: Apache-2.0
/** The proof of one reading, checked here in the browser step by step, in plain words, and saved for `lamplight verify`. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  nobleCrypto,
  readingInWords,
  type ShownCorrection,
  type VerifyResult,
  verifyProof,
} from '../../../ledger/verify/index.ts';
import { t } from '../messages/messages.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { get, HISTORY_MS_MAX, type Problem, proofPath } from '../station-api.ts';
import { timeWords } from './words.ts';

interface ProofPanelProps {
  readonly stay: string;
  /** "device/session/sequence" */
  readonly id: string;
  readonly atMs: number;
  readonly close: () => void;
}
interface Given {
  readonly proof: string;
  readonly vkey: string;
}

export function ProofPanel({ stay, id, atMs, close }: ProofPanelProps) {
  const [given, setGiven] = useState<Given | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    void get<Given>(proofPath(stay, id, atMs), HISTORY_MS_MAX).then((answer) => {
      if (answer.ok) setGiven(answer.value);
      else setProblem(answer.problem);
    });
  }, []);
  return (
    <section class="proof">
      <h4 ref={heading} tabIndex={-1}>
        {t.proof.title}
      </h4>
      <ProblemNote problem={problem} />
      {given === null && problem === null && <p>{t.trend.loading}</p>}
      {given !== null && <Checked given={given} id={id} />}
      <p class="choices">
        {given !== null && (
          <button type="button" onClick={() => save(given.proof, id)}>
            {t.proof.save}
          </button>
        )}
        <button type="button" onClick={close}>
          {t.proof.close}
        </button>
      </p>
    </section>
  );
}

function Checked({ given: { proof, vkey }, id }: { given: Given; id: string }) {
  const [result, setResult] = useState<VerifyResult | null>(null);
  useEffect(() => setResult(verifyProof(proof, vkey, nobleCrypto)), [proof, vkey]);
  if (result === null) return null;
  const isProved = result.reading !== undefined && isAsked(result.reading, id);
  return (
    <>
      {isProved && result.takenBack?.map((one) => <TakenBack key={one.atMs} correction={one} />)}
      {isProved && result.corrected && <Corrected correction={result.corrected} />}
      <ol class="steps">
        {result.steps.map((step) => (
          <li key={step.name}>
            <strong>{step.ok ? t.proof.holds : t.proof.fails}</strong> {t.proof.steps[step.name] ?? step.words}
          </li>
        ))}
      </ol>
      {isProved && result.reading && (
        <p role="status">
          <strong>{t.proof.verified}</strong> {readingInWords(result.reading)}
        </p>
      )}
      {!isProved && (
        <p role="alert">
          <strong>{t.proof.refused}</strong> {result.error?.message ?? t.proof.other}
        </p>
      )}
      <p class="hint">{t.proof.key}</p>
      <code>{vkey}</code>
      <p class="hint">{t.proof.notShown}</p>
    </>
  );
}

function TakenBack({ correction: { reason, by, atMs, why, withdrawn } }: { correction: ShownCorrection }) {
  const { corrected, correctedBy } = t.proof;
  if (!withdrawn) return null;
  return (
    <p class="corrected" role="note">
      {correctedBy(corrected[reason], by, timeWords(atMs), why)}.{' '}
      {t.correct.withdrawn(withdrawn.by, timeWords(withdrawn.atMs), withdrawn.why)}
    </p>
  );
}

/** Above everything that holds: who trusts the steps alone would take the value for right. */
function Corrected({ correction: { reason, by, atMs, why } }: { correction: ShownCorrection }) {
  const { corrected, correctedBy, correctedHint } = t.proof;
  return (
    <p class="corrected" role="note">
      <strong>{correctedBy(corrected[reason], by, timeWords(atMs), why)}</strong> {correctedHint}
    </p>
  );
}

/** A proof of another reading proves nothing about the one that was chosen. */
function isAsked({ device, session, sequence }: NonNullable<VerifyResult['reading']>, id: string): boolean {
  return `${device}/${session}/${sequence}` === id;
}

function save(text: string, id: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = `${id.replaceAll('/', '-')}.tlog-proof`;
  link.click();
  URL.revokeObjectURL(link.href);
}
