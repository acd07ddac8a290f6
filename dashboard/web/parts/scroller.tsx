// SPDX-License-Identifier: Apache-2.0
/** Room for a table that is wider than a phone: it scrolls by itself, with the keyboard too. */
import type { ComponentChildren } from 'preact';

export function Scroller({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard (WCAG 2.1.1)
    <section class="scroller" aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}
