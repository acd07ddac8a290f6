// SPDX-License-Identifier: Apache-2.0
/** What a check found, for a person: the answer, what was proved, each step, and what no proof can show. */

import { VITAL_CODES } from '../../record/vital-codes.ts';
import { correctionInWords, type ShownCorrection } from '../correction.ts';
import type { VerifyStep } from '../verify.ts';
import { decimalText, timeText } from '../words.ts';
import type { Found, Proved } from './check.ts';
import { element } from './element.ts';
import type { FactName, Texts } from './texts.ts';

export function reportOf(found: Found, texts: Texts): DocumentFragment {
  const report = document.createDocumentFragment();
  const answer = element('h2', found.ok ? 'answer good' : 'answer bad', found.ok ? texts.verified : texts.refused);
  // The answer is where a screen reader and the keyboard go after the check.
  answer.tabIndex = -1;
  report.append(answer);
  if (found.code !== undefined) report.append(element('p', '', `${texts.code}: `, element('code', '', found.code)));
  if (found.proved?.kind === 'reading') report.append(...notesOf(found.proved, texts));
  if (found.proved) report.append(element('h3', '', texts.proved), factsOf(found.proved, found, texts));
  report.append(element('h3', '', texts.stepsTitle), stepsOf(found.steps, texts));
  if (!found.ok) report.append(element('p', 'muted', texts.notTaken));
  report.append(element('h3', '', texts.limitsTitle), limitsOf(found, texts));
  return report;
}

/** What was said of the reading: what was taken back, and what stands, which a reader must not miss. */
function notesOf({ corrected, takenBack }: Extract<Proved, { kind: 'reading' }>, texts: Texts): HTMLElement[] {
  const said = ({ reason, by, atMs, why }: ShownCorrection) => texts.corrected[reason](by, timeText(atMs), why);
  const back = takenBack.map((one) => {
    const { by, atMs, why } = one.withdrawn!;
    return element('p', 'corrected', said(one), ' ', texts.takenBack(by, timeText(atMs), why));
  });
  const notes = corrected
    ? [...back, element('p', 'corrected', element('strong', '', said(corrected)), ' ', texts.correctedHint)]
    : back;
  for (const note of notes) note.role = 'note';
  return notes;
}

function stepsOf(steps: readonly VerifyStep[], texts: Texts): HTMLElement {
  const list = element('ol', 'steps');
  for (const { name, words, ok } of steps) {
    const said = texts.steps[name];
    const sentence = said ? (ok ? said.holds : said.fails) : words;
    const mark = element('span', 'mark', ok ? '✓' : '✗');
    mark.ariaHidden = 'true';
    const item = element('li', ok ? 'good' : 'bad', mark, element('span', '', sentence));
    item.append(element('span', 'verdict', ok ? texts.passed : texts.failed));
    item.dataset['step'] = name;
    list.append(item);
  }
  return list;
}

function factsOf(proved: Proved, { logKey }: Found, texts: Texts): HTMLElement {
  const facts: (readonly [FactName, string])[] = [...provedFacts(proved, texts)];
  facts.push(['log', logKey.name], ['key', logKey.keyId]);
  const list = element('dl', 'facts');
  for (const [name, value] of facts) list.append(element('dt', '', texts.facts[name]), element('dd', '', value));
  return list;
}

function provedFacts(proved: Proved, { facts, vitals, timeQualities, locale }: Texts): (readonly [FactName, string])[] {
  if (proved.kind === 'export')
    return [
      ['rows', proved.rows.toLocaleString(locale)],
      ['batches', proved.batches.toLocaleString(locale)],
      ...proved.corrections.map((one) => [one.withdrawn ? 'withdrawn' : 'correction', correctionInWords(one)] as const),
    ];
  const { vital, value, unit, absent, correctedMs, timeQuality, device } = proved.reading;
  const name = vitals[vital] ?? VITAL_CODES[vital]?.name ?? vital;
  return [
    ['reading', `${name} ${value ? `${decimalText(value)} ${unit}` : `(${facts.absent}: ${absent})`}`],
    ['measured', timeText(correctedMs)],
    ['timeQuality', timeQualities[timeQuality] ?? timeQuality],
    ['device', device],
  ];
}

function limitsOf({ isWitnessed }: Found, texts: Texts): HTMLElement {
  const limits = isWitnessed ? texts.limits : [...texts.limits, texts.unwitnessed];
  return element('ul', 'limits', ...limits.map((limit) => element('li', '', limit)));
}
