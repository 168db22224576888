import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Output, Parsed } from '../../main/api/contract.ts'
import type { EnvironmentRef, PackageSummary } from '../../main/api/models.ts'
import type { FileEditWait } from '../../main/api/spack-files.ts'
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
import { fakePadding } from './fake-padding.ts'
import { processFolder } from './process-folder.ts'

/** The fake machine's Spack as it stands on a disk: what is not named is not there. */
export const spackFiles = {
  '/home/demo/spack/lib/spack/spack/__init__.py': '__version__ = "0.22.5"\n',
  '/home/demo/spack/bin/spack': '#!/bin/sh\n',
  '/home/demo/spack/etc/spack/defaults/mirrors.yaml':
    'mirrors:\n  spack-public:\n    binary: false\n    url: https://mirror.spack.io\n',
  '/home/demo/spack/etc/spack/config.yaml':
    'config:\n  install_tree:\n    # The cache can then be installed where paths are longer.\n    padded_length: 128\n',
  '/home/demo/.spack/mirrors.yaml': `mirrors:
  lab:   # at the institute
    url: oci://registry.lab.example.org:5000/hpc/cache
    access_pair: [ada, correct-horse-battery]
    signed: false
`,
  '/home/demo/spack-1.1/lib/spack/spack/__init__.py': '__version__ = "1.1.0"\n',
  '/home/demo/spack-1.1/bin/spack': '#!/bin/sh\n',
  '/home/demo/spack-1.1/var/spack/environments/lab/spack.yaml': `# What the group's build machine fills.
spack:
  specs:
  - zlib
  mirrors:
    group:   # written by CI alone
      url: oci://ghcr.io/hpc-lab/cache
      access_pair: [hpc-lab-bot, not-a-real-password]
      signed: false
    apart:
      fetch: https://cache.example.org/stack
      push: s3://hpc-cache/stack
      source: false
      autopush: true
`,
  '/home/demo/spack-1.1/var/spack/environments/bare/spack.yaml': 'spack:\n  specs:\n  - zlib\n  mirrors:: {}\n',
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
  '/home/demo/spack/var/spack/environments/sample/spack.yaml':
    'spack:\n  specs: [cowsay, figlet, less]\n  view: true\n',
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

export interface FakeSpackFiles {
  /** The folder that stands for `/`; one that goes with the process unless a test wants to look into it. */
  readonly folder?: string
  /** Files beside those of the fake machine, or in their place. */
  readonly files?: Readonly<Record<string, string>>
  /** An environment was made: named in the fake machine's Spack, or a folder. */
  readonly onCreated?: (name: string) => void
  /** A write waits for another program. */
  readonly onWait?: (wait: FileEditWait) => void
  /** What is installed of an environment. */
  readonly packagesOf: (ref: Partial<EnvironmentRef>) => readonly PackageSummary[]
}

/**
 * Spack's own files of the fake machine: real files in a folder that stands for `/`, read and written by what the real
 * engine reads and writes them with.
 */
export function fakeSpackFiles({ folder, files, onCreated, onWait, packagesOf }: FakeSpackFiles): {
  [M in SpackFileMethod]: (input: Parsed<M>) => Promise<Output<M>> | Output<M>
} {
  const sysroot = folder ?? processFolder('strata-fake-')
  for (const [file, text] of Object.entries({ ...spackFiles, ...files })) {
    mkdirSync(join(sysroot, dirname(file)), { recursive: true })
    writeFileSync(join(sysroot, file), text)
  }
  const keychain = openKeychain({ folder: join(sysroot, 'strata'), vault: memoryVault() })
  const host: Host = { env: { HOME: '/home/demo' }, home: '/home/demo', remembered: [], keychain, registries: [] }
  const edits = createFileEdits({ host: () => host, onWait })
  return {
    'environment.text': (ref) => readManifestText({ ...ref, sysroot }, host),
    'environment.check': (input) => checkManifestText({ ...input, sysroot }, host),
    'environment.complete': (input) => completeManifestText({ ...input, sysroot }, host),
    'mirrors.read': (ref) => readMirrorList({ ...ref, sysroot }, host),
    'padding.read': (request) => fakePadding(request, packagesOf(request), sysroot, host),
    'edit.plan': (request) => edits.plan({ ...request, sysroot }),
    'edit.apply': async ({ plan }) => {
      const result = await edits.apply(plan)
      if (result.created !== undefined) onCreated?.(result.created)
      return result
    },
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
