import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeLabCache } from '../support/browse/lab-cache.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'

let cli: BuiltCli
let home: string
/** What Spack 0.22.5 pushed, in a folder. */
let cache: string
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  cache = await writeLabCache(join(await cli.folder(), 'cache'))
})
afterAll(() => cli.remove())

const run = (...args: readonly string[]): Promise<CliResult> => cli.run(args, { home })
const lines = ({ stdout }: CliResult): string[] => stdout.split('\n').map((line) => line.replace(/ +/g, ' ').trim())
const tagOf = async (name: string): Promise<string> => {
  const { rows } = JSON.parse((await run('list', cache, name, '--json')).stdout) as { rows: { tag: string }[] }
  return rows[0]?.tag ?? ''
}

describe('strata list', () => {
  it('names the packages by name, then the other tags, then what the index says', async () => {
    const result = await run('list', cache)
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const shown = lines(result)
    expect(shown[0]).toBe(cache)
    expect(shown.filter((line) => line.includes('gcc@12.2.0'))).toHaveLength(15)
    expect(shown).toContain('cowsay@3.03 37rvtkm gcc@12.2.0 x86_64 debian12 build_system=generic')
    expect(shown.slice(-6)).toEqual([
      'index.spack index 1 9.8 KiB',
      'tools environment linux/amd64 14 24.8 MiB',
      '',
      '15 packages · 1 index · 1 environment',
      'index.spack lists 15 packages (database version 7)',
      '',
    ])
  })

  it('finds packages by specs, with sizes when asked', async () => {
    const shown = lines(await run('list', cache, 'vim', 'zlib@1.2 %gcc', '/nothing', '--sizes'))
    expect(shown.slice(2, 5)).toEqual([
      'package hash compiler target os layer image made',
      'vim@9.0.1378 z4xbt6a gcc@12.2.0 x86_64 debian12 9.7 MiB 11.4 MiB build_system=autotools',
      'zlib@1.2.13 zggzqcy gcc@12.2.0 x86_64 debian12 165 KiB 165 KiB build_system=autotools',
    ])
  })

  it('prints the catalogue as one document', async () => {
    const { code, stdout } = await run('list', cache, 'zlib', '--json')
    const catalog = JSON.parse(stdout)
    expect([code, catalog.rows.length, catalog.index.packages]).toEqual([0, 1, 15])
    expect(catalog.rows[0]).toMatchObject({ kind: 'package', package: { name: 'zlib', version: '1.2.13' } })
  })

  it.each([
    [['list'], 2, /missing required argument/],
    [['list', 'CACHE', 'nothing'], 1, /there is no package nothing/],
    [['list', 'CACHE', 'zlib target=x86_64:'], 2, /cannot be looked up/],
    [['list', 'nomirror'], 2, /there is no mirror/],
  ])('refuses %j', async (args, code, words) => {
    const result = await run(...args.map((word) => (word === 'CACHE' ? cache : word)))
    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(words)
  })

  it('ends with 130 at Ctrl-C', async () => {
    const registry = await startFaultRegistry()
    registry.faults.push({ when: ({ url }) => url.includes('tags/list'), act: { kind: 'stall' } })
    const started = cli.start(['list', `oci+http://${registry.host}/me/cache`], { home })
    await expect.poll(() => registry.log.some(({ url }) => url.includes('tags/list')), { timeout: 10_000 }).toBe(true)
    started.kill('SIGINT')
    expect((await started.ended).code).toBe(130)
    await registry.close()
  })
})

describe('strata show', () => {
  it('shows an image layer by layer, roots on top, with who else holds each', async () => {
    const result = await run('show', `${cache}:${await tagOf('sqlite')}`)
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const shown = lines(result)
    expect(shown).toContain('package sqlite@3.40.1/e354v47, specs of version 4')
    expect(shown).toContain('built %gcc@12.2.0 x86_64 debian12')
    const layers = shown.filter((line) => line.startsWith('sha256:')).map((line) => line.split(' ')[1])
    expect(layers).toEqual(['sqlite@3.40.1', 'zlib@1.2.13', 'readline@8.2', 'ncurses@6.4'])
    expect(shown.at(-2)).toBe('4 layers · 10.9 MiB · 0 B of them used by this image alone')
  })

  it('says of a repository in short what it holds', async () => {
    expect(lines(await run('show', cache))).toEqual([
      cache,
      '15 packages · 1 index · 1 environment',
      'index.spack lists 15 packages (database version 7)',
      '',
    ])
  })

  it('prints one document, and an error as one', async () => {
    expect(JSON.parse((await run('show', `${cache}:tools`, '--json')).stdout)).toMatchObject({ kind: 'environment' })
    const { code, stdout } = await run('show', `${cache}:gone`, '--json')
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, 'registry-not-found'])
  })
})

describe('strata diff', () => {
  it('names the packages that differ; the second image may be a tag alone', async () => {
    const result = await run('diff', `${cache}:tools`, await tagOf('less'))
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const shown = lines(result)
    expect(shown).toContain('- vim 9.0.1378/z4xbt6a 9.7 MiB')
    expect(shown).not.toContainEqual(expect.stringMatching(/^. (less|ncurses) /))
    expect(shown.at(-2)).toBe('2 packages the same · 2.1 MiB in both · 22.7 MiB left only · 0 B right only')
  })

  it('wants an image on both sides', async () => {
    const { code, stderr } = await run('diff', cache, 'tools')
    expect(code).toBe(2)
    expect(stderr).toMatch(/names no image/)
  })
})
