import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, type CliResult, slowDoor } from '../support/cli.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/registry/fault-registry.ts'
import { sampleEnvironment, sampleSpack, unpackSample } from '../support/sample.ts'

const execute = promisify(execFile)
const missing = await missingDockerRegistry()

let cli: BuiltCli
let sysroot: string
/** Where the sample is unpacked by the first test and then there. */
let sampleHome: string
beforeAll(async () => {
  cli = await buildCli()
  sampleHome = await cli.folder()
  sysroot = join(await cli.folder(), 'root')
  await unpackSample(sysroot)
})
afterAll(() => cli.remove())

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

async function faultRegistry(): Promise<FaultRegistry> {
  const registry = await startFaultRegistry()
  running.push(registry)
  return registry
}

const source = (): string[] => ['--sysroot', sysroot, '--spack', sampleSpack, '--env', sampleEnvironment]

interface PushDocument {
  readonly plan: { readonly command: string; readonly packages: readonly { readonly action: string }[] }
  readonly state?: string
  readonly result?: {
    readonly tags: readonly { readonly tag: string }[]
    readonly failed: readonly { readonly name: string }[]
  }
  readonly error?: { readonly code: string; readonly hint?: string }
  readonly log?: readonly unknown[]
}

function documentOf({ stdout }: CliResult): PushDocument {
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  return JSON.parse(stdout)
}

/** Every file below a folder as one text. */
async function everything(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
  const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), 'latin1')))
  return texts.join('\n')
}

/** Files that a push is still writing, or left behind. */
async function spooled(home: string): Promise<readonly string[]> {
  const names = await readdir(join(home, 'strata/cache/blobs'), { recursive: true }).catch(() => [])
  return names.filter((name) => /\.(tmp|partial)$/.test(name))
}

describe('the sample', () => {
  it('is pushed from nothing, and the second time there is nothing new', async () => {
    const home = sampleHome
    const first = await cli.run(['push', '--sample'], { home })
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/✓ {2}less-590-[a-z0-9]{32}\.spack +sha256:[0-9a-f]{12}\n/)
    expect(first.stdout).toContain('8 tags written to oci-layout://')
    expect(first.stderr).toMatch(/^\[1\/8\] done {3}\w+\n/)
    expect(first.stdout + first.stderr).not.toContain('\u001b')
    const second = await cli.run(['push', '--sample'], { home })
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).toContain('Nothing new, 0 B uploaded')
  })

  it('is described by one JSON document, progress on the other stream', async () => {
    const home = sampleHome
    const result = await cli.run(['push', '--sample', '--to', `oci-layout://${home}/other`, '--tag', 'all', '--json'], {
      home,
    })
    expect(result.code).toBe(0)
    expect(result.stderr).toContain('done   all')
    const { plan, state, result: done, error, log } = documentOf(result)
    expect(plan.packages).toHaveLength(8)
    expect(state).toBe('done')
    expect(done?.tags).toHaveLength(9)
    expect(error).toBeUndefined()
    expect(log?.length).toBeGreaterThan(0)
  })

  it('gives colours to a terminal only, or when they are forced', async () => {
    const home = sampleHome
    const plain = await cli.run(['push', '--sample', '-n'], { home, env: { CI: '1' } })
    expect(plain.stdout).not.toContain('\u001b')
    const forced = await cli.run(['push', '--sample', '-n'], { home, env: { FORCE_COLOR: '1' } })
    expect(forced.stdout).toContain('\u001b[1mPush sample')
    const refused = await cli.run(['push', '--sample', '-n'], { home, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    expect(refused.stdout).toBe(plain.stdout)
  })
})

describe('a dry run', () => {
  it('shows the plan that the run shows, and writes nothing', async () => {
    const home = await cli.folder()
    const target = join(await cli.folder(), 'layout')
    const args = ['push', ...source(), '--to', `oci-layout://${target}`]
    const dry = await cli.run([...args, '--dry-run'], { home })
    expect(dry).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(target)).toBe(false)
    const real = await cli.run(args, { home })
    expect(real.stdout.startsWith(dry.stdout)).toBe(true)
  })

  it('prints a command that a shell reads back to the same plan, whatever is in the paths', async () => {
    const home = await cli.folder()
    const odd = join(await cli.folder(), `it's a "dir"; $HOME \`x\` (é) *`)
    await mkdir(odd)
    await symlink(sysroot, join(odd, 'root'))
    const bin = await cli.folder()
    await symlink(cli.file, join(bin, 'strata'))
    const args = [
      ...[
        'push',
        'less',
        '/zggzqcy',
        '--sysroot',
        join(odd, 'root'),
        '--spack',
        sampleSpack,
        '--env',
        sampleEnvironment,
      ],
      ...['--to', `oci-layout://${odd}/out`, '--tag', 't', '--jobs', '3', '--without-build-dependencies', '--force'],
    ]
    const { plan } = documentOf(await cli.run([...args, '-n', '--json'], { home }))
    const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: home, STRATA_HOME: join(home, 'strata') }
    const { stdout } = await execute('sh', ['-c', `${plan.command} --dry-run --json`], { env, cwd: bin })
    const again: PushDocument = JSON.parse(stdout)
    expect({ ...again.plan, id: '', madeAt: 0 }).toEqual({ ...plan, id: '', madeAt: 0 })
  })
})

describe('an environment of the shell', () => {
  it('is pushed when none is named, and specs are looked up in it', async () => {
    const home = await cli.folder()
    const env = { SPACK_ENV: sampleEnvironment, SPACK_ROOT: sampleSpack }
    const args = ['push', '--sysroot', sysroot, '--to', 'oci-layout:///tmp/never', '-n', '--json']
    expect(documentOf(await cli.run(args, { home, env })).plan.packages).toHaveLength(8)
    const some = documentOf(await cli.run([...args, 'less'], { home, env }))
    expect(some.plan.packages).toHaveLength(3)
    expect(some.plan.command).toContain(`--env ${sampleEnvironment}`)
  })
})

describe('a failure', () => {
  it('of one package leaves the others pushed, says why, and ends with 1', async () => {
    const home = await cli.folder()
    const registry = await faultRegistry()
    const when = ({ method, url }: { method: string; url: string }): boolean =>
      method === 'PUT' && url.includes('/manifests/cowsay')
    registry.faults.push({
      when,
      act: { kind: 'status', status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID"}]}' },
    })
    const args = ['push', ...source(), '--to', `oci+http://${registry.host}/me/cache`]
    const json = await cli.run([...args, '--json'], { home })
    expect(json.code).toBe(1)
    const { state, result, error } = documentOf(json)
    expect(state).toBe('failed')
    expect(error).toMatchObject({ code: 'push-incomplete' })
    expect(result?.failed.map((one) => one.name)).toEqual(['cowsay'])
    expect(result?.tags).toHaveLength(7)
    const words = await cli.run(args, { home })
    expect(words.code).toBe(1)
    expect(words.stdout).toMatch(/✗ {2}cowsay: /)
    expect(words.stderr).toMatch(/failed cowsay\nerror: .*cowsay/)
  })

  it('of the target is one error', async () => {
    const home = await cli.folder()
    const registry = await faultRegistry()
    registry.faults.push({ when: () => true, act: { kind: 'html', status: 200 } })
    const args = ['push', ...source(), '--to', `oci+http://${registry.host}/me/cache`, '--json']
    const result = await cli.run(args, { home })
    expect(result).toMatchObject({ code: 1, stderr: '' })
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'registry-not-a-registry' } })
  })

  it('says when the registry asks to wait', async () => {
    const home = await cli.folder()
    const registry = await faultRegistry()
    const when = ({ method, url }: { method: string; url: string }): boolean =>
      method === 'PUT' && url.includes('/manifests/')
    registry.faults.push({ when, times: 1, act: { kind: 'status', status: 429, headers: { 'retry-after': '1' } } })
    const result = await cli.run(['push', ...source(), '--to', `oci+http://${registry.host}/me/cache`], { home })
    expect(result.code).toBe(0)
    expect(result.stderr).toMatch(/waiting 1 s/)
  })
})

describe.skipIf(missing)('a secret', () => {
  const password = 'correct-horse-battery'

  it.each([
    ['the right one', password, 0],
    ['a wrong one', 'wrong-horse-battery', 1],
  ])('%s goes in through standard input and is written nowhere', async (_, given, code) => {
    const registry = await startDockerRegistry({ login: { username: 'me', password } })
    running.push(registry)
    const home = await cli.folder()
    const to = ['--to', `oci+http://${registry.host}/me/cache`]
    const args = ['push', ...source(), ...to, '--username', 'me', '--password-stdin']
    const child = cli.start(args, { home, input: `${given}\n` })
    const argv = await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => '')
    const result = await child.ended
    expect(result.code, result.stderr).toBe(code)
    expect(result.stdout + result.stderr + argv).not.toContain(given)
    const written = await everything(join(home, 'strata'))
    expect(written).not.toContain(given)
    expect(written).not.toContain(Buffer.from(`me:${given}`).toString('base64'))
    if (code === 0) expect(result.stdout).toContain('--username me --password-stdin')
    else expect(result.stderr).toMatch(/registry-(auth|denied)/)
  })
})

describe('Ctrl-C', () => {
  it('while the registry does not answer ends it at once', async () => {
    const home = await cli.folder()
    const registry = await faultRegistry()
    registry.faults.push({ when: () => true, act: { kind: 'stall' } })
    const args = ['push', ...source(), '--to', `oci+http://${registry.host}/me/cache`, '--json']
    const child = cli.start(args, { home })
    while (registry.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const at = Date.now()
    child.kill('SIGINT')
    const result = await child.ended
    expect(Date.now() - at).toBeLessThan(2000)
    expect(result).toMatchObject({ code: 130, stderr: '' })
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'cancelled' } })
  })

  it('while a package is packed leaves no half of it', async () => {
    const home = await cli.folder()
    const detail = await cli.run(['env', 'show', ...source().slice(0, -2), sampleEnvironment, '--json'], { home })
    const packages: readonly { name: string; prefix: string }[] = JSON.parse(detail.stdout).packages
    const prefix = packages.find((one) => one.name === 'hello')?.prefix ?? ''
    const large = join(sysroot, prefix, 'large')
    const block = randomBytes(1 << 20)
    await writeFile(large, Buffer.concat(Array.from({ length: 300 }, () => block)))
    running.push({ close: () => rm(large) })
    const target = join(await cli.folder(), 'layout')
    const child = cli.start(['push', 'hello', ...source(), '--to', `oci-layout://${target}`], { home })
    while ((await spooled(home)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const at = Date.now()
    child.kill('SIGINT')
    const result = await child.ended
    expect(Date.now() - at).toBeLessThan(2000)
    expect(result.code).toBe(130)
    expect(result.stderr).toContain('Run it again to go on from here.')
    expect(await spooled(home)).toEqual([])
    expect(await everything(join(home, 'strata/state/jobs'))).toContain('"state":"cancelled"')
  })

  it.skipIf(missing)('during an upload leaves whole tags only, and the next run goes on from there', async () => {
    const home = await cli.folder()
    const registry = await startDockerRegistry()
    const door = await slowDoor(registry.port, 500_000)
    running.push(registry, door)
    const args = ['push', ...source(), '--to', `oci+http://${door.host}/me/cache`]
    const child = cli.start(args, { home })
    await child.says('done   ')
    const at = Date.now()
    child.kill('SIGINT')
    const result = await child.ended
    expect(Date.now() - at).toBeLessThan(2000)
    expect(result.code).toBe(130)
    expect(result.stderr).toMatch(/Stopping\..*\n(.*\n)*error: cancelled\n {2}Run it again/)
    expect(await spooled(home)).toEqual([])
    const before = await wholeTags(registry.host)
    expect(before.length).toBeGreaterThan(0)
    expect(before.length).toBeLessThan(8)
    const again = await cli.run(['push', ...source(), '--to', `oci+http://${registry.host}/me/cache`, '--json'], {
      home,
    })
    expect(again.code).toBe(0)
    const { plan, result: done } = documentOf(again)
    expect(plan.packages.filter((one) => one.action === 'present')).toHaveLength(before.length)
    expect(plan.packages.some((one) => one.action === 'reuse')).toBe(true)
    expect(done?.tags).toHaveLength(8 - before.length)
    expect(await wholeTags(registry.host)).toHaveLength(8)
  })
})

/** The tags of the repository; fails when one of them lacks anything that it names. */
async function wholeTags(host: string): Promise<readonly string[]> {
  const url = `http://${host}/v2/me/cache`
  const { tags } = JSON.parse(await (await fetch(`${url}/tags/list`)).text()) as { tags: readonly string[] | null }
  for (const tag of tags ?? []) {
    const accept = 'application/vnd.oci.image.manifest.v1+json'
    const answer = await fetch(`${url}/manifests/${tag}`, { headers: { accept } })
    const manifest = JSON.parse(await answer.text()) as {
      config: { digest: string }
      layers: readonly { digest: string }[]
    }
    for (const { digest } of [manifest.config, ...manifest.layers]) {
      expect((await fetch(`${url}/blobs/${digest}`, { method: 'HEAD' })).status, `${tag} ${digest}`).toBe(200)
    }
  }
  return tags ?? []
}
