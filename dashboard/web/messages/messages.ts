// SPDX-License-Identifier: Apache-2.0
/** The language of this page. */
import { en, type Messages } from './en.ts';

export type { Messages };
export const t: Messages = en;
