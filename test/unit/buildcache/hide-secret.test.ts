import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileEdit } from '../../../main/api/spack-files.ts'
import { FileEditRequest } from '../../../main/api/spack-files.ts'
import { createFileEdits } from '../../../main/buildcache/spack-files/edits.ts'
import { type KeptLogin, openKeychain, type Vault } from '../../../main/registry/credentials/keychain.ts'
import { folderWith } from '../spack/fixtures.ts'

/** An environment with this spack.yaml, and a keychain whose vault is in memory, or says why it cannot be used. */
async function environmentWith(text: string, problem?: string) {
  const folder = await folderWith({ 'spack.yaml': text })
  const secrets = new Map<string, string>()
  const vault: Vault = {
    id: 'keyring',
    where: 'the keyring',
    problem: async () => problem,
    seal: async (scope, secret) => {
      secrets.set(scope, secret)
      return ''
    },
    open: async (scope) => secrets.get(scope),
    erase: async (scope) => void secrets.delete(scope),
  }
  const keychain = openKeychain({ folder: join(folder, 'strata'), vault })
  const host = { env: {}, home: folder, remembered: [], keychain, registries: [] }
  const edits = createFileEdits({ host: () => host })
  const hide: FileEdit = { kind: 'hide-secret', name: 'cache', to: 'keychain' }
  const plan = await edits.plan(FileEditRequest.parse({ environment: folder, edit: hide }))
  return {
    file: join(folder, 'spack.yaml'),
    plan,
    apply: () => edits.apply(plan.id),
    kept: async (): Promise<readonly (readonly [scope: string, login: KeptLogin | undefined])[]> =>
      Promise.all((await keychain.entries()).map(async (one) => [one.scope, await keychain.read(one)] as const)),
  }
}

const mirror = (login: string): string =>
  `spack:\n  mirrors:\n    cache: # ours\n      url: oci://ghcr.io/me/cache\n      signed: false\n${login}  specs: []\n`
const pair = '      access_pair: [me, of-the-user]\n'

describe('a secret that moves to the keychain', () => {
  it.each<[string, string, KeptLogin]>([
    ['a pair', pair, { kind: 'basic', username: 'me', password: 'of-the-user' }],
    ['a token', '      access_token: of-the-token\n', { kind: 'token', token: 'of-the-token' }],
  ])('leaves the file without it, and is there for its repository: %s', async (_, written, login) => {
    const { file, plan, apply, kept } = await environmentWith(mirror(written))
    expect(plan.diff).toMatch(/^-.*\*\*\*/m)
    expect(plan.diff).not.toContain('of-the-')
    expect(await kept()).toEqual([])
    await apply()
    expect(await readFile(file, 'utf8')).toBe(mirror(''))
    expect(await kept()).toEqual([['ghcr.io/me/cache', login]])
  })

  it.each([
    ['there is no keychain', pair, 'it is locked', 'no-keychain'],
    ['the mirror is no registry', 'x', undefined, 'edit-refused'],
    [
      'its sides have two secrets',
      '      fetch: {access_pair: [me, of-the-user]}\n      push: {access_pair: [me, of-the-other]}\n',
      undefined,
      'edit-refused',
    ],
  ])('stays where it is when %s', async (_, login, problem, code) => {
    const text =
      login === 'x' ? 'spack:\n  mirrors:\n    cache: {url: s3://b, access_pair: [me, of-the-user]}\n' : mirror(login)
    const { file, apply, kept } = await environmentWith(text, problem)
    await expect(apply()).rejects.toMatchObject({ code })
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await kept()).toEqual([])
  })

  it('is not kept twice: a file that was changed meanwhile so that the secret is another one is refused', async () => {
    const { file, apply, kept } = await environmentWith(mirror(pair))
    const other = mirror('      access_pair: [me, of-the-new-one]\n')
    await writeFile(file, other)
    await expect(apply()).rejects.toMatchObject({ code: 'file-changed' })
    expect(await readFile(file, 'utf8')).toBe(other)
    expect(await kept()).toEqual([])
  })
})
