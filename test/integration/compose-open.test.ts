import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ComposeRequestInput, CompositionPreview, OpenedComposition } from '../../main/api/compose.ts'
import { planAct, runAct } from '../support/acts/run-act.ts'
import { seedOddImages } from '../support/acts/seed-cache.ts'
import { systemTar } from '../support/base-files.ts'
import { putImageOf } from '../support/compose/put-image.ts'
import { newZlib, putBase, seedTreePackages, vim } from '../support/compose/tree-packages.ts'
import { listTree } from '../support/install/tree.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, readImage } from '../support/push/read.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

/** Images that are taken apart, changed and put together again. */

const run = promisify(execFile)
/** A folder with the OCI layout that Spack 0.22.5 pushed from the lab, its environment under the tag `tools`. */
const labFolder = process.env.STRATA_LAB_OCI

const layersOf = (reference: string, tag: string): Promise<string[]> =>
  lookInto(reference, async (repository) =>
    (await readImage(repository, tag)).manifest.layers.map(({ digest }) => digest),
  )
const digestsOf = ({ stack }: CompositionPreview): (string | undefined)[] => stack.map(({ digest }) => digest)

describe('an image of a cache', () => {
  let folder = ''
  let systemFile = ''
  let registry: FaultRegistry
  let machine: Machine
  const at = (name: string) => `oci+http://${registry.host}/${name}`
  const publish = async (tag: string, more: Partial<ComposeRequestInput>): Promise<string> => {
    const { job } = await runAct(machine, { kind: 'compose', repository: at('cache'), ...more, tag })
    if (!job.acted?.image) throw new Error(JSON.stringify(job.acted?.failed))
    return job.acted.image.digest
  }
  const open = (tag: string): Promise<OpenedComposition> =>
    machine.engine.call('compose.open', { repository: at('cache'), tag })
  const preview = (request: ComposeRequestInput | OpenedComposition['composition']): Promise<CompositionPreview> =>
    machine.engine.call('compose.preview', { repository: at('cache'), ...request })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-open-'))
    registry = await startFaultRegistry()
    machine = await startMachine(folder)
    systemFile = join(folder, 'rootfs.tar')
    await writeFile(systemFile, systemTar())
    await lookInto(at('cache'), seedTreePackages)
    await lookInto(at('cache'), seedOddImages)
    await lookInto(at('bases'), async (bases) => {
      await putBase(bases, 'plain', { config: { Labels: { vendor: 'test' }, Entrypoint: ['/init'] } })
      await putBase(bases, 'docker', { format: 'docker' })
    })
  })
  afterAll(async () => {
    await machine.close()
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  })

  const settings = { command: ['vim'], labels: { a: 'b' }, workingDirectory: '/work', user: '1000' }
  const made: readonly [string, Partial<ComposeRequestInput>][] = [
    ['alone', { roots: ['lua', 'vim'] }],
    ['with settings of its own', { roots: ['vim', 'lua'], settings, variables: { EDITOR: 'vim' }, title: 'Tools' }],
    ['with a limit', { roots: ['vim', 'lua'], layerLimit: 3 }],
    ['squashed', { roots: ['vim', 'lua'], squash: true }],
  ]
  it.each(made)('is opened and previewed as the same image: %s', async (_, composition) => {
    const digest = await publish('scratch', composition)
    const opened = await open('scratch')
    expect(opened.unknown).toEqual([])
    expect(opened.composition.baseOf).toBeUndefined()
    const again = await preview(opened.composition)
    expect(digestsOf(again)).toEqual(await layersOf(at('cache'), 'scratch'))
    expect(again.digest).toBe(digest)
  })

  it('says itself which packages its merged layer holds, also where it was not merged', async () => {
    await publish('merged', { roots: ['vim', 'lua'], base: `${at('bases')}:docker`, layerLimit: 3 })
    const here = await open('merged')
    const elsewhere = await startMachine(join(folder, 'elsewhere'))
    try {
      const there = await elsewhere.engine.call('compose.open', { repository: at('cache'), tag: 'merged' })
      expect(there).toEqual(here)
      expect(there.unknown).toEqual([])
      expect(there.composition.roots).toHaveLength(2)
    } finally {
      await elsewhere.close()
    }
  })

  it('keeps its layers’ order where a root was needed by a later one', async () => {
    await publish('needed', { roots: ['zlib@1.3', 'git', 'lua'] })
    const { composition } = await open('needed')
    expect(digestsOf(await preview(composition))).toEqual(await layersOf(at('cache'), 'needed'))
    expect(composition.roots.map((spec) => spec.replace(/\/.*/, ''))).toEqual(['zlib', 'git', 'lua'])
  })

  it.each(['plain', 'docker'])('on the base %s is opened with what lies below its packages', async (base) => {
    const digest = await publish('based', {
      roots: ['lua', 'vim'],
      base: `${at('bases')}:${base}`,
      settings,
      title: 'T',
    })
    const opened = await open('based')
    expect(opened.composition).toMatchObject({
      baseOf: 'based',
      roots: [/^lua\/\w{7}$/, /^vim\/\w{7}$/].map((one) => expect.stringMatching(one)),
    })
    const again = await preview(opened.composition)
    expect(digestsOf(again)).toEqual(await layersOf(at('cache'), 'based'))
    expect(again.digest).toBe(digest)
    expect(again.settings).toMatchObject({ command: ['vim'], user: '1000' })
  })

  it('is opened by its digest, and what lies below its packages is called so', async () => {
    const digest = await publish('digested', { roots: ['vim'], base: systemFile, settings })
    const opened = await open(digest)
    expect(opened.composition).toMatchObject({
      baseOf: digest,
      roots: [expect.stringMatching(/^vim\/\w{7}$/)],
    })
    const again = await preview(opened.composition)
    expect(again.digest).toBe(digest)
    const shown = `the base of ${digest.slice(0, 19)}`
    expect(again.stack[0]).toMatchObject({ kind: 'base', name: shown })
    expect(again.base?.reference).toBe(shown)
    expect((await preview({ repository: at('cache'), roots: ['lua'], baseOf: 'digested' })).stack[0]).toMatchObject({
      name: 'the base of digested',
    })
    const plan = await planAct(machine, {
      kind: 'compose',
      repository: at('cache'),
      ...opened.composition,
      tag: 'same',
    })
    expect(plan.steps.map(({ name }) => name)).toContain(`layer 1 of ${shown}`)
    expect(plan.composition?.digest).toBe(digest)
    await expect(open(`sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'registry-not-found' })
  })

  it('gets a package and loses one, under a new tag', async () => {
    await publish('before', { roots: ['lua', 'vim'], base: `${at('bases')}:plain`, settings })
    const { composition } = await open('before')
    const roots = [...composition.roots.filter((spec) => !spec.startsWith('lua/')), 'zlib@1.3']
    await publish('after', { ...composition, roots })
    const layers = await layersOf(at('cache'), 'after')
    const [ncursesLayer, vimLayer] = (await layersOf(at('cache'), vim.tag)).slice(-2)
    const [zlibLayer] = await layersOf(at('cache'), newZlib.tag)
    expect(layers).toEqual([...(await layersOf(at('bases'), 'plain')), ncursesLayer, vimLayer, zlibLayer])
    const image = await lookInto(at('cache'), (repository) => readImage(repository, 'after'))
    expect(image.config.config).toMatchObject({ Cmd: ['vim'], Labels: { vendor: 'test', a: 'b' }, User: '1000' })
    expect(image.config.config?.Env?.join('\n')).not.toMatch(/lua/i)
  })

  it('that is a package opens as a composition of that root', async () => {
    const { composition } = await open(vim.tag)
    expect(composition.roots).toEqual([`vim/${vim.hash.slice(0, 7)}`])
    expect(digestsOf(await preview(composition))).toEqual(await layersOf(at('cache'), vim.tag))
  })

  it('names layers that are no package’s, and leaves them out', async () => {
    await publish('known', { roots: ['vim'] })
    const other = await lookInto(at('cache'), async (repository) => {
      const { manifest, configBytes, mediaType } = await readImage(repository, 'known')
      const base = await lookInto(at('bases'), (bases) => readImage(bases, 'plain'))
      const [extra] = base.manifest.layers
      if (!extra) throw new Error('the base has no layers')
      await repository.mountBlob(extra.digest, {
        ...repository.reference,
        repository: 'bases',
      } as typeof repository.reference)
      const config = JSON.parse(configBytes.toString())
      config.rootfs.diff_ids.push(base.config.rootfs.diff_ids[0])
      await putImageOf(
        repository,
        'strange',
        Buffer.from(JSON.stringify(config)),
        [...manifest.layers, extra],
        mediaType,
      )
      return extra
    })
    const opened = await open('strange')
    expect(opened.unknown).toEqual([{ position: 2, digest: other.digest, bytes: other.size }])
    expect(opened.findings[0]?.message).toMatch(/1 layer above its base is no package/)
  })

  it.each([
    ['multi', 'platform-missing', /is an image index/],
    ['chart', 'usage', /is a Helm chart .*: only images can be taken apart/],
    ['absent', 'registry-not-found', /there is no image absent/],
  ])('is not what %s is', async (tag, code, message) => {
    await expect(open(tag)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('unpacks to the same tree whether its layers are merged or not', async () => {
    const tree = async (tag: string, more: Partial<ComposeRequestInput>) => {
      await publish(tag, { roots: ['vim', 'lua', 'zlib@1.2'], base: `${at('bases')}:plain`, ...more })
      const target = join(folder, tag)
      await mkdir(target)
      await lookInto(at('cache'), async (repository) => {
        for (const [i, layer] of (await readImage(repository, tag)).manifest.layers.entries()) {
          const file = join(folder, `${tag}-${i}.tar.gz`)
          await writeFile(file, await repository.readBlobBytes(layer, { limit: 1 << 20 }))
          await run('tar', ['-xzf', file, '-C', target])
        }
      })
      return [...listTree(target)]
    }
    const apart = await tree('apart', {})
    expect(apart.some(([path]) => path.endsWith('/bin/vim'))).toBe(true)
    expect(await tree('some', { layerLimit: 5 })).toEqual(apart)
    expect(await tree('squash', { squash: true })).toEqual(apart)
  })
})

describe.skipIf(!labFolder)(`the lab’s cache${labFolder ? '' : ' (skipped: STRATA_LAB_OCI is not set)'}`, () => {
  let folder = ''
  let machine: Machine
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-open-lab-'))
    machine = await startMachine(folder)
    await cp(labFolder ?? '', join(folder, 'oci'), { recursive: true })
  })
  afterAll(async () => {
    await machine.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('gives the layers that Spack tagged, in their order', async () => {
    const repository = `oci-layout://${join(folder, 'oci')}`
    const opened = await machine.engine.call('compose.open', { repository, tag: 'tools' })
    expect(opened.unknown).toEqual([])
    const found = await machine.engine.call('compose.preview', { repository, ...opened.composition })
    expect(digestsOf(found)).toEqual(await layersOf(repository, 'tools'))
  })
})
