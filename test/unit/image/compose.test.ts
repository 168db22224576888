import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compose } from '../../../main/image/compose.ts'
import type { ComposeOptions, Composition } from '../../../main/image/composition.ts'
import { type ImageManifest, parseConfig, parseManifest } from '../../../main/image/document.ts'
import { variablesOf } from '../../../main/image/environment.ts'
import { labCache, madeBase, madeComposition, testDigest } from '../../support/composing.ts'

const stack = {
  vim: { needs: ['ncurses:link', 'gmake:build'] },
  lua: { needs: ['readline:link'] },
  readline: { needs: ['ncurses:build,link', 'glibc:link'] },
  ncurses: {},
  gmake: {},
  glibc: { external: true },
} as const

const of = (roots: string[], rest: Partial<Composition> = {}) => compose(madeComposition(stack, { roots, ...rest }))
const names = (composed: ReturnType<typeof compose>) => composed.packages.map(({ node }) => node.name)

function documents(composed: ReturnType<typeof compose>) {
  const { image } = composed
  if (!image) throw new Error('there is no image')
  const document = parseManifest(image.manifest.bytes, 'test')
  if (document.kind === 'index') throw new Error('it is an index')
  const config = parseConfig(image.config.bytes, 'test')
  const settings: Readonly<Record<string, unknown>> = { ...config.config }
  return { manifest: document.manifest as ImageManifest, config, settings }
}

describe('the layers of a composition', () => {
  it('are the roots’ run-time closure, dependencies first and roots last, externals and build tools left out', () => {
    expect(names(of(['vim', 'lua']))).toEqual(['ncurses', 'vim', 'readline', 'lua'])
    expect(names(of(['lua', 'vim']))).toEqual(['ncurses', 'readline', 'lua', 'vim'])
  })

  it('each know what brought them', () => {
    const composed = of(['vim', 'lua'])
    const edges = composed.packages.map(({ node, edge }) => {
      return edge.kind === 'root' ? node.name : `${node.name} by ${edge.by.name} (${edge.types.join()})`
    })
    expect(edges).toEqual(['ncurses by vim (link)', 'vim', 'readline by lua (link)', 'lua'])
    expect(composed.packages[0]?.neededBy.map((use) => use.by.name)).toEqual(['vim', 'readline'])
  })

  it('stay the same when a root is named twice', () => {
    expect(of(['vim', 'vim']).image?.manifest.digest).toBe(of(['vim']).image?.manifest.digest)
  })

  it('lie on those of the base image, in manifest, config and history', () => {
    const base = madeBase({ layers: 2, more: { history: [{ created_by: 'base' }] } })
    const { manifest, config } = documents(of(['vim'], { base }))
    expect(manifest.layers.map((layer) => layer.digest)).toEqual(['base 0', 'base 1', 'ncurses', 'vim'].map(testDigest))
    expect(config.rootfs.diff_ids).toEqual(
      ['base 0', 'base 1', 'ncurses', 'vim'].map((name) => testDigest(`tar of ${name}`)),
    )
    expect(config.history).toHaveLength(3)
  })
})

describe('what a Spack pushed', () => {
  const lab = labCache()
  const lock = JSON.parse(readFileSync(new URL('../../fixtures/spack/tools.lock', import.meta.url), 'utf8'))
  const roots = (lock.roots as { hash: string }[]).map((root) => root.hash)
  const composed = compose({ graph: lab.graph, packages: lab.packages, roots })
  const tools = lab.image('tools')

  it('as an image of an environment has the layers that the same roots have here, in the same order', () => {
    const { manifest, config } = documents(composed)
    expect(manifest.layers).toEqual(tools.manifest.layers)
    expect(config.rootfs).toEqual(tools.config.rootfs)
    expect(composed.missing).toEqual([])
  })

  it('has the variables that are merged here from the single packages, with the same entries, each once', () => {
    const entries = (value: string) => [...new Set(value.split(':'))].sort()
    const expected = new Map(
      [...variablesOf(tools.config.config?.Env ?? [])].map(([name, value]) => [name, entries(value)]),
    )
    const found = composed.variables.variables.map(({ name, value }) => {
      expect(value.split(':')).toHaveLength(new Set(value.split(':')).size)
      return [name, entries(value)] as const
    })
    expect(new Map(found)).toEqual(expected)
    expect(composed.variables.conflicts).toEqual([])
  })

  it('finds programs in the roots first, then in what they need, then in the system’s folders', () => {
    const path = composed.variables.variables.find(({ name }) => name === 'PATH')?.value.split(':') ?? []
    const hashes = path.map((entry) => composed.packages.find(({ node }) => entry.includes(node.hash))?.node.hash)
    const kinds = hashes.map((hash) => (hash === undefined ? 'system' : roots.includes(hash) ? 'root' : 'needed'))
    expect([...new Set(kinds)]).toEqual(['root', 'needed', 'system'])
    expect(kinds).toEqual([...kinds].sort((a, b) => 'rns'.indexOf(a.charAt(0)) - 'rns'.indexOf(b.charAt(0))))
    expect(hashes[0]).toBe(composed.packages.at(-1)?.node.hash)
  })
})

describe('the config and the manifest of a composition', () => {
  const base = madeBase({ config: { Labels: { a: 'base', b: 'base' }, User: 'root', WorkingDir: '/' } })
  const options = (given: ComposeOptions) => documents(of(['vim'], { base, options: given }))

  it('have what the user set, over what the base image has', () => {
    const { settings } = options({
      settings: { labels: { z: '1', b: 'mine' }, command: ['-v'], user: '1000', workingDirectory: '/work' },
    })
    expect(settings).toMatchObject({
      Labels: { a: 'base', b: 'mine', z: '1' },
      Cmd: ['-v'],
      User: '1000',
      WorkingDir: '/work',
    })
    expect(options({}).settings).toMatchObject({ Labels: { a: 'base', b: 'base' }, Cmd: ['/bin/bash'], User: 'root' })
  })

  it('lose the base image’s command with its entry point, as in a Dockerfile', () => {
    expect(options({ settings: { entrypoint: ['vim'] } }).settings).not.toHaveProperty('Cmd')
    expect(options({ settings: { entrypoint: ['vim'], command: ['-v'] } }).settings).toMatchObject({
      Entrypoint: ['vim'],
      Cmd: ['-v'],
    })
  })

  it('name the base image and the title, and a time only when one is given', () => {
    expect(options({ title: 'An editor' }).manifest.annotations).toEqual({
      'org.opencontainers.image.base.digest': base.digest,
      'org.opencontainers.image.base.name': 'docker.io/library/ubuntu:24.04',
      'org.opencontainers.image.title': 'An editor',
    })
    const { manifest, config } = options({ created: '2026-01-01T00:00:00Z' })
    expect(manifest.annotations).toHaveProperty('org.opencontainers.image.created', '2026-01-01T00:00:00Z')
    expect(config).toHaveProperty('created', '2026-01-01T00:00:00Z')
    expect(options({}).config).not.toHaveProperty('created')
    expect(documents(of(['vim'])).manifest.annotations).toBeUndefined()
  })

  it('say it in labels on a Docker base, which gets OCI’s media types when that is asked for', () => {
    const docker = madeBase({ format: 'docker' })
    const plain = documents(of(['vim'], { base: docker, options: { title: 'T' } }))
    expect(JSON.stringify(plain.manifest)).not.toContain('vnd.oci')
    expect(plain.manifest.annotations).toBeUndefined()
    expect(plain.settings.Labels).toMatchObject({ 'org.opencontainers.image.title': 'T' })
    const oci = documents(of(['vim'], { base: docker, options: { ociForm: true, title: 'T' } }))
    expect(JSON.stringify(oci.manifest)).not.toContain('vnd.docker')
    expect(oci.manifest.annotations).toMatchObject({ 'org.opencontainers.image.title': 'T' })
  })

  it('are not a package’s when the base image is one', () => {
    const package_ = madeBase({
      more: { spec: { nodes: [] }, buildcache_layout_version: 2, binary_cache_checksum: {} },
    })
    const { config } = documents(of(['vim'], { base: package_ }))
    expect(Object.keys(config).sort()).toEqual(['architecture', 'config', 'os', 'rootfs'])
  })

  it('are the same bytes for the same composition, however its parts were put together', () => {
    const one = of(['vim', 'lua'], { base, options: { settings: { labels: { a: '1', b: '2' } }, title: 't' } })
    const other = of(['vim', 'lua'], { base, options: { title: 't', settings: { labels: { b: '2', a: '1' } } } })
    expect(other.image?.manifest.bytes).toEqual(one.image?.manifest.bytes)
    expect(of(['lua', 'vim'], { base }).image?.manifest.digest).not.toBe(
      of(['vim', 'lua'], { base }).image?.manifest.digest,
    )
  })
})

describe('a composition over its layer budget', () => {
  const base = madeBase({ layers: 2 })
  const parts = { base, options: { layerLimit: 4 } }
  const composition = madeComposition(stack, { roots: ['vim', 'lua'], ...parts })

  it('has no image before its merged layer is made, and then that layer on top', () => {
    const planned = compose(composition)
    expect(planned.image).toBeUndefined()
    expect(planned.sums).toMatchObject({ layers: 4, packages: 4, bytesToMerge: (3 + 3 + 7) * 1024 })
    const merged = planned.budget.layers.at(-1)
    if (merged?.kind !== 'merged') throw new Error('nothing is merged')
    expect(merged.items.map(({ hash }) => hash)).toEqual(['ncurses', 'vim', 'lua'])
    const layer = { digest: testDigest('merged'), size: 5, diffId: testDigest('merged tar'), title: 'three' }
    const done = compose(composition, new Map([[merged.key, layer]]))
    expect(documents(done).manifest.layers.map(({ digest }) => digest)).toEqual(
      ['base 0', 'base 1', 'readline', 'merged'].map(testDigest),
    )
    expect(done.sums).toMatchObject({ bytes: 200 + 8 * 1024 + 5, bytesToMerge: 0 })
  })

  it('keeps the variables of the merged packages', () => {
    const path = compose(composition).variables.variables.find(({ name }) => name === 'PATH')?.value
    expect(path).toBe('/s/lua/bin:/s/vim/bin:/s/readline/bin:/s/ncurses/bin:/usr/local/bin:/usr/bin:/bin')
  })
})
