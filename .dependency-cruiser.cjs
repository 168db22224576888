/**
 * Who may import whom. Type imports count as well: a layer that knows another's types knows the other.
 * `test/architecture/imports.test.ts` runs these rules and proves of each that it can fail.
 */
const npmPackage = (name) => `(^|/)node_modules/${name}(/|$)`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Modules that import each other cannot be understood, tested or moved one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'renderer-imports-api-only',
      comment: 'The page reaches the engine through its client and the contract, as any shell serves it.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: ['^app/', '^main/'], pathNot: '^main/api/' },
    },
    {
      name: 'renderer-runs-in-a-browser',
      comment: 'The page is sandboxed: node and Electron are not there.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-knows-no-shell',
      comment: 'The engine runs the same below a window, a server and a command line.',
      severity: 'error',
      from: { path: '^main/' },
      to: { path: ['^app/', '^renderer/'] },
    },
    {
      name: 'electron-in-app-electron-only',
      comment: 'Everything but the desktop shell has to run without Electron.',
      severity: 'error',
      from: { path: ['^app/', '^main/', '^renderer/'], pathNot: '^app/electron/' },
      to: { path: [npmPackage('electron'), '^electron$'] },
    },
    {
      name: 'app-imports-no-renderer',
      comment: 'The shells serve the built page; they do not know what is in it.',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: '^renderer/' },
    },
    {
      name: 'api-imports-zod-only',
      comment: 'The contract is read by the page as well: schemas, and nothing of node.',
      severity: 'error',
      from: { path: '^main/api/' },
      to: { pathNot: ['^main/api/', npmPackage('zod')] },
    },
    {
      name: 'relocate-without-file-system',
      comment: 'Relocation is pure: bytes in, edits out. What reads and writes them is elsewhere.',
      severity: 'error',
      from: { path: '^main/relocate/' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|child_process|net|http|https|worker_threads)(/|$)' },
    },
    {
      name: 'spack-knows-no-registry',
      comment: 'buildcache and image bring Spack and registries together; the two do not know each other.',
      severity: 'error',
      from: { path: '^main/spack/' },
      to: { path: '^main/registry/' },
    },
    {
      name: 'registry-knows-no-spack',
      comment: 'See spack-knows-no-registry.',
      severity: 'error',
      from: { path: '^main/registry/' },
      to: { path: '^main/spack/' },
    },
    {
      name: 'support-stays-small',
      comment: 'Everyone uses main/support, so it may need nothing but the error vocabulary.',
      severity: 'error',
      from: { path: '^main/support/' },
      to: { path: '^main/', pathNot: ['^main/support/', '^main/api/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json', '.css'],
    },
  },
}
