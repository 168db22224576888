import type { Input, Output } from '../../main/api/contract.ts'

const file = '/home/demo/spack/var/spack/environments/tools/spack.yaml'
const text = 'spack:\n  specs:\n  - cowsay\n  - vim\n  view: true\n'

type SpackFileMethod =
  | 'environment.text'
  | 'environment.check'
  | 'environment.complete'
  | 'mirrors.read'
  | 'padding.read'
  | 'edit.plan'
  | 'edit.apply'

/** Spack's own files of the fake machine: one manifest, no mirrors, a store without padding. */
export function fakeSpackFiles(): { [M in SpackFileMethod]: (input: Input<M>) => Output<M> } {
  return {
    'environment.text': () => ({
      file,
      text,
      digest: '0'.repeat(64),
      roots: [
        { kind: 'spec', text: 'cowsay', line: 3 },
        { kind: 'spec', text: 'vim', line: 4 },
      ],
      checks: [],
    }),
    'environment.check': () => [],
    'environment.complete': ({ column }) => ({ from: column, options: [] }),
    'mirrors.read': () => ({ mirrors: [], scopes: [{ scope: 'env:tools', file }] }),
    'padding.read': () => ({
      root: '/home/demo/spack/opt/spack',
      paddedRoot: '/home/demo/spack/opt/spack',
      length: 26,
      scopes: [{ scope: 'env:tools', file }],
      packages: [],
    }),
    'edit.plan': ({ edit, environment }) => ({
      id: 'edit',
      title: `Edit ${environment ?? 'tools'}`,
      file,
      scope: 'env:tools',
      creates: false,
      diff: `--- ${file}\n+++ ${file}\n@@ -3,2 +3,3 @@\n   - cowsay\n   - vim\n+  - ${edit.kind}`,
      empty: false,
      checks: [],
      findings: [],
      command: 'strata env edit --env tools',
    }),
    'edit.apply': () => ({ file, merged: false, diff: '' }),
  }
}
