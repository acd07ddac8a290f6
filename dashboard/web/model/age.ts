// SPDX-License-Identifier: Apache-2.0
/** Ages in words, cut down to the whole unit: 119 s is "1 min ago". */
import type { Messages } from '../messages/messages.ts';

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

export function ageWords(ageMs: number, words: Messages['age']): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < MINUTE_S) return words.seconds(seconds);
  if (seconds < HOUR_S) return words.minutes(Math.floor(seconds / MINUTE_S));
  if (seconds < DAY_S) return words.hours(Math.floor(seconds / HOUR_S));
  return words.days(Math.floor(seconds / DAY_S));
}
