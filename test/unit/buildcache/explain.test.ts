import { describe, expect, it } from 'vitest'
import type { ExplainedPackage, Explanation } from '../../../main/api/explain.ts'
import type { Catalog } from '../../../main/buildcache/catalog.ts'
import { commandsFor } from '../../../main/buildcache/explain/advice.ts'
import { askedOf } from '../../../main/buildcache/explain/asked.ts'
import { explain } from '../../../main/buildcache/explain/explanation.ts'
import { type CachedImage, cacheFindings } from '../../../main/buildcache/explain/hindrances.ts'
import type { Source } from '../../../main/buildcache/source.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import { hashOf, type SpecSketch, sketchedGraph } from '../../support/stored-specs.ts'
import { instanceWith } from '../spack/fixtures.ts'

const repository = 'oci://ghcr.io/me/cache'

interface Case {
  readonly wanted: Readonly<Record<string, SpecSketch>>
  readonly roots?: readonly string[]
  /** Which of these have a tag; all unless said. */
  readonly cached: Readonly<Record<string, SpecSketch>>
  readonly tagged?: readonly string[]
  readonly catalog?: Partial<Catalog>
  readonly specs?: readonly string[]
  readonly images?: Readonly<Record<string, CachedImage>>
  /** Of the user's Spack, and its mirrors.yaml. */
  readonly spack?: string
  readonly mirrors?: string
  readonly specVersion?: number
}

const mirrorHere = `mirrors: {cache: {url: '${repository}', signed: false}}`

async function explained(one: Case): Promise<Pick<Explanation, 'explained' | 'common' | 'sums' | 'findings'>> {
  const { spack = '1.1.0', mirrors = mirrorHere, specVersion = 4 } = one
  const instance = await instanceWith({
    'spack/etc/spack/mirrors.yaml': mirrors,
    'spack/lib/spack/spack/__init__.py': `__version__ = "${spack}"`,
  })
  const graph = sketchedGraph(one.wanted, specVersion)
  const hashes = (one.roots ?? Object.keys(one.wanted).slice(0, 1)).map(hashOf)
  const lock = { version: 5, path: '/lock', graph, roots: hashes.map((hash) => ({ hash, spec: '' })) }
  const environment = { name: 'tools', folder: '/tools', specs: [], lock, manifestFingerprint: '' }
  const configuration = await readConfiguration(instance)
  const source: Source = {
    ...{ instance, configuration, environment, graph, roots: hashes, fingerprint: '' },
    ...{ store: undefined, database: undefined, databaseProblem: undefined },
  }
  const cachedGraph = sketchedGraph(one.cached, specVersion)
  const tagged = new Set((one.tagged ?? Object.keys(one.cached)).map(hashOf))
  const nodes = [...cachedGraph.nodes.values()].filter((node) => tagged.has(node.hash))
  const tags = new Map(nodes.map((node) => [node.hash, `${node.name}-${node.version}-${node.hash}.spack`]))
  const none = { gone: [], unlisted: [], passedOver: [] }
  const catalog: Catalog = { graph: cachedGraph, tags, indexVersion: '7', ...none, ...one.catalog }
  const commands = commandsFor(repository, { environment: 'tools' })
  const findings = cacheFindings(source, parseReference(repository), catalog, commands)
  const asked = askedOf(source, one.specs ?? [], false)
  const images = new Map(Object.entries(one.images ?? {}).map(([key, image]) => [hashOf(key), image]))
  return { findings, ...explain({ source, catalog, asked, images, findings, commands }) }
}

const first = ({ explained: [one] }: Pick<Explanation, 'explained'>): ExplainedPackage => {
  if (!one) throw new Error('nothing was explained')
  return one
}

describe('a package that the cache has in other builds', () => {
  it('tells the first cause below it as one sentence, and what may be done', async () => {
    const { state, summary, near } = first(
      await explained({
        wanted: { vim: { version: '9.0', needs: ['curses'] }, curses: { compiler: 'gcc@13.1.0' } },
        cached: { 'vim-old': { version: '9.0', needs: ['curses-old'] }, 'curses-old': {} },
      }),
    )
    expect([state, summary]).toEqual(['differs', 'vim@9.0/mivaaaa is not in the cache, which has 1 other build of vim'])
    expect(near[0]?.reasons).toEqual([
      {
        kind: 'compiler',
        text: 'vim differs because curses differs because it was built with gcc@12.2.0 instead of gcc@13.1.0',
        path: ['vim', 'curses'],
        wanted: 'gcc@13.1.0',
        cached: 'gcc@12.2.0',
        also: [],
        alsoCount: 0,
        advice: [
          'Ask for curses %gcc@12.2.0',
          'Take what is there: spack -e tools concretize --force --reuse',
          `Push yours: strata push vim --env tools --to ${repository} --update-index`,
        ],
      },
    ])
    expect(near[0]?.tag).toBe(`vim-9.0-${hashOf('vim-old')}.spack`)
  })

  it.each<readonly [string, SpecSketch, SpecSketch, string, string]>([
    ['version', { version: '9.1' }, {}, 'it is version 1.0 instead of 9.1', 'Ask for vim@1.0'],
    [
      'variant',
      { parameters: { lua: true } },
      { parameters: { lua: false } },
      'it was built with ~lua instead of +lua',
      'Ask for vim ~lua',
    ],
    [
      'older target',
      { target: 'zen4' },
      {},
      'it was built for x86_64_v3 instead of zen4',
      'It runs on zen4, too: set target=x86_64_v3 (packages:all:require)',
    ],
    [
      'younger target',
      {},
      { target: 'zen4' },
      'it was built for zen4 instead of x86_64_v3',
      'It may not run on x86_64_v3: fill the cache for target=x86_64_v3, or for an older one',
    ],
    [
      'architecture',
      {},
      { target: 'neoverse_v1' },
      'it was built for neoverse_v1 instead of x86_64_v3',
      'That is another architecture, whose packages cannot run here',
    ],
    [
      'os',
      { os: 'ubuntu24.04' },
      {},
      'it was built for debian12 instead of ubuntu24.04',
      'Spack takes packages of another system where concretizer:os_compatible allows it',
    ],
    [
      'recipe',
      { more: { package_hash: 'aaaaaaaaa' } },
      { more: { package_hash: 'bbbbbbbbb' } },
      'its recipe has changed (package hash bbbbbbb instead of aaaaaaa)',
      'Use the package recipes that the cache was filled with',
    ],
    [
      'namespace',
      { namespace: 'mine' },
      {},
      'its recipe is from the repository builtin instead of mine',
      'Use the package recipes that the cache was filled with',
    ],
    [
      'patches',
      { more: { patches: ['ab12345678'] } },
      {},
      'it was built with no patches instead of the patch ab12345',
      'Use the package recipes that the cache was filled with',
    ],
    [
      'flags',
      { parameters: { cflags: ['-O3'] } },
      {},
      'it was built with no cflags instead of cflags="-O3"',
      'Take what is there: spack -e tools concretize --force --reuse',
    ],
  ])('says of another %s what it is and what helps', async (_, wanted, cached, text, advice) => {
    const { near } = first(await explained({ wanted: { vim: wanted }, cached: { 'vim-old': cached } }))
    expect(near[0]?.reasons.map((one) => one.text)).toEqual([`vim differs because ${text}`])
    expect(near[0]?.reasons[0]?.advice[0]).toBe(advice)
  })

  const gcc = { version: '12.2.0', external: '/usr' }
  const libc = (version: string): SpecSketch => ({ name: 'glibc', version, external: '/usr' })
  it.each<readonly [string, Pick<Case, 'wanted' | 'cached' | 'specVersion'>, string, string]>([
    [
      'libc',
      {
        wanted: { vim: { needs: ['gcc:build:c', 'glibc:link:libc'] }, gcc, glibc: libc('2.36') },
        cached: { 'vim-old': { needs: ['gcc:build:c', 'glibc-new:link:libc'] }, gcc, 'glibc-new': libc('2.39') },
        specVersion: 5,
      },
      'vim differs because it was built on glibc@2.39 instead of glibc@2.36',
      'What was built on an older libc runs on a newer one',
    ],
    [
      'compiler',
      { wanted: { vim: { compiler: 'gcc@13.1.0' } }, cached: { 'vim-old': { compiler: 'clang@17.0.6' } } },
      'vim differs because it was built with clang@17.0.6 instead of gcc@13.1.0',
      'Ask for vim %clang@17.0.6',
    ],
    [
      'provider of a virtual package',
      {
        wanted: { vim: { needs: ['openmpi:link:mpi'] }, openmpi: { version: '5' } },
        cached: { 'vim-old': { needs: ['mpich:link:mpi'] }, mpich: { version: '4' } },
      },
      'vim differs because mpi is provided by mpich@4 instead of openmpi@5',
      'Ask for vim ^mpich@4',
    ],
    [
      'dependency below a dependency',
      {
        wanted: { vim: { needs: ['curses'] }, curses: { needs: ['zlib'] }, zlib: { parameters: { pic: true } } },
        cached: {
          'vim-old': { needs: ['curses-old'] },
          'curses-old': { needs: ['zlib-old'] },
          'zlib-old': { parameters: { pic: false } },
        },
      },
      'vim differs because curses differs because zlib differs because it was built with ~pic instead of +pic',
      'Ask for zlib ~pic',
    ],
    [
      'external',
      {
        wanted: { vim: { needs: ['curses'] }, curses: {} },
        cached: { 'vim-old': { needs: ['curses-old'] }, 'curses-old': { external: '/usr' } },
      },
      'vim differs because curses differs because it is the external at /usr instead of one that Spack built',
      'Declare curses in packages.yaml as it is where the cache is filled',
    ],
  ])('follows another %s', async (_, one, text, advice) => {
    const { near } = first(await explained(one))
    expect(near[0]?.reasons.map((reason) => reason.text)).toEqual([text])
    expect(near[0]?.reasons[0]?.advice[0]).toBe(advice)
  })

  it('tells several causes, and what several packages have in common', async () => {
    const gcc13 = { compiler: 'gcc@13.1.0' }
    const {
      explained: all,
      common,
      sums,
    } = await explained({
      wanted: { vim: { ...gcc13, version: '9.1', needs: ['zlib'] }, less: { ...gcc13, needs: ['zlib'] }, zlib: gcc13 },
      roots: ['vim', 'less'],
      cached: { 'vim-old': { needs: ['zlib-old'] }, 'less-old': { needs: ['zlib-old'] }, 'zlib-old': {} },
    })
    expect(all[0]?.near[0]?.reasons.map((one) => one.kind)).toEqual(['version', 'compiler'])
    expect(all[0]?.near[0]?.reasons[1]?.text).toBe(
      'vim differs because it was built with gcc@12.2.0 instead of gcc@13.1.0, and the same goes for zlib',
    )
    expect(common.map((one) => [one.text, one.packages])).toEqual([
      ['it was built with gcc@12.2.0 instead of gcc@13.1.0', ['vim', 'less']],
    ])
    expect(sums.differs).toBe(2)
  })
})

describe('a package that the cache has not', () => {
  it.each([
    ['vin', /Did you mean vim\?/],
    ['hdf5', /never pushed/],
  ])('guesses what %s was to be', async (spec, words) => {
    const { state, summary, findings } = first(
      await explained({ wanted: {}, cached: { vim: {}, nano: {} }, specs: [spec] }),
    )
    expect([state, summary]).toEqual(['absent', `there is no ${spec} in this cache at all`])
    expect(findings[0]?.message).toMatch(words)
  })

  it('is external, and in no cache', async () => {
    expect(first(await explained({ wanted: { vim: { external: '/usr' } }, cached: {} })).state).toBe('external')
  })

  it('was deleted while the index goes on listing it', async () => {
    const one = { wanted: { vim: {} }, cached: { vim: {} }, tagged: [], catalog: { gone: [hashOf('vim')] } }
    const { explained: all, findings } = await explained(one)
    expect(all[0]?.state).toBe('gone')
    expect(all[0]?.findings[0]?.hint).toContain(`strata index ${repository}`)
    expect(findings.map((finding) => finding.severity)).toEqual([])
  })
})

describe('a package that the cache has', () => {
  const same = { wanted: { vim: {} }, cached: { vim: {} } }
  const tag = `vim-1.0-${hashOf('vim')}.spack`

  it('is usable when nothing stands in the way', async () => {
    const { explained: all, findings } = await explained(same)
    expect([findings, all[0]?.state, all[0]?.findings]).toEqual([[], 'usable', []])
  })

  it.each<readonly [string, Partial<Case>, RegExp, RegExp]>([
    [
      'no mirror is there',
      { mirrors: "mirrors: {other: 'oci://ghcr.io/me/other'}" },
      /No mirror of this Spack is at .*; there are other/,
      /mirror add --unsigned cache oci:/,
    ],
    [
      'the mirror is for sources',
      { mirrors: `mirrors: {cache: {url: '${repository}', binary: false}}` },
      /sources alone/,
      /binary: true/,
    ],
    [
      'the mirror wants signatures of Spack 0.22',
      { spack: '0.22.5', mirrors: `mirrors: {cache: '${repository}'}` },
      /not marked as unsigned: Spack 0.22.5 refuses/,
      /signed: false/,
    ],
    [
      'its layout is too new for Spack 0.22',
      { spack: '0.22.5', images: { vim: { layout: 3 } } },
      /layout version is 3; Spack 0.22.5 takes up to 2/,
      /--force/,
    ],
    [
      'its spec is too new for Spack 0.22',
      { spack: '0.22.5', specVersion: 5, catalog: { indexVersion: '7' } },
      /spec is of version 5; Spack 0.22.5 reads up to 4/,
      /newer Spack/,
    ],
    [
      'its image is damaged',
      { images: { vim: { damage: 'the registry has lost its layer' } } },
      /lost its layer/,
      /--force/,
    ],
  ])('is not used where %s', async (_, more, message, hint) => {
    const { explained: all, findings } = await explained({ ...same, ...more })
    expect(all[0]?.state).toBe('hindered')
    const problems = [...findings, ...(all[0]?.findings ?? [])].filter((one) => one.severity === 'problem')
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toMatch(message)
    expect(problems[0]?.hint).toMatch(hint)
  })

  it('is fetched without a signature by Spack 1.x, whatever the mirror says', async () => {
    expect(first(await explained({ ...same, mirrors: `mirrors: {cache: '${repository}'}` })).state).toBe('usable')
  })

  it.each<readonly [string, Partial<Case>, RegExp]>([
    ['lacks it', { catalog: { unlisted: [tag] } }, /lacks 1 of 1 packages/],
    ['is not there', { catalog: { indexVersion: undefined, unlisted: [tag] } }, /no index that can be read/],
    [
      'is too new for Spack',
      { spack: '0.22.5', catalog: { indexVersion: '8' } },
      /version 8; Spack 0.22.5 reads up to 7/,
    ],
    [
      'is too new for Strata',
      { catalog: { indexVersion: undefined, passedOver: [{ tag: 'index.spack', why: 'it is of version 99' }] } },
      /version 99/,
    ],
  ])('is not chosen where the index %s, and installed all the same', async (_, more, words) => {
    const { explained: all, findings } = await explained({ ...same, ...more })
    expect(findings.map((one) => one.severity)).toEqual(['warning'])
    expect(findings[0]?.message).toMatch(words)
    expect(all[0]?.state).toBe('usable')
  })
})

describe('a spec that was not concretized', () => {
  const cached = {
    'vim-a': { version: '9.0', parameters: { lua: false }, needs: ['curses'] },
    'vim-b': { version: '8.2', parameters: { lua: true }, target: 'zen4' },
    curses: { version: '6.4' },
  }
  it.each([
    ['vim@9.1', ['vim has version 9.0, and @9.1 is asked for']],
    ['vim@9+lua', ['vim has ~lua, and +lua is asked for']],
    ['vim@8.2+lua target=x86_64_v3', ['vim has target=zen4, and target=x86_64_v3 is asked for']],
    ['vim@9 %gcc@13', ['vim has the compiler gcc@12.2.0, and %gcc@13 is asked for']],
    ['vim@9 ^curses@6.5', ['vim has curses@6.4, and ^curses@6.5 is asked for']],
    ['vim+gui', ['vim has no variant gui, and +gui is asked for']],
  ])('%s: names the part that nothing fits', async (spec, reasons) => {
    const { state, near } = first(await explained({ wanted: {}, cached, specs: [spec] }))
    expect(state).toBe('differs')
    expect(near[0]?.reasons.map((one) => one.text)).toEqual(reasons)
  })

  it.each([
    [`vim@9.0 platform=linux /${hashOf('vim-a').slice(0, 7)}`, 'usable', []],
    ['vim@9.0 arch=linux-debian12-x86_64_v3 /brzxvu7', 'differs', [/its hash is .* instead of \/brzxvu7/]],
    [
      'vim@9.0 ~lua arch=linux-ubuntu24.04-zen4 %c,cxx=gcc@13.1.0 /brzxvu7',
      'differs',
      [/os=debian12/, /target=x86_64_v3/, /gcc@12/],
    ],
  ])(
    '%s, as Spack printed it: its hash is looked up, else what was printed is compared',
    async (spec, state, reasons) => {
      const one = first(await explained({ wanted: {}, cached, specs: [spec] }))
      expect(one.state).toBe(state)
      const texts = one.near[0]?.reasons.map((reason) => reason.text) ?? []
      expect(texts).toEqual(reasons.map((words) => expect.stringMatching(words)))
      expect(one.summary).toMatch(/^vim@9\.0\/\w{7} is (not )?in the cache/)
    },
  )

  it('fits what is there: Spack takes it when it reuses', async () => {
    const { state, near, findings } = first(await explained({ wanted: {}, cached, specs: ['vim@9: ~lua'] }))
    expect([state, near.map((one) => one.version)]).toEqual(['usable', ['9.0']])
    expect(findings[0]?.hint).toBe('spack -e tools concretize --force --reuse')
  })

  it.each([
    ['+lua', 'usage'],
    ['/nothing', 'package-not-found'],
  ])('%s is refused', async (spec, code) => {
    await expect(explained({ wanted: {}, cached, specs: [spec] })).rejects.toMatchObject({ code })
  })
})

describe('which packages are asked for', () => {
  const wanted = { vim: { needs: ['zlib'] }, zlib: { version: '1.3' }, 'zlib-b': { version: '1.2' } }
  it.each([
    [[], ['vim']],
    [['zlib'], ['zlib', 'zlib']],
    [
      ['zlib@1.2', 'vim'],
      ['zlib', 'vim'],
    ],
    [[`/${hashOf('zlib').slice(0, 6)}`], ['zlib']],
  ])('%j: the roots, else what fits in the environment', async (specs, names) => {
    const { explained: all } = await explained({ wanted, cached: {}, specs, roots: ['vim'] })
    expect(all.map((one) => one.name)).toEqual(names)
  })
})
