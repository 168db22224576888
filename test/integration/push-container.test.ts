import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../main/api/models.ts'
import {
  forgetImages,
  makeBaseRoot,
  missingContainers,
  packRoot,
  pushRoot,
  runInPodman,
} from '../support/containers.ts'
import { missingProgram } from '../support/programs.ts'
import { type Machine, sampleRequest, startMachine } from '../support/push/machine.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { unpackSample } from '../support/sample.ts'

/** What other tools make of what we pushed: skopeo copies it, podman pulls and runs it. */

const run = promisify(execFile)
const skip = (await missingProgram('skopeo')) ?? (await missingDockerRegistry())

describe.skipIf(skip)(`the pushed environment image${skip ? ` (skipped: ${skip})` : ''}`, { timeout: 120_000 }, () => {
  let folder = ''
  let registry: DockerRegistry
  let machine: Machine
  let job: Job
  let noContainers: string | undefined
  const image = () => `${registry.host}/me/cache:sample`

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-container-'))
    registry = await startDockerRegistry()
    await makeBaseRoot(join(folder, 'base'))
    await packRoot(join(folder, 'base'), join(folder, 'base.tar'))
    await pushRoot(join(folder, 'base.tar'), `${registry.host}/base:1`)
    noContainers = await missingContainers(`${registry.host}/base:1`)
    await unpackSample(join(folder, 'root'))
    machine = await startMachine(folder)
    const to = `oci+http://${registry.host}/me/cache`
    const baseImage = `oci+http://${registry.host}/base:1`
    job = (await machine.push(sampleRequest(join(folder, 'root'), to, { tag: 'sample', baseImage }))).job
  }, 120_000)

  afterAll(async () => {
    if (!noContainers) await forgetImages(image(), `${registry.host}/base:1`)
    await machine.close()
    await registry.close()
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)

  it('is inspected and copied by skopeo, every blob verified', async () => {
    expect(job.error).toBeUndefined()
    const { stdout } = await run('skopeo', ['inspect', '--tls-verify=false', `docker://${image()}`])
    // The base, and seven packages that are needed at run time.
    expect(JSON.parse(stdout)).toMatchObject({ Architecture: 'amd64', Os: 'linux', Layers: { length: 8 } })
    await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${image()}`, `oci:${folder}/copy:sample`])
    await run('skopeo', ['copy', `oci:${folder}/copy:sample`, `docker-archive:${folder}/image.tar`])
  })

  it.for([
    { command: ['hello'], output: 'Hello, world!' },
    { command: ['figlet', 'hi'], output: '|_' },
    { command: ['cowsay', 'moo'], output: '^__^' },
  ])('runs $command in podman', async ({ command, output }, { skip: leaveOut }) => {
    if (noContainers) leaveOut(noContainers)
    expect(await runInPodman(image(), ...command)).toContain(output)
  })
})
