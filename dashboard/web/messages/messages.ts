// SPDX-License-Identifier: Apache-2.0
/** The language of this page: the person's choice, else the browser's. It is settled when the page loads; choosing another loads it anew. */
import { de } from './de.ts';
import { en, type Messages } from './en.ts';

export type { Messages };
export const LANGUAGES = { en, de } as const;
export type Language = keyof typeof LANGUAGES;

const CHOICE_KEY = 'lamplight.language';

export const language: Language = languageOf([localStorage.getItem(CHOICE_KEY) ?? '', ...navigator.languages]);
export const t: Messages = LANGUAGES[language];

export function chooseLanguage(chosen: string): void {
  localStorage.setItem(CHOICE_KEY, chosen);
  location.reload();
}

/** The first wish that there is a file for; English else. */
function languageOf(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const [name = ''] = wish.toLowerCase().split('-');
    if (Object.hasOwn(LANGUAGES, name)) return name as Language;
  }
  return 'en';
}
