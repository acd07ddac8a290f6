// SPDX-License-Identifier: Apache-2.0
/** Arbitrary values of a form, and arbitrary commands, for property tests. */
import { fc } from '@fast-check/vitest';
import { COMMANDS, type Command, type CommandType } from '../commands.ts';
import type { Form, RecordForm } from '../form.ts';

export function arbitraryOf(form: Form): fc.Arbitrary<unknown> {
  switch (form.kind) {
    case 'text':
      return fc.string({ maxLength: 20 }).map((words) => {
        const word = words.replaceAll(/[^A-Za-z0-9]/g, '') || 'a';
        return [word, `${word}\n`, 'acc~00'].find((candidate) => form.pattern.test(candidate))!;
      });
    case 'bytes':
      return fc.uint8Array({ minLength: form.length, maxLength: form.length });
    case 'integer':
      return fc.integer({ min: form.min, max: form.max });
    case 'code':
      return fc.constantFrom(...Object.keys(form.codes));
    case 'list':
      return fc.array(arbitraryOf(form.item), { maxLength: Math.min(form.maxLength, 5) });
    case 'record': {
      const fields = Object.entries(form.fields);
      const model = Object.fromEntries(fields.map(([name, [, field]]) => [name, arbitraryOf(field)]));
      const requiredKeys = fields.filter(([, [, , optional]]) => !optional).map(([name]) => name);
      return fc.record(model, { requiredKeys, noNullPrototype: true });
    }
  }
}

export const arbitraryCommand: fc.Arbitrary<Command> = fc
  .constantFrom(...(Object.keys(COMMANDS) as CommandType[]))
  .chain((type) =>
    arbitraryOf(COMMANDS[type] as RecordForm).map((fields) => ({ type, ...(fields as object) }) as Command),
  );
