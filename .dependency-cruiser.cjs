/** The walls of the house (design: ARCHITECTURE.md, "The house"). Arrows point down; a floor is entered through a published file. */
const own = '^(devices|ledger|gateway|dashboard)/';
const onlyFrom = (name, from, to) => ({
  name: `only-${name}`,
  severity: 'error',
  from: { path: own, pathNot: [from, '\\.test\\.ts$', '/testing/'] },
  // A type may be named anywhere: a recorder takes the database that a store opened.
  to: { path: to, dependencyTypesNot: ['type-only'] },
});
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'devices-is-ground-floor',
      severity: 'error',
      from: { path: '^devices/' },
      to: { path: '^(ledger|gateway|dashboard)/' },
    },
    {
      name: 'ledger-is-ground-floor',
      comment: 'but for `import type` of devices/reading.ts, the one definition of a reading',
      severity: 'error',
      from: { path: '^ledger/' },
      to: { path: '^(devices|gateway|dashboard)/', pathNot: '^devices/reading\\.ts$' },
    },
    {
      name: 'ledger-imports-readings-as-type-only',
      severity: 'error',
      from: { path: '^ledger/' },
      to: { path: '^devices/reading\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    { name: 'gateway-not-upwards', severity: 'error', from: { path: '^gateway/' }, to: { path: '^dashboard/' } },
    {
      name: 'enter-devices-by-its-door',
      severity: 'error',
      from: { path: '^(ledger|gateway|dashboard)/' },
      to: { path: '^devices/', pathNot: ['^devices/index\\.ts$', '^devices/reading\\.ts$'] },
    },
    {
      name: 'enter-ledger-by-its-door',
      severity: 'error',
      from: { path: '^(gateway|dashboard)/', pathNot: ['\\.test\\.ts$'] },
      to: {
        path: '^ledger/',
        pathNot: ['^ledger/index\\.ts$', '^ledger/verify/index\\.ts$', '^ledger/fabric/index\\.ts$'],
      },
    },
    {
      name: 'enter-gateway-by-its-door',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^gateway/', pathNot: ['^gateway/index\\.ts$', '^gateway/messages\\.ts$'] },
    },
    onlyFrom('serial-transport-touches-serialport', '^devices/serial/transport\\.ts$', '^node_modules/serialport/'),
    onlyFrom('broker-touches-aedes', '^gateway/intake/broker\\.ts$', '^node_modules/aedes/'),
    onlyFrom('crypto-files-touch-noble-and-hpke', '^ledger/crypto/', '^node_modules/@(noble|hpke)/'),
    onlyFrom('stores-touch-sqlite', '/[a-z-]*(store|database)\\.ts$', '^node:sqlite$'),
    onlyFrom(
      'fabric-folder-touches-fabric',
      '^ledger/fabric/',
      '^node_modules/(@grpc/grpc-js|@hyperledger|fabric-shim)/',
    ),
    onlyFrom('influx-file-touches-influx', '^gateway/series/influx\\.ts$', '^node_modules/influx/'),
    onlyFrom('metrics-file-touches-prom-client', '^gateway/metrics\\.ts$', '^node_modules/prom-client/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dashboard/dist' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
