// SPDX-License-Identifier: Apache-2.0
/** The page: files and a key in, a report out. It holds what was chosen, and nothing longer than it is open. */
import { check, type Found } from './check.ts';
import { type FileKind, kindOf, shortText } from './files.ts';
import { LANGUAGES, type Language } from './languages.ts';
import { reportOf } from './report.ts';
import type { Texts } from './texts.ts';

type Chosen = Partial<Record<Exclude<FileKind, 'key'>, File>>;

class Page {
  readonly #files = byId('files', HTMLInputElement);
  readonly #key = byId('key', HTMLTextAreaElement);
  readonly #button = byId('check', HTMLButtonElement);
  readonly #status = byId('status', HTMLElement);
  readonly #chosenList = byId('chosen', HTMLElement);
  readonly #report = byId('report', HTMLElement);
  #language: Language;
  #chosen: Chosen = {};
  /** Settles when all files that were chosen so far are taken. */
  #taking: Promise<unknown> = Promise.resolve();
  /** Rises with each change of files or key. */
  #changes = 0;
  #found: Found | undefined;

  constructor(language: Language) {
    this.#language = language;
  }

  start(): void {
    this.#files.addEventListener('change', () => this.#run(() => this.#take([...(this.#files.files ?? [])])));
    this.#button.addEventListener('click', () => this.#run(() => this.#check()));
    this.#key.addEventListener('input', () => this.#forget());
    byId('language', HTMLButtonElement).addEventListener('click', () => this.#turnLanguage());
    // A file that misses the box must not open instead of the page.
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      const dropped = [...(event.dataTransfer?.files ?? [])];
      this.#run(() => this.#take(dropped));
    });
    this.#speak();
  }

  get #texts(): Texts {
    return LANGUAGES[this.#language];
  }

  /** A file that cannot be read is the person's to choose again; anything else shows in the console too. */
  #run(task: () => Promise<void>): void {
    task().catch((error: unknown) => {
      this.#status.textContent = this.#texts.broken;
      this.#button.disabled = false;
      console.error(error);
    });
  }

  #take(files: readonly File[]): Promise<void> {
    this.#forget();
    const taken = this.#taking.then(() => this.#sort(files));
    this.#taking = taken.catch(() => undefined);
    return taken;
  }

  async #sort(files: readonly File[]): Promise<void> {
    for (const file of files) {
      const kind = await kindOf(file);
      if (kind === 'key') this.#key.value = (await shortText(file)).trim();
      else this.#chosen = { ...this.#chosen, [kind]: file };
    }
    this.#showChosen();
  }

  async #check(): Promise<void> {
    this.#forget();
    const asked = this.#changes;
    this.#button.disabled = true;
    this.#status.textContent = this.#texts.checking;
    await this.#taking;
    const { proof, csv, policy } = this.#chosen;
    const found = await check({ proof, csv, policy, vkey: this.#key.value });
    this.#button.disabled = false;
    if (asked !== this.#changes) return;
    if (typeof found === 'string') {
      this.#status.textContent = this.#texts.missing[found];
      return;
    }
    this.#status.textContent = '';
    this.#found = found;
    this.#showReport();
    this.#report.querySelector('h2')?.focus();
  }

  /** An answer must never stand beside files or a key that it is not about. */
  #forget(): void {
    this.#changes += 1;
    this.#found = undefined;
    this.#status.textContent = '';
    this.#report.replaceChildren();
  }

  #turnLanguage(): void {
    this.#language = this.#language === 'de' ? 'en' : 'de';
    this.#speak();
  }

  #speak(): void {
    const texts = this.#texts;
    document.documentElement.lang = this.#language;
    document.title = texts.title;
    const { title, lead, offline, filesTitle, filesHint, choose, keyTitle, keyHint, check, otherLanguage } = texts;
    const said = { title, lead, offline, filesTitle, filesHint, choose, keyTitle, keyHint, check, otherLanguage };
    for (const place of document.querySelectorAll<HTMLElement>('[data-text]')) {
      place.textContent = said[place.dataset['text'] as keyof typeof said];
    }
    byId('language', HTMLButtonElement).lang = this.#language === 'de' ? 'en' : 'de';
    this.#status.textContent = '';
    this.#showChosen();
    this.#showReport();
  }

  #showChosen(): void {
    const { chosen } = this.#texts;
    const lines = (['proof', 'csv', 'policy'] as const).flatMap((kind) => {
      const file = this.#chosen[kind];
      return file ? [`${chosen[kind]}: ${file.name}`] : [];
    });
    this.#chosenList.textContent = lines.join('\n');
  }

  #showReport(): void {
    this.#report.replaceChildren(...(this.#found ? [reportOf(this.#found, this.#texts)] : []));
  }
}

function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

new Page(navigator.language.startsWith('de') ? 'de' : 'en').start();
