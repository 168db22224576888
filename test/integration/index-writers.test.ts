import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { updateIndex } from '../../main/buildcache/cache-index.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { type BlobStore, openBlobStore } from '../../main/store/blob-store.ts'
import { onEveryPlace } from '../support/acts/cache-places.ts'
import { madePackage, putPackages } from '../support/acts/made-packages.ts'
import { lookInto, readIndexBytes } from '../support/push/read.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'

let folder = ''
let store: BlobStore

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-index-'))
  store = await openBlobStore({ root: join(folder, 'blobs') })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Names that the index says the cache has. */
async function listedIn(reference: string): Promise<string[]> {
  const document = JSON.parse((await readIndexBytes(reference))?.toString() ?? '{"database":{"installs":{}}}') as {
    database: { installs: Record<string, { spec: { name: string }; in_buildcache: boolean }> }
  }
  const records = Object.values(document.database.installs)
  return records.flatMap((one) => (one.in_buildcache ? [one.spec.name] : [])).sort()
}

/** A repository that stops at one moment, until it is let go. */
function stopping(
  repository: Repository,
  moment: 'putManifest' | 'tags',
): { readonly repository: Repository; readonly reached: Promise<void>; go(): void } {
  let go = (): void => undefined
  let reached = (): void => undefined
  const open = new Promise<void>((resolve) => {
    go = resolve
  })
  const arrived = new Promise<void>((resolve) => {
    reached = resolve
  })
  const stop = async (): Promise<void> => {
    reached()
    await open
  }
  const stopped = new Proxy(repository, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        if (name === moment) await stop()
        return await (value.apply(target, args) as Promise<unknown>)
      }
    },
  })
  return { repository: stopped, reached: arrived, go }
}

describe('two writers of one index', () => {
  it.each(['putManifest', 'tags'] as const)('lose nothing when the first stands still before %s', async (moment) => {
    const registry = await startFaultRegistry()
    const to = `oci+http://${registry.host}/me/cache`
    try {
      await lookInto(to, async (first) => {
        const slow = stopping(first, moment)
        await putPackages(first, [madePackage('a')])
        const one = updateIndex(slow.repository, store)
        await slow.reached
        await lookInto(to, async (second) => {
          await putPackages(second, [madePackage('b')])
          await updateIndex(second, store)
        })
        expect(await listedIn(to)).toEqual(['a', 'b'])
        slow.go()
        await one
        expect(await listedIn(to)).toEqual(['a', 'b'])
      })
    } finally {
      await registry.close()
    }
  })

  it('do not bring back what a third deletes meanwhile', async () => {
    const registry = await startFaultRegistry()
    const to = `oci+http://${registry.host}/me/cache`
    try {
      await lookInto(to, async (repository) => {
        const doomed = madePackage('doomed')
        await putPackages(repository, [madePackage('a'), doomed])
        const slow = stopping(repository, 'putManifest')
        const one = updateIndex(slow.repository, store)
        await slow.reached
        registry.manifests.delete(`me/cache:${doomed.tag}`)
        slow.go()
        await one
        expect(await listedIn(to)).toEqual(['a'])
      })
    } finally {
      await registry.close()
    }
  })

  it('gives up with a word when others write it all the time', async () => {
    const registry = await startFaultRegistry()
    const to = `oci+http://${registry.host}/me/cache`
    try {
      await lookInto(to, async (repository) => {
        await putPackages(repository, [madePackage('a')])
        let count = 0
        const busy = new Proxy(repository, {
          get: (target, name) => {
            const value: unknown = Reflect.get(target, name, target)
            if (typeof value !== 'function') return value
            return async (...args: unknown[]) => {
              if (name === 'tags') await putPackages(target, [madePackage(`other-${count++}`)])
              return await (value.apply(target, args) as Promise<unknown>)
            }
          },
        })
        const sleep = async () => undefined
        await expect(updateIndex(busy, store, { sleep })).rejects.toMatchObject({
          code: 'index-contended',
          retryable: true,
        })
      })
    } finally {
      await registry.close()
    }
  })
})

describe('many writers at once', () => {
  onEveryPlace((place, setUp) => {
    beforeAll(setUp.start)
    afterAll(setUp.end)

    it('lose nothing, in several rounds', { timeout: 60_000 }, async () => {
      const to = place.repository()
      const names: string[] = []
      for (let round = 0; round < 5; round += 1) {
        const mine = Array.from({ length: 4 }, (_, writer) => `package-${round}-${writer}`)
        await Promise.all(
          mine.map(async (name) => {
            // A connection of its own, as another machine has.
            const repository = await openRepository(parseReference(to))
            await putPackages(repository, [madePackage(name)])
            await updateIndex(repository, store)
            await repository.close()
          }),
        )
        names.push(...mine)
        expect(await listedIn(to)).toEqual([...names].sort())
      }
    })
  })
})
