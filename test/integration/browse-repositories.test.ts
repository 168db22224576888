import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RepositoryList } from '../../main/api/catalog.ts'
import { madePackage, putPackages } from '../support/acts/made-packages.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto } from '../support/push/read.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'

let folder = ''
let machine: Machine
let registry: FaultRegistry
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-browse-'))
  const spack = join(folder, 'spack')
  registry = await startFaultRegistry()
  await mkdir(join(spack, 'etc/spack'), { recursive: true })
  await mkdir(join(spack, 'bin'))
  await writeFile(join(spack, 'bin/spack'), '')
  await writeFile(
    join(spack, 'etc/spack/mirrors.yaml'),
    `mirrors: {lab: {url: "oci+http://${registry.host}/lab/cache"}}`,
  )
  machine = await startMachine(folder, { env: { SPACK_ROOT: spack } })
})
afterEach(async () => {
  await machine.close()
  await registry.close()
  await rm(folder, { recursive: true, force: true })
})

const list = (host: string, more: object = {}): Promise<RepositoryList> =>
  machine.engine.call('registry.repositories', { registry: host, ...more })

function answer(status: number, body: object, headers: Record<string, string> = {}): void {
  const when = ({ url }: { url: string }): boolean => url.startsWith('/v2/_catalog')
  const json = { 'content-type': 'application/json', ...headers }
  registry.faults.push({ when, times: 1, act: { kind: 'status', status, headers: json, body: JSON.stringify(body) } })
}

describe('the repositories of a registry', () => {
  const missing = missingDockerRegistry()

  it('are those that docker-registry lists, with a login where it wants one', async ({ skip }) => {
    const why = await missing
    if (why) return skip(why)
    const login = { username: 'me', password: 'secret of mine' }
    for (const credentials of [undefined, login]) {
      const docker = await startDockerRegistry({ login: credentials })
      const reference = `oci+http://${docker.host}/me/cache`
      try {
        if (!credentials) await lookInto(reference, (to) => putPackages(to, [madePackage('zlib')]))
        const found = await list(docker.host, { credentials })
        if (credentials)
          expect(found).toMatchObject({ listed: false, repositories: [], problem: expect.stringMatching(/lists no/) })
        else expect(found).toEqual({ registry: docker.host, repositories: [reference], listed: true })
        if (credentials) expect((await list(docker.host)).problem).toMatch(/wants a login/)
      } finally {
        await docker.close()
      }
    }
  })

  it('are read over all pages', async () => {
    answer(200, { repositories: ['b', 'c/d'] }, { link: '</v2/_catalog?last=c%2Fd&n=2>; rel="next"' })
    answer(200, { repositories: ['a'] })
    const { repositories, listed } = await list(registry.host)
    expect(listed).toBe(true)
    expect(repositories).toEqual(['a', 'b', 'c/d'].map((name) => `oci+http://${registry.host}/${name}`))
  })

  it('are those below a path, where one is named', async () => {
    answer(200, { repositories: ['me/a', 'me/b', 'me2/c', 'me'] })
    const { repositories } = await list(`${registry.host}/me`)
    expect(repositories).toEqual(['me', 'me/a', 'me/b'].map((name) => `oci+http://${registry.host}/${name}`))
  })

  it.each([
    ['has no such list', 404, {}, /does not list its repositories/],
    ['lists nothing', 200, { repositories: null }, /lists no repositories to this login/],
    ['denies it', 403, {}, /denies it/],
    ['wants a login', 401, {}, /other credentials|login/],
    ['answers with something else', 200, { repositories: 'all' }, /not a list of repositories/],
  ])(
    'are the ones used before and those of mirrors where the registry %s, with the reason',
    async (_, status, body, problem) => {
      const used = `oci+http://${registry.host}/me/used`
      await machine.engine.call('settings.write', { recentTargets: [used, 'oci://ghcr.io/me/elsewhere', 'a mirror'] })
      answer(status, body)
      expect(await list(registry.host)).toEqual({
        registry: registry.host,
        repositories: [used, `oci+http://${registry.host}/lab/cache`],
        listed: false,
        problem: expect.stringMatching(problem),
      })
    },
  )

  it('of a folder is the folder', async () => {
    expect(await list('oci-layout:///tmp/x')).toMatchObject({ repositories: ['oci-layout:///tmp/x'], listed: true })
  })

  it('cannot be asked of what is no registry', async () => {
    await expect(list('no registry')).rejects.toMatchObject({ code: 'reference-invalid' })
  })
})
