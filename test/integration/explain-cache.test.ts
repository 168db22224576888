import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Explanation } from '../../main/api/explain.ts'
import { createNetwork, openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import { madePackage, putPackages } from '../support/acts/made-packages.ts'
import { writeLabCache } from '../support/browse/lab-cache.ts'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { labEnvironment } from '../support/push/lab.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

let cli: BuiltCli
let home: string
let registry: FaultRegistry
beforeAll(async () => {
  cli = await buildCli()
  home = await cli.folder()
  registry = await startFaultRegistry()
})
afterAll(async () => {
  await registry.close()
  await cli.remove()
})

const zlib = madePackage('zlib', { version: '1.3' })
const hdf5 = madePackage('hdf5', { version: '1.14', needs: [zlib] })
const newer = madePackage('zlib', { version: '1.3.1' })
const wanted = madePackage('hdf5', { version: '1.14.0', needs: [newer] })
/** The same version, on another zlib. */
const node = { ...wanted.node, version: '1.14' }

/** A Spack of this version with one environment of these packages, and a mirror. */
async function spackWith(url: string, nodes: readonly Readonly<Record<string, unknown>>[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'strata-explain-'))
  const environment = join(root, 'var/spack/environments/tools')
  await mkdir(environment, { recursive: true })
  await mkdir(join(root, 'bin'))
  await writeFile(join(root, 'bin/spack'), '')
  await writeFile(
    join(environment, 'spack.yaml'),
    `spack:\n  specs: []\n  mirrors:\n    cache:\n      url: ${url}\n      signed: false\n`,
  )
  const [first] = nodes
  const lock = {
    _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
    roots: [{ hash: first?.hash, spec: first?.name }],
    concrete_specs: Object.fromEntries(nodes.map((one) => [one.hash, one])),
  }
  await writeFile(join(environment, 'spack.lock'), JSON.stringify(lock))
  return root
}

const explain = async (spack: string, ...args: readonly string[]): Promise<CliResult> => {
  const result = await cli.run(['explain', '--spack', spack, '--env', 'tools', ...args], { home })
  await rm(spack, { recursive: true })
  return result
}

describe('strata explain, against a registry', () => {
  it('follows a dependency to its cause, from the mirror that the environment names', async () => {
    const url = `oci+http://${registry.host}/me/cache`
    const network = createNetwork({ credentials: async () => undefined })
    const repository = await openRepository(parseReference(url), { network })
    await putPackages(repository, [zlib, hdf5])
    await network.close()

    const spack = await spackWith(url, [node, newer.node])
    const { code, stdout, stderr } = await explain(spack)
    expect([code, stderr]).toEqual([1, ''])
    const lines = stdout.split('\n').map((line) => line.trim())
    expect(lines).toContain('hdf5 differs because zlib differs because it is version 1.3 instead of 1.3.1')
    expect(lines).toContain(
      `warning: The cache has no index that can be read: Spack reuses nothing of it when it concretizes`,
    )
    expect(lines).toContain(`Write one: strata index ${url}`)

    const there = await spackWith(url, [hdf5.node, zlib.node])
    const found = await explain(there, '--all', '--json')
    const explanation = JSON.parse(found.stdout) as Explanation
    expect([found.code, explanation.sums.usable, explanation.packages]).toEqual([0, 2, 2])
  })

  it('says that no mirror is at that address', async () => {
    const spack = await spackWith('oci://ghcr.io/me/elsewhere', [hdf5.node, zlib.node])
    const { code, stdout } = await explain(spack, '--from', `oci+http://${registry.host}/me/cache`, '--json')
    const explanation = JSON.parse(stdout) as Explanation
    expect([code, explanation.explained[0]?.state]).toEqual([1, 'hindered'])
    expect(explanation.findings[0]).toMatchObject({
      severity: 'problem',
      message: expect.stringContaining('No mirror'),
    })
  })

  it.each([
    [['explain', 'vim'], 2, /which cache is missing/],
    [['explain', '--from', 'oci://ghcr.io/me/cache'], 1, /no Spack was found/],
    [['explain', '+lua', '--from', 'oci://ghcr.io/me/cache'], 2, /names no package/],
  ])('refuses %j', async (args, code, words) => {
    const result = await cli.run(args, { home })
    expect(result.stderr).toMatch(words)
    expect(result.code).toBe(code)
  })
})

describe('strata explain, with the cache that Spack 0.22.5 pushed', () => {
  it('finds everything of the environment, and nothing of another build', async () => {
    const own = process.env.STRATA_LAB_OCI
    const cache = own === undefined ? await writeLabCache(join(await cli.folder(), 'cache')) : `oci-layout://${own}`
    const folder = await cli.folder()
    const lock = await readFile(labEnvironment['spack.lock'], 'utf8')
    await writeFile(join(folder, 'spack.lock'), lock)
    const all = await cli.run(['explain', '--env', folder, '--all', '--from', cache, '--json'], { home })
    const { sums, explained } = JSON.parse(all.stdout) as Explanation
    // The cache that a test writes has no layers.
    const state = own === undefined ? 'hindered' : 'usable'
    expect(explained.filter((one) => one.state === state)).toHaveLength(15)
    expect(sums.differs + sums.absent + sums.gone).toBe(0)

    // Another ncurses, and so other hashes above it.
    const { hash = '' } = explained.find((one) => one.name === 'ncurses') ?? {}
    const changed = JSON.parse(lock)
    changed.concrete_specs[hash].version = '6.5'
    const texts = JSON.stringify(changed)
    const above = explained.filter((one) => one.name === 'ncurses' || one.name === 'vim')
    await writeFile(
      join(folder, 'spack.lock'),
      above.reduce((text, one) => text.replaceAll(one.hash ?? '-', `7${one.hash?.slice(1)}`), texts),
    )
    const vim = await cli.run(['explain', 'vim', '--env', folder, '--from', cache, '--json'], { home })
    const near = (JSON.parse(vim.stdout) as Explanation).explained[0]?.near
    expect(near?.[0]?.reasons.map((one) => one.text)).toEqual([
      'vim differs because ncurses differs because it is version 6.4 instead of 6.5',
    ])
  })
})
