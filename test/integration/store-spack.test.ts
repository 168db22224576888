import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfiguration } from '../../main/spack/config/configuration.ts'
import { storeOf } from '../../main/spack/config/store.ts'
import { type Database, readDatabase } from '../../main/spack/database/database.ts'
import { registerInstalled } from '../../main/spack/database/register.ts'
import { openInstance } from '../../main/spack/instances.ts'
import { type StoreLocks, storeLocks } from '../../main/spack/locks/store-locks.ts'
import { projectedPath, projectionsOf } from '../../main/spack/projection.ts'
import { type RealSpack, setUpSpack } from '../support/push/real-spack.ts'
import { sampleSpack, unpackSample } from '../support/sample.ts'

/** A store that we filled, in the hands of a real Spack: it is its own, and we wait for one another. */

const root = process.env.SPACK_ROOT ?? ''
const skip = root === '' ? 'SPACK_ROOT is not set' : undefined

describe.skipIf(skip)(
  `a real Spack and the store that we filled${skip ? ` (skipped: ${skip})` : ''}`,
  { timeout: 300_000 },
  () => {
    let folder = ''
    let spack: RealSpack
    let locks: StoreLocks
    let source: Database
    let zlib = ''

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'strata-store-'))
      const sysroot = join(folder, 'root')
      await unpackSample(sysroot)
      spack = setUpSpack(root, folder, { sysroot, caFile: '', mirrors: {} })
      locks = storeLocks({ paddedRoot: spack.store })
      const instance = await openInstance(sampleSpack, { env: {}, sysroot })
      source = await readDatabase(instance, await storeOf(await readConfiguration(instance), instance))
      zlib = [...source.graph.nodes.values()].find(({ name }) => name === 'zlib')?.hash ?? ''
      await fill(sysroot)
    }, 300_000)

    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    /** Puts the sample's packages where this Spack would, and registers them. */
    async function fill(sysroot: string): Promise<void> {
      const real = await openInstance(root, { env: spack.env })
      const newVersion = real.version?.startsWith('0.') ? 7 : 8
      const projections = projectionsOf(await readConfiguration(real), newVersion)
      const prefixOf = (hash: string) => {
        const node = source.graph.nodes.get(hash)
        return node && join(spack.store, projectedPath(projections, source.graph, node))
      }
      const installs = [...source.records.values()].flatMap(({ hash, path, installed, explicit }) => {
        const prefix = prefixOf(hash)
        if (!installed || path === undefined || prefix === undefined) return []
        mkdirSync(dirname(prefix), { recursive: true })
        cpSync(join(sysroot, path), prefix, { recursive: true, verbatimSymlinks: true })
        return [{ hash, prefix, explicit }]
      })
      await registerInstalled(
        { graph: source.graph, installs, prefixOf: (node) => prefixOf(node.hash) },
        { paddedRoot: spack.store, locks, newVersion },
      )
    }

    const index = () => {
      const data = JSON.parse(readFileSync(join(spack.store, '.spack-db/index.json'), 'utf8')) as {
        database: { version: string; installs: Record<string, { path: string; ref_count: number; installed: boolean }> }
      }
      return data.database
    }

    it('Spack lists what we registered, where we put it', async () => {
      const listed = await spack.run('find', '--no-groups', '-lp')
      for (const [hash, { path, installed }] of Object.entries(index().installs)) {
        if (installed) expect(listed).toMatch(new RegExp(`^${hash.slice(0, 7)} .*${path}$`, 'm'))
      }
    })

    it('we wait while Spack writes its database, and have it afterwards', async () => {
      const holder = await hold('with spack.store.STORE.db.write_transaction():')
      const waiting: string[] = []
      const lock = locks.database('shared', { onWait: (who) => waiting.push(who) })
      await expect
        .poll(() => waiting, { timeout: 10_000 })
        .toEqual([expect.stringContaining(`the process ${holder.pid}`)])
      holder.release()
      ;(await lock).release()
    })

    it('we wait while Spack works on a package', async () => {
      const holder = await hold(
        `spec = spack.store.STORE.db.query_local('/${zlib}')[0]`,
        'with spack.store.STORE.prefix_locker.write_lock(spec):',
      )
      await expect(locks.prefix(zlib, 'exclusive', { timeout: 0 })).rejects.toMatchObject({ code: 'lock-timeout' })
      const other = [...source.records.keys()].find((hash) => hash !== zlib) ?? ''
      ;(await locks.prefix(other, 'exclusive', { timeout: 0 })).release()
      const lock = locks.prefix(zlib, 'exclusive')
      holder.release()
      ;(await lock).release()
    })

    it('Spack waits while we write', async () => {
      const held = await locks.database('exclusive')
      const { done, ended } = later(spack.run('find'))
      await sleep(4_000)
      expect(ended()).toBe(false)
      held.release()
      expect(await done).toContain('zlib')
    })

    it('Spack waits for a package that we are installing', async () => {
      const held = await locks.prefix(zlib, 'exclusive')
      const { done, ended } = later(spack.run('uninstall', '-y', '--force', `/${zlib}`))
      await sleep(5_000)
      expect(ended()).toBe(false)
      expect(existsSync(index().installs[zlib]?.path ?? '')).toBe(true)
      held.release()
      await done
      expect(existsSync(index().installs[zlib]?.path ?? '')).toBe(false)
      expect(index().installs[zlib]).toMatchObject({ installed: false })
    })

    it('Spack’s own reindex finds nothing to correct, and it uninstalls what we registered', async () => {
      const before = index()
      await spack.run('reindex', ...(before.version === '7' ? [] : ['-y'])).catch(() => spack.run('reindex'))
      const counts = (installs: ReturnType<typeof index>['installs']) =>
        Object.entries(installs).map(([hash, { ref_count, installed }]) => [hash, ref_count, installed])
      expect(counts(index().installs).sort()).toEqual(counts(before.installs).sort())
      await spack.run('uninstall', '-y', '--dependents', '--all')
      expect(Object.values(index().installs).filter(({ installed }) => installed)).toEqual([])
    })

    /** Spack's own Python runs these lines, says that it holds what they took, and lets go when told. */
    async function hold(...lines: readonly string[]): Promise<{ readonly pid: number; release(): void }> {
      const code = [
        'import sys, spack.store',
        ...lines,
        "    print('held', flush=True)",
        '    sys.stdin.readline()',
      ].join('\n')
      const script = join(folder, 'hold.py')
      writeFileSync(script, code)
      const scope = spack.env.SPACK_USER_CONFIG_PATH ?? ''
      const child: ChildProcessWithoutNullStreams = spawn(join(root, 'bin/spack'), ['-C', scope, 'python', script], {
        env: spack.env,
      })
      const told: string[] = []
      child.stderr.on('data', (text: Buffer) => told.push(text.toString()))
      for await (const line of createInterface({ input: child.stdout })) {
        if (line === 'held') return { pid: child.pid ?? 0, release: () => child.stdin.end('\n') }
      }
      throw new Error(`Spack did not take the lock: ${told.join('')}`)
    }
  },
)

function later<T>(promise: Promise<T>): { readonly done: Promise<T>; ended(): boolean } {
  let over = false
  const done = promise.finally(() => {
    over = true
  })
  return { done, ended: () => over }
}
