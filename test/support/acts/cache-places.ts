import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { missingDockerRegistry, startDockerRegistry } from '../registry/docker-registry.ts'

export interface CachePlace {
  /** A fresh reference each time. */
  repository(): string
  /** Whether deletes reach the disk at once. */
  readonly folder: boolean
}

const missing = await missingDockerRegistry()

/** Runs tests on an OCI folder and on Debian's registry (with deletes allowed). */
export function onEveryPlace(tests: (place: CachePlace, setUp: PlaceSetUp) => void): void {
  for (const kind of ['folder', 'docker-registry'] as const) {
    const skipped = kind === 'docker-registry' ? missing : undefined
    describe.skipIf(skipped !== undefined)(`on ${kind}${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
      let root = ''
      let base = ''
      let count = 0
      let close = async (): Promise<void> => undefined
      const place = { folder: kind === 'folder', repository: () => `${base}/cache-${count++}` }
      tests(place, {
        start: async () => {
          root = await mkdtemp(join(tmpdir(), 'strata-acts-'))
          if (kind === 'folder') {
            base = `oci-layout://${root}`
            return root
          }
          const registry = await startDockerRegistry({ deletes: true })
          base = `oci+http://${registry.host}`
          close = () => registry.close()
          return root
        },
        end: async () => {
          await close()
          await rm(root, { recursive: true, force: true })
        },
      })
    })
  }
}

/** For `beforeAll` and `afterAll`; `start` gives a folder for whatever the tests need. */
export interface PlaceSetUp {
  start(): Promise<string>
  end(): Promise<void>
}
