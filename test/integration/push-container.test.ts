import { execFile } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../main/api/models.ts'
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
    await pushBase(folder, `${registry.host}/base:1`)
    noContainers = await missingContainers(folder, `${registry.host}/base:1`)
    await unpackSample(join(folder, 'root'))
    machine = await startMachine(folder)
    const to = `oci+http://${registry.host}/me/cache`
    const baseImage = `oci+http://${registry.host}/base:1`
    job = (await machine.push(sampleRequest(join(folder, 'root'), to, { tag: 'sample', baseImage }))).job
  }, 120_000)

  afterAll(async () => {
    if (!noContainers)
      await run('podman', ['rmi', '--force', image(), `${registry.host}/base:1`]).catch(() => undefined)
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
    const { stdout } = await run('podman', [...podmanRun, image(), ...command])
    expect(stdout).toContain(output)
  })
})

/** What works as root within a container too: no new network, no limits beyond what the outside allows. */
const podmanRun = ['--runtime', 'runc', 'run', '--rm', '--net=host', '--tls-verify=false'].concat(
  ['--ulimit', 'nofile=20000:20000'],
  ['--ulimit', 'nproc=1024:1024'],
)

/** Why podman cannot run containers here; undefined when it can. */
async function missingContainers(folder: string, base: string): Promise<string | undefined> {
  const missing = await missingProgram('podman', 'runc')
  if (missing) return missing
  const ran = await run('podman', [...podmanRun, base, '/bin/sh', '-c', 'echo works'], { cwd: folder }).catch(String)
  return typeof ran === 'string' ? `podman cannot run containers here: ${ran.slice(0, 300)}` : undefined
}

/** Debian's smallest set of Perl's modules, with the libraries that they load. */
const perlBase = '/usr/lib/x86_64-linux-gnu/perl-base'

/** A base image of this machine's own shell, perl and libraries, pushed by skopeo. */
async function pushBase(folder: string, image: string): Promise<void> {
  const root = join(folder, 'base')
  for (const program of ['/bin/sh', '/bin/env', '/usr/bin/perl']) await addWithLibraries(root, program)
  // cowsay is a Perl script.
  const modules = ['-MText::Wrap', '-MText::Tabs', '-MGetopt::Std', '-MCwd', '-MFile::Basename']
  const { stdout } = await run('perl', [...modules, '-e', 'print join "\\n", values %INC'])
  for (const file of stdout.split('\n')) addFile(root, file)
  if (existsSync(perlBase)) cpSync(perlBase, join(root, perlBase), { recursive: true })
  const tar = join(folder, 'base.tar')
  await run('tar', ['-C', root, '-cf', tar, '.'])
  await run('skopeo', ['copy', '--dest-tls-verify=false', `tarball:${tar}`, `docker://${image}`])
}

async function addWithLibraries(root: string, program: string): Promise<void> {
  const { stdout } = await run('ldd', [program])
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? [])
  for (const file of [program, ...libraries]) addFile(root, file)
}

function addFile(root: string, file: string): void {
  const target = join(root, file)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(realpathSync(file), target)
}
