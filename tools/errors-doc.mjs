// Writes docs/errors.md from the error registries of the four floors. Run with Node 24: node tools/errors-doc.mjs
// test/errors-docs.test.ts compares the file with what this gives.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HEAD = `# Errors

Every error that Lamplight shows has a code. Programs look at the code and its class, people read the words. This page is written from the
registries (\`errors.ts\` of each floor) by \`node tools/errors-doc.mjs\`; a test compares them.

*transient*: trying again later may help. *ambiguous*: it may have happened or not; look before you try again. *permanent*: trying again
does not help.

| code | floor | class | meaning | what to do |
|---|---|---|---|---|
`;

/** The registries that exist, as { floor: registry }. */
export async function loadRegistries() {
  const { DEVICE_ERRORS } = await import('../devices/errors.ts');
  const { LEDGER_ERRORS } = await import('../ledger/errors.ts');
  const { CONTRACT_ERRORS } = await import('../ledger/contract/errors.ts');
  const { ANCHOR_ERRORS } = await import('../ledger/anchor/errors.ts');
  const { WITNESS_ERRORS } = await import('../ledger/witness/errors.ts');
  const { FABRIC_ERRORS } = await import('../ledger/fabric/errors.ts');
  const { PAGE_ERRORS } = await import('../ledger/verify/errors.ts');
  const { MIRROR_ERRORS } = await import('../ledger/mirror/errors.ts');
  const { GATEWAY_ERRORS } = await import('../gateway/errors.ts');
  const { DASHBOARD_ERRORS } = await import('../dashboard/errors.ts');
  const ledger = {
    ...LEDGER_ERRORS,
    ...CONTRACT_ERRORS,
    ...ANCHOR_ERRORS,
    ...WITNESS_ERRORS,
    ...MIRROR_ERRORS,
    ...FABRIC_ERRORS,
    ...PAGE_ERRORS,
  };
  return { devices: DEVICE_ERRORS, ledger, gateway: GATEWAY_ERRORS, dashboard: DASHBOARD_ERRORS };
}

/** The whole page. */
export function errorsPage(registries) {
  const rows = Object.entries(registries).flatMap(([floor, registry]) =>
    Object.entries(registry).map(([code, entry]) => ({ code, floor, ...entry })),
  );
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const line = (row) =>
    `| \`${row.code}\` | ${row.floor} | ${row.class} | ${cell(row.message)} | ${cell(row.advice)} |\n`;
  const order = (a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
  return HEAD + rows.sort(order).map(line).join('');
}

if (import.meta.main) {
  writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), errorsPage(await loadRegistries()));
}
