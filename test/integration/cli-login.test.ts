import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, type CliResult } from '../support/cli.ts'
import { missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { startFaultRegistry } from '../support/registry/fault-registry.ts'

const missing = await missingDockerRegistry()
const right = { username: 'me', password: 'the-right-password' }

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const running: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close()
})

async function registry(options: Parameters<typeof startDockerRegistry>[0] = { login: right }) {
  const started = await startDockerRegistry(options)
  running.push(started)
  return started
}

const login = (home: string, host: string, input: string, ...more: readonly string[]) =>
  cli.run(['login', host, '--username', 'me', '--password-stdin', ...more], { home, input })

const documentOf = ({ stdout }: CliResult): unknown => JSON.parse(stdout)
const kept = (home: string) => join(home, 'strata/logins.json')

/** Every file that Strata wrote, as one text, with the names of the files. */
async function everything(home: string): Promise<string> {
  const names = await readdir(join(home, 'strata'), { recursive: true, withFileTypes: true }).catch(() => [])
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return [...files, ...(await Promise.all(files.map((file) => readFile(file, 'latin1'))))].join('\n')
}

describe.skipIf(missing)(`strata login${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('keeps a login that the registry takes, where it was allowed; a push then needs nothing else', async () => {
    const home = await cli.folder()
    const { host } = await registry()
    const done = await login(home, host, `${right.password}\n`, '--allow-file')
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toBe(`Logged in to ${host} as me\nThe login is kept in ${kept(home)}\n`)
    expect((await stat(kept(home))).mode & 0o777).toBe(0o600)

    const pushed = await cli.run(['push', '--sample', '--to', `oci+http://${host}/me/cache`, '--json'], { home })
    expect(pushed.code).toBe(0)
    expect(pushed.stdout + pushed.stderr + done.stdout).not.toContain(right.password)
    const journal = (await everything(join(home))).replace(await readFile(kept(home), 'latin1'), '')
    expect(journal).toContain('"state":"done"')
    expect(journal).not.toContain(right.password)

    const who = await cli.run(['whoami', `${host}/me/cache`], { home })
    expect(who.stdout).toMatch(new RegExp(`^${host}/me/cache\n✓ used  me  ${host}  \\S+/logins.json\n$`))
  })

  it('keeps nothing of a login that is refused', async () => {
    const home = await cli.folder()
    const { host } = await registry()
    const refused = await login(home, host, 'the-WRONG-password', '--allow-file')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('registry-auth')
    expect(refused.stderr).toContain('strata login')
    const json = await login(home, host, 'the-WRONG-password', '--allow-file', '--json')
    expect(documentOf(json)).toMatchObject({ error: { code: 'registry-auth' } })
    expect(refused.stderr + json.stdout + (await everything(home))).not.toContain('the-WRONG-password')
    await expect(stat(kept(home))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(documentOf(await cli.run(['whoami', host, '--json'], { home }))).toEqual({ repository: host, logins: [] })
  })

  it('keeps nothing where there is no keychain and no file was allowed, and says what there is to do', async () => {
    const home = await cli.folder()
    const { host } = await registry()
    const refused = await login(home, host, right.password)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/no keychain that can be used: .*Secret Service.*\n.*--allow-file.*\n.*no-keychain/)
    expect(await everything(home)).not.toContain(right.password)
  })

  it('leaves a login for one path out of every other, and a better one in place', async () => {
    const home = await cli.folder()
    const { host } = await registry()
    const json = await login(home, `${host}/me`, right.password, '--allow-file', '--json')
    const entry = { scope: `${host}/me`, kind: 'basic', username: 'me', origin: 'strata', source: kept(home) }
    expect(documentOf(json)).toEqual(entry)
    expect(documentOf(await cli.run(['whoami', `${host}/me/cache`, '--json'], { home }))).toEqual({
      repository: `${host}/me/cache`,
      logins: [entry],
    })
    expect((await cli.run(['whoami', `${host}/you/cache`], { home })).stdout).toContain('anonymous')
    const other = ['push', '--sample', '--to', `oci+http://${host}/you/cache`]
    expect((await cli.run(other, { home })).stderr).toContain('registry-auth')
  })

  it('trusts the authority that it is given, and says which option is missing without it', async () => {
    const home = await cli.folder()
    const { host, caFile = '' } = await registry({ login: right, tls: true })
    const unknown = await login(home, `https://${host}`, right.password, '--allow-file')
    expect(unknown.stderr).toContain('--ca-file')
    const known = await login(home, `https://${host}`, right.password, '--allow-file', '--ca-file', caFile)
    expect(known).toMatchObject({ code: 0, stdout: expect.stringContaining(`Logged in to ${host} as me`) })
    // A loopback host is tried without TLS first, as in references; that its port speaks TLS is no reason to fail.
    const again = await login(home, host, right.password, '--allow-file', '--ca-file', caFile)
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`Logged in to ${host} as me`) })
    const doubted = await login(home, host, right.password, '--allow-file')
    expect(doubted.stderr).toContain('--ca-file')
  })

  it('ends with strata logout, which leaves docker’s login alone and says so', async () => {
    const home = await cli.folder()
    const { host } = await registry()
    await login(home, host, right.password, '--allow-file')
    await mkdir(join(home, '.docker'))
    const auth = Buffer.from('docker-user:docker-secret').toString('base64')
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
    const out = await cli.run(['logout', host], { home })
    expect(out).toMatchObject({ code: 0, stderr: '' })
    expect(out.stdout).toBe(`Logged out of ${host}\nThe login from ~/.docker/config.json is used there now.\n`)
    await expect(stat(kept(home))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(documentOf(await cli.run(['logout', host, '--json'], { home }))).toEqual({ removed: false })
  })
})

describe('a token server', () => {
  it('is asked for a token before a login is kept, and refuses a wrong one', async () => {
    const home = await cli.folder()
    const started = await startFaultRegistry({ auth: { ...right, kind: 'bearer' } })
    running.push(started)
    expect(await login(home, started.host, 'wrong', '--allow-file')).toMatchObject({ code: 1 })
    await expect(stat(kept(home))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await login(home, started.host, right.password, '--allow-file')).toMatchObject({ code: 0 })
    expect(await readFile(kept(home), 'utf8')).toContain(started.host)
  })
})

describe('logins that nobody asks for', () => {
  it('are not looked up: a push to an open registry starts no credential helper', async () => {
    const home = await cli.folder()
    const started = await startFaultRegistry()
    running.push(started)
    await mkdir(join(home, 'bin'))
    await mkdir(join(home, '.docker'))
    await writeFile(join(home, '.docker/config.json'), '{"credsStore":"marks"}')
    const marks = join(home, 'marks')
    const script = `#!/bin/sh\necho called >> ${marks}\necho "credentials not found in native keychain"\nexit 1\n`
    await writeFile(join(home, 'bin/docker-credential-marks'), script, { mode: 0o755 })
    const env = { PATH: `${join(home, 'bin')}:/usr/bin:/bin` }
    const push = ['push', '--sample', '--to', `oci+http://${started.host}/me/cache`]
    expect(await cli.run(push, { home, env })).toMatchObject({ code: 0 })
    await expect(stat(marks)).rejects.toMatchObject({ code: 'ENOENT' })
    await cli.run(['whoami', started.host], { home, env })
    expect(await readFile(marks, 'utf8')).toBe('called\n')
  })
})

describe('wrong usage of logins', () => {
  it.each([
    [['login', 'ghcr.io'], 'who logs in is missing'],
    [['login', 'ghcr.io', '--password-stdin'], '--password-stdin goes with --username'],
    [['login', 'ghcr.io', '--username', 'me', '--token-stdin'], 'cannot be used with'],
    [['login', 'ghcr', '--token-stdin'], 'names no registry'],
    [['login'], 'missing required argument'],
    [['logout', 'oci-layout:///tmp/x'], 'names no registry'],
    [['whoami', 'ghcr'], 'names no registry'],
  ])('%j ends with 2 and says what to do', async (args, words) => {
    const result = await cli.run(args, { home: await cli.folder(), input: 'a-token' })
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain(words)
  })
})
