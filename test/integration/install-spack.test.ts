import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InstallRequestInput } from '../../main/api/install.ts'
import { databaseOf, type Installed, leftoversIn, runInstall } from '../support/install/installer.ts'
import { listTree } from '../support/install/tree.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { isModernSpack, type RealSpack, setUpSpack } from '../support/push/real-spack.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { sampleEnvironment, unpackSample } from '../support/sample.ts'

/** What we install into a store of a real Spack is its own: it finds it, checks it, loads it, removes it. */

const root = process.env.SPACK_ROOT ?? ''
const skip = root === '' ? 'SPACK_ROOT is not set' : undefined
const isModern = root !== '' && isModernSpack(root)
const noRegistry = skip ?? (await missingDockerRegistry())

describe.skipIf(skip)(`a real Spack's own store${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 300_000 }, () => {
  let folder = ''
  let cache = ''
  let sysroot = ''
  const machines: Machine[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-install-spack-'))
    sysroot = join(folder, 'root')
    await unpackSample(sysroot)
    cache = `oci-layout://${folder}/cache`
    const { job } = await (await machine('packing')).push(sampleRequest(sysroot, cache, { updateIndex: true }))
    expect(job.error).toBeUndefined()
  }, 300_000)

  afterAll(async () => {
    for (const one of machines) await one.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function machine(name: string, env: NodeJS.ProcessEnv = {}): Promise<Machine> {
    const one = await startMachine(join(folder, name), { env })
    machines.push(one)
    return one
  }

  /** A Spack with an empty store, and a machine whose user's Spack it is. */
  async function fresh(
    name: string,
    { padding, caFile = '' }: { padding?: number; caFile?: string } = {},
  ): Promise<{ spack: RealSpack; strata: Machine }> {
    const home = join(folder, name)
    mkdirSync(home)
    const spack = setUpSpack(root, home, { sysroot, caFile, mirrors: {} })
    const file = join(spack.env.SPACK_USER_CONFIG_PATH ?? '', 'config.yaml')
    const settings = JSON.parse(readFileSync(file, 'utf8')) as { config: { install_tree: object } }
    Object.assign(settings.config.install_tree, padding === undefined ? {} : { padded_length: padding })
    writeFileSync(file, JSON.stringify(settings))
    return { spack, strata: await machine(`${name}-strata`, spack.env) }
  }

  async function into(
    { spack, strata }: { readonly spack: RealSpack; readonly strata: Machine },
    more: Partial<InstallRequestInput> = {},
  ): Promise<Installed> {
    const plan = await strata.engine.call('install.plan', { from: cache, into: root, all: true, ...more })
    // A configuration in the Spack itself may have the last word: its store is nothing to try things on.
    expect(plan.target).toMatchObject({ kind: 'spack', root: spack.store })
    return { plan, ...(await runInstall(strata.engine, plan)) }
  }

  describe('filled from our cache', () => {
    let spack: RealSpack
    let made: Awaited<ReturnType<typeof fresh>>
    let done: Installed

    beforeAll(async () => {
      made = await fresh('own')
      spack = made.spack
      done = await into(made)
    })

    it('has everything in the place and in the form that this Spack uses', () => {
      expect(done.job.error).toBeUndefined()
      expect(done.plan.target.databaseVersion).toBe(isModern ? 8 : 7)
      expect(done.result.installed.length).toBe(8)
      expect(leftoversIn(spack.store)).toEqual([])
    })

    it('`spack find` lists each package with its hash, its prefix and what it needs', async () => {
      const listed = await spack.run('find', '--no-groups', '-lpd')
      for (const { hash, prefix } of done.result.installed) {
        expect(listed).toMatch(new RegExp(`^${hash.slice(0, 7)} .*${prefix}$`, 'm'))
      }
      const explicit = await spack.run('find', '--no-groups', '--explicit', '--format', '{name}')
      expect(explicit.trim().split('\n').length).toBe(8)
    })

    it.skipIf(!isModern)('`spack verify libraries` finds every one that it found at home', async () => {
      const said = await spack.run('verify', 'libraries').catch((error: { stderr?: string }) => error.stderr ?? '')
      // The sample's `less` was linked with the system's libtinfo, and was so where it was built.
      expect(said.match(/\S+ => not found/g)).toEqual(['libtinfo.so.6 => not found'])
    })

    it('`spack load` puts it on the PATH', async () => {
      const hello = done.result.installed.find(({ name }) => name === 'hello')
      const loaded = await spack.run('load', '--sh', 'hello')
      expect(loaded).toContain(`${hello?.prefix}/bin`)
    })

    it('`spack reindex` comes to the same database', async () => {
      const before = databaseOf(spack.store)
      await spack.run('reindex', '-y').catch(() => spack.run('reindex'))
      expect(databaseOf(spack.store)).toEqual(before)
    })

    it('`spack uninstall` removes one, and we install it again', async () => {
      const before = databaseOf(spack.store)
      await spack.run('uninstall', '-y', 'hello')
      expect(existsSync(before.hello?.path ?? '')).toBe(false)
      expect(databaseOf(spack.store).hello?.installed ?? false).toBe(false)
      const again = await into(made)
      expect(again.result.installed.map(({ name }) => name)).toEqual(['hello'])
      expect(databaseOf(spack.store)).toEqual(before)
      expect(await spack.run('find', '--format', '{name}', 'hello')).toContain('hello')
    })

    it('`spack install` has nothing left to do', async () => {
      const before = readFileSync(join(spack.store, '.spack-db/index.json'), 'utf8')
      const less = done.result.installed.find(({ name }) => name === 'less')
      await spack.run('install', '--cache-only', `/${less?.hash}`)
      expect(JSON.parse(readFileSync(join(spack.store, '.spack-db/index.json'), 'utf8'))).toEqual(JSON.parse(before))
    })
  })

  it('with padding gets packages under the padded root, which Spack finds and removes', async () => {
    const made = await fresh('padded', { padding: 120 })
    const { spack } = made
    const done = await into(made, { all: false, specs: ['less'] })
    expect(done.job.error).toBeUndefined()
    expect(done.plan.target.paddedRoot.length).toBe(120)
    expect(done.plan.target.root).toBe(spack.store)
    const less = done.result.installed.find(({ name }) => name === 'less')
    expect(less?.prefix.startsWith(`${done.plan.target.paddedRoot}/`)).toBe(true)
    expect(await spack.run('find', '--no-groups', '-p', 'less')).toContain('less@')
    await spack.run('uninstall', '-y', '--all')
    expect(existsSync(less?.prefix ?? '')).toBe(false)
  })

  it('gets the roots of an environment, which Spack then has installed', async () => {
    const made = await fresh('environment')
    const { spack } = made
    const environment = join(folder, 'env')
    cpSync(join(sysroot, 'home/demo/spack/var/spack/environments', sampleEnvironment), environment, { recursive: true })
    const done = await into(made, { all: false, environment: { environment, spack: root } })
    expect(done.job.error).toBeUndefined()
    const lock = JSON.parse(readFileSync(join(environment, 'spack.lock'), 'utf8')) as { roots: { hash: string }[] }
    const explicit = Object.values(databaseOf(spack.store)).filter((one) => one.explicit)
    expect(explicit.map(({ hash }) => hash).sort()).toEqual(lock.roots.map(({ hash }) => hash).sort())
    const listed = await spack.run('-e', environment, 'find', '--no-groups', '-l')
    for (const { hash } of lock.roots) expect(listed).toMatch(new RegExp(hash.slice(0, 7)))
  })

  it.skipIf(noRegistry)(
    `takes what this Spack itself has pushed${noRegistry ? ` (skipped: ${noRegistry})` : ''}`,
    async () => {
      const registry = await startDockerRegistry({ tls: true })
      try {
        const { caFile } = registry
        const from = `oci://${registry.host}/me/cache`
        const source = await fresh('pushing', { caFile })
        await into(source)
        const pushed = ['less', 'relockit', 'cowsay']
        source.spack.setMirrors({ theirs: from })
        await source.spack.run('buildcache', 'push', '--unsigned', '--update-index', 'theirs', ...pushed)
        const target = await fresh('pulling', { caFile })
        const done = await into(target, { from, caFiles: caFile === undefined ? [] : [caFile] })
        expect(done.job.error).toBeUndefined()
        const [theirs, ours] = [databaseOf(source.spack.store), databaseOf(target.spack.store)]
        for (const name of ['less', 'relockit', 'cowsay', 'ncurses']) {
          expect(ours[name]).toMatchObject({ installed: true, hash: theirs[name]?.hash })
          const trees = [theirs[name]?.path, ours[name]?.path].map((path) => [...listTree(path ?? '').keys()])
          expect(trees[1], name).toEqual(trees[0])
        }
        expect(await target.spack.run('find', '--no-groups', '-l')).toContain(theirs.less?.hash.slice(0, 7))
      } finally {
        await registry.close()
      }
    },
  )
})
