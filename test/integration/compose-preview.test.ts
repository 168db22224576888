import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ComposeProgress, ComposeRequestInput, CompositionPreview } from '../../main/api/compose.ts'
import type { Input } from '../../main/api/contract.ts'
import { putImage, putPackages } from '../support/acts/made-packages.ts'
import { systemTar } from '../support/base-files.ts'
import {
  lua,
  ncurses,
  newZlib,
  oldZlib,
  putBase,
  seedTreePackages,
  treePackage,
  vim,
} from '../support/compose/tree-packages.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

/** What a composition comes to before anything is written, as the screen asks for it with every change. */

describe('a preview', () => {
  let folder = ''
  let registry: FaultRegistry
  let machine: Machine
  let now = Date.now()
  const at = (name: string) => `oci+http://${registry.host}/${name}`
  const preview = (request: Partial<Input<'compose.preview'>>): Promise<CompositionPreview> =>
    machine.engine.call('compose.preview', { repository: at('cache'), ...request })
  const problems = async (request: Partial<ComposeRequestInput>): Promise<string[]> =>
    (await preview(request)).findings
      .filter(({ severity }) => severity === 'problem')
      .map(({ message, hint }) => `${message} ${hint}`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-preview-'))
    registry = await startFaultRegistry()
    machine = await startMachine(folder, { now: () => now })
    await lookInto(at('cache'), seedTreePackages)
    await lookInto(at('bases'), async (bases) => {
      await putBase(bases, 'plain')
      await putBase(bases, 'arm', { architecture: 'arm64' })
      await putBase(bases, 'full', { layers: 120 })
      await putBase(bases, 'damaged', { diffIds: ['nonsense'] })
      await putBase(bases, 'docker', { format: 'docker' })
    })
  })
  afterAll(async () => {
    await machine.close()
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('says what the image will be made of, and from whom it has its variables', async () => {
    const found = await preview({ roots: ['lua', 'vim'], base: `${at('bases')}:plain`, title: 'Tools', tag: 'tools' })
    expect(found.stack.map((layer) => [layer.kind, layer.name, layer.state])).toEqual([
      ['base', 'bases:plain', 'base'],
      ['base', 'bases:plain', 'base'],
      ['package', 'ncurses', 'present'],
      ['package', 'readline', 'present'],
      ['package', 'lua', 'present'],
      ['package', 'vim', 'present'],
    ])
    expect(found.roots).toEqual([
      { spec: 'lua', hash: lua.hash },
      { spec: 'vim', hash: vim.hash },
    ])
    expect(found.packages.find((one) => one.name === 'ncurses')).toMatchObject({
      root: false,
      broughtBy: { name: 'vim', types: ['link'] },
      neededBy: ['readline', 'vim'],
    })
    expect(found.sums).toMatchObject({ roots: 2, packages: 4, baseLayers: 2, layers: 6, layerLimit: 120 })
    expect(found.variables.find(({ name }) => name === 'LANG')).toMatchObject({ from: ['the base image'] })
    expect(found.variables.find(({ name }) => name === 'VIM_ROOT')).toMatchObject({ from: ['vim'] })
    expect(found.settings.command).toEqual(['/bin/sh'])
    expect(found.annotations['org.opencontainers.image.title']).toBe('Tools')
    expect(found.command).toBe(
      `strata compose --from ${at('cache')} --base-image ${at('bases')}:plain --tag tools lua vim --title Tools`,
    )
    expect(found.digest).toMatch(/^sha256:/)
  })

  it('is given again without a question to anybody, and a new root costs only its own packages', async () => {
    await preview({ roots: ['vim'], base: `${at('bases')}:plain` })
    const before = registry.log.length
    await preview({ roots: ['vim'], base: `${at('bases')}:plain`, title: 'Other' })
    expect(registry.log.slice(before)).toEqual([])
    await preview({ roots: ['vim', 'zlib@1.3'], base: `${at('bases')}:plain` })
    const asked = registry.log.slice(before).map(({ url }) => url)
    expect(asked.some((url) => url.includes(newZlib.tag))).toBe(true)
    expect(
      asked.every((url) => url.includes(newZlib.tag) || url.includes('/blobs/') || url.includes('/manifests/sha256')),
    ).toBe(true)
    expect(asked.length).toBeLessThanOrEqual(3)
  })

  it.each([
    ['vimm', /There is no package vimm/],
    ['vi', /There is no package vi in the cache Did you mean vim/],
    ['vmi', /There is no package vmi in the cache Did you mean vim\?/],
    ['zlib', /zlib fits 2 packages of the cache Say which: zlib@1.2\/\w{7}, zlib@1.3\/\w{7}/],
    ['vim arch=linux-debian12-x86_64', /"vim arch=linux-debian12-x86_64" is no spec that Strata understands/],
  ])('says of the root %s what is wrong with it, and composes the others', async (spec, words) => {
    const found = await preview({ roots: [spec, 'lua'] })
    expect(found.roots[0]).toEqual({ spec, hash: undefined })
    expect(found.packages.map((one) => one.name)).toContain('lua')
    expect(found.findings[0]).toMatchObject({ severity: 'problem' })
    expect(`${found.findings[0]?.message} ${found.findings[0]?.hint}`).toMatch(words)
  })

  it('takes a version, a hash and a variant to tell packages apart', async () => {
    const found = await preview({
      roots: [`zlib/${oldZlib.hash.slice(0, 7)}`, 'zlib@1.3', `/${vim.hash}`, 'lua +shared'],
    })
    expect(found.roots.map(({ hash }) => hash)).toEqual([oldZlib.hash, newZlib.hash, vim.hash, lua.hash])
  })

  it('says what the cache cannot give, and that it may be left out', async () => {
    expect(await problems({ roots: ['orphan'] })).toEqual([
      expect.stringMatching(/^absent.* is not in the cache; orphan needs it/),
    ])
    const allowed = await preview({ roots: ['orphan'], allowMissing: true })
    expect(allowed.findings.filter(({ severity }) => severity === 'problem')).toEqual([])
    expect(allowed.missing.map(({ neededBy }) => neededBy)).toEqual([['orphan']])
  })

  it.each([
    ['nowhere', /there is no nowhere/],
    ['arm', /not there for linux\/amd64 It is there for: linux\/arm64/],
    ['full', /has 120 layers already, of at most 120/],
    ['damaged', /config and its manifest disagree on layers/],
  ])('says of the base %s what is wrong with it', async (tag, words) => {
    const found = await problems({ roots: ['vim'], base: `${at('bases')}:${tag}` })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(words)
  })

  it('calls a base from a file by the file, says how far its import is, and what is wrong with it', async () => {
    const file = join(folder, 'debian12.tar')
    await writeFile(file, systemTar('amd64', [{ name: './big', content: randomBytes(3 << 20) }]))
    const told: ComposeProgress[] = []
    const stop = machine.engine.on('compose.progress', (progress) => told.push(progress))
    const request = { roots: ['vim'], base: file }
    // Whoever asks while the file is imported hears of it, too.
    const [found] = await Promise.all([preview({ ...request, run: 'first' }), preview({ ...request, run: 'second' })])
    await preview({ ...request, run: 'later' })
    stop()
    expect(found.stack[0]).toMatchObject({ kind: 'base', name: 'debian12.tar' })
    expect(found.base?.reference).toBe(file)
    const { size } = await stat(file)
    for (const run of ['first', 'second']) {
      const heard = told.filter((one) => one.run === run)
      expect(heard.length).toBeGreaterThan(0)
      expect(heard.at(-1)).toEqual({ run, what: 'import', done: size, total: size, name: 'debian12.tar' })
      expect(heard.map(({ done }) => done)).toEqual(heard.map(({ done }) => done).sort((a, b) => a - b))
    }
    expect(told.filter(({ run }) => run === 'later')).toEqual([])
    const arm = join(folder, 'arm.tar')
    await writeFile(arm, systemTar('arm64'))
    const [problem, ...others] = await problems({ roots: ['vim'], base: arm })
    expect(others).toEqual([])
    expect(problem).toContain(`base image ${arm} is not there for linux/amd64`)
    expect(problem).not.toContain(machine.blobs)
  })

  it('says of a tag that it is a package’s', async () => {
    expect(await problems({ roots: ['vim'], tag: 'vim.spack' })).toEqual([expect.stringMatching(/ends in .spack/)])
  })

  it('merges what is over the limit into one band', async () => {
    const found = await preview({ roots: ['lua', 'vim'], layerLimit: 3 })
    expect(found.stack.map(({ kind }) => kind)).toEqual(['package', 'package', 'merged'])
    expect(found.merge).toMatchObject({ made: false })
    expect(found.merge?.packages).toHaveLength(2)
    expect(found.digest).toBeUndefined()
  })

  it('knows a package that was pushed since, and one that is asked for again after a while', async () => {
    const fresh = treePackage('fresh')
    expect(await problems({ roots: ['fresh'] })).toHaveLength(1)
    await lookInto(at('cache'), (cache) => putPackages(cache, [fresh]))
    now += 10_000
    expect((await preview({ roots: ['fresh'] })).roots[0]?.hash).toBe(fresh.hash)
  })

  it('names a damaged package and what to do', async () => {
    const broken = treePackage('broken', { needs: [ncurses] })
    await lookInto(at('broken'), async (cache) => {
      await putPackages(cache, [ncurses, broken])
      const config = {
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: ['x'] },
        config: {},
        spec: specOf(broken),
      }
      await putImage(cache, broken.tag, Buffer.from(JSON.stringify(config)), [broken.layer])
    })
    const found = await machine.engine.call('compose.preview', { repository: at('broken'), roots: ['broken'] })
    expect(found.findings[0]).toMatchObject({ severity: 'problem', hash: broken.hash })
    expect(found.findings[0]?.message).toMatch(/config of broken@1.0 in the cache is damaged/)
  })

  it('of specs that need each other in a circle is a finding, not an endless one', async () => {
    const [a, b] = [treePackage('a'), treePackage('b')]
    const edge = (one: typeof a) => ({
      name: one.name,
      hash: one.hash,
      parameters: { deptypes: ['link'], virtuals: [] },
    })
    const ringA = { ...a, node: { ...a.node, dependencies: [edge(b)] } }
    const ringB = { ...b, node: { ...b.node, dependencies: [edge(a)] } }
    await lookInto(at('ring'), (cache) => putPackages(cache, [ringA, ringB]))
    const found = await machine.engine.call('compose.preview', { repository: at('ring'), roots: ['a'] })
    expect(found.findings[0]?.message).toMatch(/specs are damaged: .*needs/)
  })
})

function specOf(one: ReturnType<typeof treePackage>): unknown {
  return { _meta: { version: one.specVersion }, nodes: [one.node, ncurses.node] }
}
