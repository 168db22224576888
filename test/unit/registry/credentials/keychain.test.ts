import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCredential, listLogins } from '../../../../main/registry/credentials/credentials.ts'
import { type Keychain, openKeychain, type Vault } from '../../../../main/registry/credentials/keychain.ts'

let folder = ''
let file = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'strata-keychain-')), 'config')
  file = join(folder, 'logins.json')
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

const login = { kind: 'basic', username: 'me', password: 'kept-password' } as const
const allowed = { allowFile: true }
const notAllowed = { allowFile: false }

/** A vault in memory, or one that says why it cannot be used. */
function vaultOf(id: Vault['id'], problem?: string): Vault & { readonly secrets: Map<string, string> } {
  const secrets = new Map<string, string>()
  return {
    id,
    secrets,
    where: `the ${id}`,
    problem: async () => problem,
    seal: async (scope, secret) => {
      secrets.set(scope, secret)
      return `sealed by ${id}`
    },
    open: async (scope) => secrets.get(scope),
    erase: async (scope) => void secrets.delete(scope),
  }
}

async function readOnly(keychain: Keychain, scope: string) {
  const entry = (await keychain.entries()).find((one) => one.scope === scope)
  return entry && keychain.read(entry)
}

describe('the keychain’s file', () => {
  it('is made only where it was allowed, for its owner alone, by rename', async () => {
    const keychain = openKeychain({ folder })
    await expect(keychain.write('ghcr.io', login, notAllowed)).rejects.toMatchObject({
      code: 'no-keychain',
      hint: expect.stringContaining('--allow-file'),
    })
    expect(await keychain.facts()).toMatchObject({ kind: 'none' })
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })

    await keychain.write('ghcr.io', login, allowed)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['logins.json'])
    expect(await readOnly(keychain, 'ghcr.io')).toEqual(login)
    expect(await keychain.facts()).toMatchObject({ kind: 'file', where: expect.stringContaining(file) })

    const before = await stat(file)
    await keychain.write('quay.io', { kind: 'token', token: 'kept-token' }, notAllowed)
    expect((await stat(file)).ino).not.toBe(before.ino)
    expect(await readOnly(openKeychain({ folder }), 'quay.io')).toEqual({ kind: 'token', token: 'kept-token' })
  })

  it.each([0o640, 0o604, 0o666])('is refused with mode %o, whatever is wanted of it', async (mode) => {
    const keychain = openKeychain({ folder })
    await keychain.write('ghcr.io', login, allowed)
    await chmod(file, mode)
    const refusal = { code: 'permission-denied', hint: expect.stringContaining(`chmod 600 ${file}`) }
    await expect(keychain.entries()).rejects.toMatchObject(refusal)
    await expect(keychain.write('quay.io', login, allowed)).rejects.toMatchObject(refusal)
    expect(await keychain.facts()).toMatchObject({ kind: 'none', problem: expect.stringContaining('read by others') })
    const sources = { env: {}, home: folder, keychain }
    expect(await findCredential('ghcr.io', 'x', sources)).toBeUndefined()
    expect(await listLogins('ghcr.io', 'x', sources)).toMatchObject([{ problem: expect.stringContaining('by others') }])
  })

  it('that is broken is said to be, without a word of what is in it', async () => {
    await mkdir(folder)
    await writeFile(file, '{"logins":[{"sealed":"hunter2"', { mode: 0o600 })
    const refused = await openKeychain({ folder })
      .entries()
      .catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'io', message: `${file} is not a file of logins` })
    expect(JSON.stringify(refused)).not.toContain('hunter2')
  })

  it('keeps every login of many that are given at once, the last for each scope', async () => {
    const keychain = openKeychain({ folder })
    const scopes = ['a.example', 'b.example', 'b.example/me', 'a.example']
    await Promise.all(scopes.map((scope, i) => keychain.write(scope, { ...login, username: `user${i}` }, allowed)))
    const names = (await keychain.entries()).map(({ scope, username }) => `${scope} ${username}`)
    expect(names.sort()).toEqual(['a.example user3', 'b.example user1', 'b.example/me user2'])
  })

  it('loses a login that is deleted, and is gone with the last', async () => {
    const keychain = openKeychain({ folder })
    await keychain.write('ghcr.io', login, allowed)
    await keychain.write('ghcr.io/me', login, allowed)
    expect(await keychain.delete('ghcr.io')).toBe(true)
    expect(await keychain.delete('ghcr.io')).toBe(false)
    expect((await keychain.entries()).map((one) => one.scope)).toEqual(['ghcr.io/me'])
    expect(await keychain.delete('ghcr.io/me')).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a vault', () => {
  it('takes the secrets, also those that lay open before; the file lists them without', async () => {
    await openKeychain({ folder }).write('ghcr.io', { ...login, password: 'lay-open' }, allowed)
    const vault = vaultOf('keyring')
    const keychain = openKeychain({ folder, vault })
    expect(await keychain.facts()).toEqual({ kind: 'system', where: 'the keyring' })
    await keychain.write('ghcr.io', login, allowed)
    const text = await readFile(file, 'utf8')
    expect(text).not.toMatch(/kept-password|lay-open/)
    expect(await keychain.entries()).toEqual([
      { scope: 'ghcr.io', kind: 'basic', username: 'me', where: 'the keyring', problem: undefined },
    ])
    expect(await readOnly(keychain, 'ghcr.io')).toEqual(login)
    expect(await keychain.delete('ghcr.io')).toBe(true)
    expect(vault.secrets.size).toBe(0)
  })

  it('that does not work is named with its reason, and an allowed file takes its place', async () => {
    const keychain = openKeychain({ folder, vault: vaultOf('keyring', 'no D-Bus here') })
    await expect(keychain.write('ghcr.io', login, notAllowed)).rejects.toThrow('no D-Bus here')
    await keychain.write('ghcr.io', login, allowed)
    expect(await keychain.facts()).toMatchObject({ kind: 'file', problem: 'no D-Bus here' })
    expect(await readOnly(keychain, 'ghcr.io')).toEqual(login)
  })

  it('of another program stays that program’s: listed, not used, not lost', async () => {
    const desktop = vaultOf('safe-storage')
    const app = openKeychain({ folder, vault: desktop })
    await app.write('ghcr.io', { ...login, username: 'app' }, notAllowed)
    const cli = openKeychain({ folder, vault: vaultOf('keyring') })
    const sources = { env: {}, home: folder, keychain: cli }
    expect(await findCredential('ghcr.io', 'x', sources)).toBeUndefined()
    expect(await listLogins('ghcr.io', 'x', sources)).toMatchObject([
      { username: 'app', problem: 'only the desktop app can read it' },
    ])
    await cli.write('ghcr.io', { ...login, username: 'cli' }, notAllowed)
    expect(await findCredential('ghcr.io', 'x', sources)).toMatchObject({ username: 'cli' })
    expect(await findCredential('ghcr.io', 'x', { ...sources, keychain: app })).toMatchObject({ username: 'app' })
  })

  it('whose lock stays shut is passed over', async () => {
    const vault = vaultOf('keyring')
    const keychain = openKeychain({ folder, vault })
    await keychain.write('ghcr.io/me', login, notAllowed)
    const shut = openKeychain({
      folder,
      vault: { ...vault, open: async () => Promise.reject(new Error('locked')) },
    })
    const env = { STRATA_USERNAME: '', STRATA_PASSWORD: '' }
    expect(await findCredential('ghcr.io', 'me/x', { env, home: folder, keychain: shut })).toBeUndefined()
    expect(await findCredential('ghcr.io', 'me/x', { env, home: folder, keychain })).toMatchObject({ username: 'me' })
  })
})
