import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Output, Parsed } from '../../main/api/contract.ts'
import type { Host } from '../../main/buildcache/source.ts'
import { createFileEdits } from '../../main/buildcache/spack-files/edits.ts'
import {
  checkManifestText,
  completeManifestText,
  readManifestText,
  readMirrorList,
} from '../../main/buildcache/spack-files/read.ts'
import { openKeychain, type Vault } from '../../main/registry/credentials/keychain.ts'
import { brokenRef } from './fake-data.ts'
import { processFolder } from './process-folder.ts'

/** The fake machine's Spack as it stands on a disk: what is not named is not there. */
export const spackFiles = {
  '/home/demo/spack/lib/spack/spack/__init__.py': '__version__ = "0.22.5"\n',
  '/home/demo/spack/bin/spack': '#!/bin/sh\n',
  '/home/demo/spack/etc/spack/defaults/mirrors.yaml':
    'mirrors:\n  spack-public:\n    binary: false\n    url: https://mirror.spack.io\n',
  '/home/demo/spack/var/spack/environments/tools/spack.yaml': `# Tools that everyone here needs.
spack:
  specs:
  - cowsay
  - figlet
  - hello
  - less
  - lua@5.4
  - nano
  - relockit
  - sed
  - sqlite +column_metadata   # asked for by the data group
  - vim
  - zstd
  view: true
  concretizer:
    unify: true
  mirrors:
    demo:
      url: oci://ghcr.io/demo/cache
      signed: false
`,
  '/home/demo/spack/var/spack/environments/science/spack.yaml': `spack:
  definitions:
  - mpis: [openmpi, mpich]
  - apps: [hdf5 +mpi, netcdf-c]
  specs:
  - python@3.11
  - matrix:
    - [$apps]
    - [^$mpis]
  - $apps
  view: false
`,
  '/home/demo/spack/var/spack/environments/everything/spack.yaml': 'spack:\n  specs: []\n  view: false\n',
  [`${brokenRef.environment}/spack.yaml`]: 'spack:\n  specs:\n  - wrf\n  - wrf\n  veiw: true\n',
} as const

type SpackFileMethod =
  | 'environment.text'
  | 'environment.check'
  | 'environment.complete'
  | 'mirrors.read'
  | 'padding.read'
  | 'edit.plan'
  | 'edit.apply'

/**
 * Spack's own files of the fake machine: real files in a folder that stands for `/`, read and written by what the real
 * engine reads and writes them with. The folder goes with the process.
 */
export function fakeSpackFiles(): { [M in SpackFileMethod]: (input: Parsed<M>) => Promise<Output<M>> | Output<M> } {
  const sysroot = processFolder('strata-fake-')
  for (const [file, text] of Object.entries(spackFiles)) {
    mkdirSync(join(sysroot, dirname(file)), { recursive: true })
    writeFileSync(join(sysroot, file), text)
  }
  const keychain = openKeychain({ folder: join(sysroot, 'strata'), vault: memoryVault() })
  const host: Host = { env: { HOME: '/home/demo' }, home: '/home/demo', remembered: [], keychain, registries: [] }
  const edits = createFileEdits({ host: () => host })
  return {
    'environment.text': (ref) => readManifestText({ ...ref, sysroot }, host),
    'environment.check': (input) => checkManifestText({ ...input, sysroot }, host),
    'environment.complete': (input) => completeManifestText({ ...input, sysroot }, host),
    'mirrors.read': (ref) => readMirrorList({ ...ref, sysroot }, host),
    'padding.read': () => ({
      root: '/home/demo/spack/opt/spack',
      paddedRoot: '/home/demo/spack/opt/spack',
      length: 26,
      scopes: [{ scope: 'env:tools', file: '/home/demo/spack/var/spack/environments/tools/spack.yaml' }],
      packages: [],
    }),
    'edit.plan': (request) => edits.plan({ ...request, sysroot }),
    'edit.apply': ({ plan }) => edits.apply(plan),
  }
}

function memoryVault(): Vault {
  const kept = new Map<string, string>()
  return {
    id: 'keyring',
    where: 'a vault in memory',
    problem: async () => undefined,
    seal: async (scope, secret) => {
      kept.set(JSON.stringify(scope), secret)
      return ''
    },
    open: async (scope) => kept.get(JSON.stringify(scope)),
    erase: async (scope) => {
      kept.delete(JSON.stringify(scope))
    },
  }
}
