import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAct } from '../support/acts/run-act.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { tagsOf } from '../support/push/read.ts'
import { type RealSpack, sampled, setUpSpack } from '../support/push/real-spack.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { sampleSpack, unpackSample } from '../support/sample.ts'

/** A real Spack uses a cache that was copied: from a folder, which Spack cannot read, to a registry. */

const root = process.env.SPACK_ROOT ?? ''
const skip = root === '' ? 'SPACK_ROOT is not set' : await missingDockerRegistry()

describe.skipIf(skip)(`a real Spack and a copy${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 300_000 }, () => {
  let folder = ''
  let environment = ''
  let registry: DockerRegistry
  let machine: Machine
  let spack: RealSpack
  const packed = () => `oci-layout://${folder}/packed`
  const copied = () => `oci://${registry.host}/copied/cache`
  const access = () => ({ caFiles: [registry.caFile ?? ''] })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-act-spack-'))
    const sysroot = join(folder, 'root')
    await unpackSample(sysroot)
    registry = await startDockerRegistry({ tls: true, deletes: true })
    const parts = { sysroot, caFile: registry.caFile ?? '', mirrors: { copied: copied() } }
    spack = setUpSpack(root, folder, parts)
    machine = await startMachine(folder, { env: spack.env })
    environment = join(folder, 'environment')
    mkdirSync(environment)
    for (const file of ['spack.yaml', 'spack.lock']) {
      cpSync(join(sysroot, sampleSpack, 'var/spack/environments/sample', file), join(environment, file))
    }
    await machine.push(sampleRequest(sysroot, packed()))
    const { job } = await runAct(machine, { kind: 'copy', repository: packed(), to: copied(), ...access() })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
  }, 300_000)

  afterAll(async () => {
    await machine.close()
    await registry.close()
    rmSync(folder, { recursive: true, force: true })
  }, 300_000)

  it('installs from the copy, by the index that the copy wrote', async () => {
    const listed = await spack.run('buildcache', 'list', '--allarch')
    for (const name of sampled) expect(listed).toMatch(new RegExp(`^${name}@`, 'm'))
    await spack.run('-D', environment, 'install', '--cache-only', '--include-build-deps', '--no-check-signature')
    const prefix = (await spack.run('location', '-i', 'hello')).trim()
    expect(prefix).toContain(spack.store)
    expect(execFileSync(join(prefix, 'bin/hello'), { encoding: 'utf8' })).toContain('Hello, world!')
  })

  it('does not list any more what was deleted', async () => {
    const tags = (await tagsOf(packed())).filter((tag) => tag.startsWith('figlet-'))
    const { job } = await runAct(machine, { kind: 'delete', repository: copied(), tags, ...access() })
    expect(job).toMatchObject({ state: 'done', acted: { failed: [] } })
    const listed = await spack.run('buildcache', 'list', '--allarch')
    expect(listed).not.toContain('figlet@')
    expect(listed).toContain('hello@')
  })
})
