// SPDX-License-Identifier: Apache-2.0
/**
 * Forms: what a command or a value of the ledger looks like, written down as data. One form gives the TypeScript type, the encoder
 * to a CBOR map with integer keys, and the strict decoder; so there is no second place where a field could be forgotten.
 */
import type { CborMap, CborValue } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asMap, asText, noOtherKeys, type Refuse } from '../codec/fields.ts';

interface TextForm {
  readonly kind: 'text';
  readonly maxLength: number;
  /** The whole text must match. */
  readonly pattern: RegExp;
}
interface BytesForm {
  readonly kind: 'bytes';
  readonly length: number;
}
interface IntegerForm {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
}
/** A word in the program, a small number on the wire. */
interface CodeForm<Word extends string = string> {
  readonly kind: 'code';
  readonly codes: Readonly<Record<Word, number>>;
}
interface ListForm<Item extends Form = Form> {
  readonly kind: 'list';
  readonly item: Item;
  readonly maxLength: number;
}
export interface RecordForm<F extends Fields = Fields> {
  readonly kind: 'record';
  readonly fields: F;
}
/** `[key, form]`, or `[key, form, 'optional']`: an absent field has no key in the map. */
type Field = readonly [key: number, form: Form, optional?: 'optional'];
export interface Fields {
  readonly [name: string]: Field;
}
export type Form = TextForm | BytesForm | IntegerForm | CodeForm | ListForm | RecordForm;

/** The TypeScript type of a form. */
export type ValueOf<F> = F extends TextForm
  ? string
  : F extends BytesForm
    ? Uint8Array
    : F extends IntegerForm
      ? number
      : F extends CodeForm<infer Word>
        ? Word
        : F extends ListForm<infer Item>
          ? readonly ValueOf<Item>[]
          : F extends RecordForm<infer Fs>
            ? RecordOf<Fs>
            : never;

type OptionalName<Fs extends Fields> = {
  [Name in keyof Fs]: Fs[Name] extends readonly [number, Form, 'optional'] ? Name : never;
}[keyof Fs];
type RecordOf<Fs extends Fields> = {
  readonly [Name in Exclude<keyof Fs, OptionalName<Fs>>]: ValueOf<Fs[Name][1]>;
} & { readonly [Name in OptionalName<Fs>]?: ValueOf<Fs[Name][1]> };

export const text = (maxLength: number, pattern: RegExp): TextForm => ({ kind: 'text', maxLength, pattern });
export const bytes = (length: number): BytesForm => ({ kind: 'bytes', length });
export const integer = (min: number, max: number): IntegerForm => ({ kind: 'integer', min, max });
export const code = <Word extends string>(codes: Readonly<Record<Word, number>>): CodeForm<Word> => ({
  kind: 'code',
  codes,
});
export const list = <Item extends Form>(item: Item, maxLength: number): ListForm<Item> => ({
  kind: 'list',
  item,
  maxLength,
});
export const record = <const F extends Fields>(fields: F): RecordForm<F> => ({ kind: 'record', fields });

/** The CBOR of a value. A value that is not of its form is a bug of the caller and is refused by every reader. */
export function toCbor<F extends Form>(form: F, value: ValueOf<F>): CborValue {
  return write(form, value);
}

/** The value in CBOR from outside; whatever is not exactly of the form throws what `refuse` makes. */
export function fromCbor<F extends Form>(form: F, value: CborValue | undefined, refuse: Refuse): ValueOf<F> {
  return read(form, value, refuse) as ValueOf<F>;
}

function write(form: Form, value: unknown): CborValue {
  switch (form.kind) {
    case 'code':
      return form.codes[value as string]!;
    case 'list':
      return (value as unknown[]).map((item) => write(form.item, item));
    case 'record': {
      const map = new Map<number, CborValue>();
      for (const [name, [key, field]] of Object.entries(form.fields)) {
        const part = (value as Record<string, unknown>)[name];
        if (part !== undefined) map.set(key, write(field, part));
      }
      return map;
    }
    default:
      return value as CborValue;
  }
}

function read(form: Form, value: CborValue | undefined, refuse: Refuse): unknown {
  switch (form.kind) {
    case 'text': {
      const found = asText(value, refuse, form.maxLength);
      if (!form.pattern.test(found)) throw refuse('a text of another form is expected');
      return found;
    }
    case 'bytes':
      return asBytes(value, refuse, form);
    case 'integer':
      return asInteger(value, refuse, form.min, form.max);
    case 'code':
      return wordOf(form, value, refuse);
    case 'list':
      return asArray(value, refuse, form.maxLength).map((item) => read(form.item, item, refuse));
    case 'record':
      return readRecord(form, asMap(value, refuse), refuse);
  }
}

function readRecord(form: RecordForm, map: CborMap, refuse: Refuse): Record<string, unknown> {
  const known = new Set<number>();
  const found: Record<string, unknown> = {};
  for (const [name, [key, field, optional]] of Object.entries(form.fields)) {
    known.add(key);
    if (optional && !map.has(key)) continue;
    found[name] = read(field, map.get(key), (detail) => refuse(`${name}: ${detail}`));
  }
  noOtherKeys(map, known, refuse);
  return found;
}

function wordOf(form: CodeForm, value: CborValue | undefined, refuse: Refuse): string {
  const word = Object.keys(form.codes).find((name) => form.codes[name] === value);
  if (word === undefined) throw refuse('a known code is expected');
  return word;
}
