import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildKeyring } from '../../../../app/build/worker.ts'
import { keyringVault } from '../../../../main/registry/credentials/keyring.ts'

/**
 * The keyring program as it is bundled, in a folder whose `node_modules` holds a library that the test writes: the real
 * one needs a desktop.
 */
let folder = ''
let program = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-keyring-'))
  program = join(folder, 'dist', 'keyring.mjs')
  await buildKeyring(program)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const library = () => join(folder, 'node_modules/@napi-rs/keyring')
beforeEach(() => rm(join(folder, 'node_modules'), { recursive: true, force: true }))

async function install(source: string): Promise<void> {
  await mkdir(library(), { recursive: true })
  await writeFile(join(library(), 'package.json'), '{"name":"@napi-rs/keyring","main":"index.js"}')
  await writeFile(join(library(), 'index.js'), source)
}

/** Keeps entries in a file, and beside it how each process was called. */
const working = `
const fs = require('node:fs')
const path = require('node:path').join(__dirname, 'entries.json')
const read = () => (fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, 'utf8')) : {})
const write = (entries) => fs.writeFileSync(path, JSON.stringify(entries))
fs.appendFileSync(path + '.calls', JSON.stringify([process.argv, process.env]) + '\\n')
exports.AsyncEntry = class {
  constructor(service, name, options) { this.key = [service, name, options.linux.store].join(' ') }
  async getPassword() { return read()[this.key] ?? null }
  async setPassword(secret) { write({ ...read(), [this.key]: secret }) }
  async deletePassword() { const { [this.key]: _, ...rest } = read(); write(rest) }
}`

describe('the system’s keyring', () => {
  it('keeps, hands out and forgets a secret, which is in no process’s arguments or environment', async () => {
    await install(working)
    const env = { PATH: process.env.PATH, STRATA_TOKEN: 'of-strata-alone' }
    const vault = keyringVault({ program, env })
    expect(await vault.problem()).toBeUndefined()
    expect(await vault.seal('ghcr.io/me', 'keyring-secret')).toBe('')
    expect(await readFile(join(library(), 'entries.json'), 'utf8')).toBe(
      '{"Strata ghcr.io/me secret-service":"keyring-secret"}',
    )
    expect(await vault.open('ghcr.io/me', '')).toBe('keyring-secret')
    expect(await vault.open('ghcr.io/you', '')).toBeUndefined()
    await vault.erase('ghcr.io/me')
    expect(await vault.open('ghcr.io/me', '')).toBeUndefined()
    const calls = await readFile(join(library(), 'entries.json.calls'), 'utf8')
    expect(calls.trim().split('\n')).toHaveLength(6)
    expect(calls).not.toMatch(/keyring-secret|of-strata-alone/)
  })

  const problems: readonly (readonly [string, string | undefined, string])[] = [
    ['whose library is not installed', undefined, 'is not installed here'],
    ['whose library lacks its native part', 'throw new Error("Cannot find native binding.")', 'is not installed here'],
    [
      'without a desktop session',
      'exports.AsyncEntry = class { constructor() { throw new Error("Platform failure: DBus error: x") } }',
      'nobody answers for it in this session',
    ],
    [
      'that is refused',
      'exports.AsyncEntry = class { async getPassword() { throw new Error("is locked") } }',
      'is locked',
    ],
    ['that crashes', 'process.abort()', 'its program failed'],
    // The real library connects in its constructor, and a bus that never answers holds the whole thread.
    [
      'that never answers',
      'exports.AsyncEntry = class { constructor() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) } }',
      'it took too long',
    ],
  ]
  it.each(problems)('%s is a reason in words, not a failure', async (_what, source, words) => {
    if (source !== undefined) await install(source)
    // Only the one that never answers has to be waited for.
    const probeTimeout = words === 'it took too long' ? 1_000 : undefined
    const vault = keyringVault({ program, env: { PATH: process.env.PATH }, probeTimeout })
    expect(await vault.problem()).toContain(words)
  })

  it('says so when it refuses a secret', async () => {
    await install('exports.AsyncEntry = class { async setPassword(s) { throw new Error("cannot keep it") } }')
    const vault = keyringVault({ program, env: { PATH: process.env.PATH } })
    await expect(vault.seal('ghcr.io', 'keyring-secret-2')).rejects.toMatchObject({
      code: 'no-keychain',
      message: expect.stringContaining('cannot keep it'),
    })
  })
})
