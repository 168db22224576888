import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../main/api/models.ts'
import { planAct, runAct } from '../support/acts/run-act.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { type RealSpack, sampled, setUpSpack } from '../support/push/real-spack.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { sampleSpack, unpackSample } from '../support/sample.ts'

/** The round trip: a real Spack installs what we pushed, and we find what it pushed. */

const root = process.env.SPACK_ROOT ?? ''
const skip = root === '' ? 'SPACK_ROOT is not set' : await missingDockerRegistry()

describe.skipIf(skip)(`a real Spack and we${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 300_000 }, () => {
  let folder = ''
  let sysroot = ''
  let environment = ''
  let registry: DockerRegistry
  let machine: Machine
  let spack: RealSpack
  let pushed: Job
  const ours = () => `oci://${registry.host}/ours/cache`
  const theirs = () => `oci://${registry.host}/theirs/cache`

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-spack-'))
    sysroot = join(folder, 'root')
    await unpackSample(sysroot)
    registry = await startDockerRegistry({ tls: true })
    const caFile = registry.caFile ?? ''
    spack = setUpSpack(root, folder, { sysroot, caFile, mirrors: { ours: ours(), theirs: theirs() } })
    machine = await startMachine(folder, { env: spack.env })
    environment = join(folder, 'environment')
    mkdirSync(environment)
    for (const file of ['spack.yaml', 'spack.lock']) {
      cpSync(join(sysroot, sampleSpack, 'var/spack/environments/sample', file), join(environment, file))
    }
    pushed = (await machine.push(sampleRequest(sysroot, ours(), { updateIndex: true, caFiles: [caFile] }))).job
  }, 300_000)

  afterAll(async () => {
    await machine.close()
    await registry.close()
    rmSync(folder, { recursive: true, force: true })
  }, 300_000)

  it('Spack lists what we pushed', async () => {
    expect(pushed.error).toBeUndefined()
    const listed = await spack.run('buildcache', 'list', '--allarch', '-l')
    for (const name of sampled) {
      expect(listed).toMatch(new RegExp(`^[a-z2-7]{7} ${name}@`, 'm'))
    }
  })

  it('Spack installs it from the lockfile with --cache-only, and the programs run', async () => {
    await spack.run('-D', environment, 'install', '--cache-only', '--include-build-deps', '--no-check-signature')
    const prefix = async (name: string) => (await spack.run('location', '-i', name)).trim()
    const say = async (name: string, ...args: string[]) =>
      execFileSync(join(await prefix(name), 'bin', name), args, { encoding: 'utf8' })
    expect(await prefix('hello')).toContain(spack.store)
    expect(await say('hello')).toContain('Hello, world!')
    expect(await say('figlet', 'moo')).toContain('_')
    expect(await say('less', '--version')).toContain('less')
    expect(await say('cowsay', 'moo')).toContain('^__^')
  })

  it('we find everything present in what that Spack pushed, by the name of its mirror', async () => {
    await spack.run('-D', environment, 'buildcache', 'push', '--update-index', 'theirs')
    const request = {
      spack: root,
      environment,
      to: 'theirs',
      caFiles: [registry.caFile ?? ''],
    }
    const plan = await machine.plan(request)
    expect(plan.target).toBe(theirs())
    expect(plan.packages.map((one) => [one.name, one.action, one.writes])).toEqual(
      plan.packages.map((one) => [one.name, 'present', false]),
    )
    expect(plan.packages.map((one) => one.name).sort()).toEqual(sampled)
    const job = await machine.run(plan)
    expect(job).toMatchObject({ state: 'done', result: { tags: [] } })
  })

  it('Spack lists what it pushed without an index once we have written one', async () => {
    const bare = `oci://${registry.host}/bare/cache`
    const caFiles = [registry.caFile ?? '']
    spack.setMirrors({ bare })
    await spack.run('buildcache', 'push', 'bare', 'hello')
    const { job } = await runAct(machine, { kind: 'index', repository: bare, caFiles })
    expect(job.acted).toMatchObject({ failed: [], findings: [] })
    expect(await spack.run('buildcache', 'list', '--allarch')).toContain('hello@')
    const check = await runAct(machine, { kind: 'check', repository: bare, caFiles, deep: true })
    expect(check.job.acted?.findings.filter((finding) => finding.severity === 'problem')).toEqual([])
    expect((await planAct(machine, { kind: 'index', repository: bare, caFiles })).empty).toBe(true)
  })

  it('Spack reads the index that we wrote over its own, with nodes of two versions where it writes newer ones', async () => {
    const mixed = `oci://${registry.host}/mixed/cache`
    spack.setMirrors({ mixed })
    await spack.run('buildcache', 'push', '--update-index', 'mixed', 'hello')
    const before = await spack.run('buildcache', 'list', '--allarch')
    expect(before).toContain('hello@')
    expect(before).not.toContain('relockit@')
    const request = sampleRequest(sysroot, mixed, { updateIndex: true, caFiles: [registry.caFile ?? ''] })
    const { job } = await machine.push(request)
    expect(job.error).toBeUndefined()
    expect(job.result?.tags.filter((tag) => tag.kind === 'package')).toHaveLength(6)
    const listed = await spack.run('buildcache', 'list', '--allarch', '-L')
    for (const tag of job.result?.tags ?? []) {
      if (tag.kind === 'package') expect(listed).toContain(tag.tag.slice(-'.spack'.length - 32, -'.spack'.length))
    }
    // Nothing new: what stands there is taken as it is.
    const again = await machine.push(request)
    expect(again.job.result?.tags).toEqual([])
  })
})
