import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAct } from '../support/acts/run-act.ts'
import { app, seedPackages } from '../support/acts/seed-cache.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { lookInto, tagsOf } from '../support/push/read.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'

/** Publishing compositions to real registries and folders. */

const skip = await missingDockerRegistry()

describe.skipIf(skip)(`publishing a composition${skip ? ` (skipped: ${skip})` : ''}`, () => {
  let folder = ''
  let one: DockerRegistry
  let other: DockerRegistry
  let machine: Machine
  let count = 0
  const inRegistry = () => `oci+http://${one.host}/cache-${count++}`
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-compose-'))
    one = await startDockerRegistry()
    other = await startDockerRegistry()
    machine = await startMachine(folder)
  })
  afterAll(async () => {
    await machine.close()
    await one.close()
    await other.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('sends no layer within the cache’s repository', async () => {
    const repository = inRegistry()
    await lookInto(repository, seedPackages)
    const preview = await machine.engine.call('compose.preview', { repository, roots: [app.name], tag: 'tools' })
    const { job } = await runAct(machine, { kind: 'compose', repository, roots: [app.name], tag: 'tools' })
    expect(job.state).toBe('done')
    expect(job.acted?.bytes).toBe(0)
    expect(job.acted?.image?.digest).toBe(preview.digest)
    expect(await tagsOf(repository)).toContain('tools')
  })
})
