import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import { groupId, packagePermissions } from '../../../main/spack/config/permissions.ts'
import { instanceWith } from './fixtures.ts'

async function permissions(packages: string, name = 'zlib', config = 'config: {}\n') {
  const instance = await instanceWith({
    'spack/etc/spack/packages.yaml': packages,
    'spack/etc/spack/config.yaml': config,
  })
  const { directory, file, group } = packagePermissions(
    await readConfiguration(instance, undefined, ['packages', 'config']),
    name,
  )
  return [directory.toString(8), file.toString(8), group]
}

describe('the permissions of a package', () => {
  it('are for all to read and the owner to write where nothing is said', async () => {
    expect(packagePermissions(undefined, 'zlib')).toEqual({ directory: 0o2755, file: 0o755, group: undefined })
    expect(await permissions('packages: {}\n')).toEqual(['2755', '755', undefined])
  })

  it.each([
    ['read: world, write: group', '2775', '775'],
    ['read: group, write: group', '2770', '770'],
    ['read: group, write: user', '2750', '750'],
    ['read: user', '700', '700'],
    ['write: world', '2777', '777'],
  ])('with %s are %s for folders and %s for programs', async (written, directory, file) => {
    expect(await permissions(`packages: {all: {permissions: {${written}}}}\n`)).toEqual([directory, file, undefined])
  })

  it('are its own before those of all, setting by setting', async () => {
    const packages =
      'packages:\n  all: {permissions: {read: group, group: everybody}}\n  zlib: {permissions: {write: group}}\n'
    expect(await permissions(packages)).toEqual(['2770', '770', 'everybody'])
    expect(await permissions(packages, 'vim')).toEqual(['2750', '750', 'everybody'])
  })

  it('do not hand the group down where config:allow_sgid is off', async () => {
    expect(await permissions('packages: {}\n', 'zlib', 'config: {allow_sgid: false}\n')).toEqual([
      '755',
      '755',
      undefined,
    ])
  })

  it.each(['read: user, write: group', 'read: group, write: world', 'read: nobody'])(
    'with %s are refused',
    async (written) => {
      await expect(permissions(`packages: {all: {permissions: {${written}}}}\n`)).rejects.toMatchObject({
        code: 'config-invalid',
      })
    },
  )
})

describe.skipIf(process.platform === 'win32')('a group', () => {
  it('is found by its name', async () => {
    const [name, id] = ['-gn', '-g'].map((option) => execFileSync('id', [option], { encoding: 'utf8' }).trim())
    expect(await groupId(name ?? '')).toBe(Number(id))
  })

  it('that is not there is refused', async () => {
    await expect(groupId('no-such-group')).rejects.toMatchObject({ code: 'config-invalid' })
  })
})
