import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { safeStorageVault } from '../../../app/electron/safe-storage.ts'
import { openKeychain } from '../../../main/registry/credentials/keychain.ts'
import { safeStorage } from './electron-stand-in.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-safe-storage-'))
  safeStorage.available = true
  safeStorage.backend = 'gnome_libsecret'
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the desktop app’s keychain', () => {
  it('keeps in its file what the system has encrypted', async () => {
    const keychain = openKeychain({ folder, vault: safeStorageVault('linux') })
    expect(await keychain.facts()).toMatchObject({ kind: 'system' })
    const login = { kind: 'basic', username: 'me', password: 'desktop-secret' } as const
    await keychain.write('ghcr.io', login, { allowFile: false })
    const text = await readFile(join(folder, 'logins.json'), 'utf8')
    expect(text).not.toContain('desktop-secret')
    expect(text).toContain(Buffer.from('terces-potksed').toString('base64'))
    const [entry] = await keychain.entries()
    expect(entry && (await keychain.read(entry))).toEqual(login)
    expect(await keychain.delete('ghcr.io')).toBe(true)
    expect(await keychain.entries()).toEqual([])
  })

  it.each([
    ['linux', true, 'basic_text', 'this desktop has no keyring'],
    ['linux', false, 'unknown', 'no keychain that this app may use'],
    ['darwin', false, 'basic_text', 'no keychain that this app may use'],
  ] as const)('on %s (available: %s, %s) is none', async (platform, available, backend, words) => {
    Object.assign(safeStorage, { available, backend })
    const keychain = openKeychain({ folder, vault: safeStorageVault(platform) })
    expect(await keychain.facts()).toMatchObject({ kind: 'none', problem: expect.stringContaining(words) })
    const login = { kind: 'token', token: 'desktop-token' } as const
    await expect(keychain.write('ghcr.io', login, { allowFile: false })).rejects.toMatchObject({ code: 'no-keychain' })
  })

  it('asks Linux alone which keyring it has: no other system knows the question', async () => {
    safeStorage.backend = 'basic_text'
    expect(await safeStorageVault('darwin').problem()).toBeUndefined()
  })
})
