// SPDX-License-Identifier: Apache-2.0
/** The languages of the page. */
import type { Texts } from './texts.ts';
import { de } from './texts-de.ts';
import { en } from './texts-en.ts';

export const LANGUAGES: Readonly<Record<'de' | 'en', Texts>> = { de, en };
export type Language = keyof typeof LANGUAGES;
