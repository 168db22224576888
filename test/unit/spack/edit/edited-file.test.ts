import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readToEdit, writeEdited } from '../../../../main/spack/edit/edited-file.ts'
import { folderWith } from '../fixtures.ts'

describe('writing a file in its place', () => {
  it('keeps mode, links, byte order marks and line endings, and leaves nothing beside it', async () => {
    const folder = await folderWith({ 'real/spack.yaml': '\ufeffspack:\r\n  view: true\r\n' })
    const real = join(folder, 'real/spack.yaml')
    await chmod(real, 0o640)
    await symlink('real/spack.yaml', join(folder, 'spack.yaml'))
    const before = await readToEdit(join(folder, 'spack.yaml'))
    await writeEdited(join(folder, 'spack.yaml'), before.text.replace('true', 'false'), before)
    expect((await readFile(real)).toString('latin1')).toBe('\xef\xbb\xbfspack:\r\n  view: false\r\n')
    expect((await stat(real)).mode & 0o777).toBe(0o640)
    expect((await lstat(join(folder, 'spack.yaml'))).isSymbolicLink()).toBe(true)
    expect(await readdir(join(folder, 'real'))).toEqual(['spack.yaml'])
  })

  it('makes the folders of a new file, below a root of its own', async () => {
    const sysroot = await folderWith({})
    const before = await readToEdit('/home/me/.spack/mirrors.yaml', sysroot)
    expect(before).toMatchObject({ text: '', exists: false })
    await writeEdited('/home/me/.spack/mirrors.yaml', 'mirrors: {}\n', before, sysroot)
    expect(await readFile(join(sysroot, 'home/me/.spack/mirrors.yaml'), 'utf8')).toBe('mirrors: {}\n')
  })

  it('refuses a file that somebody changed, made or removed meanwhile', async () => {
    const folder = await folderWith({ 'a.yaml': 'a: 1\n' })
    const file = join(folder, 'a.yaml')
    const before = await readToEdit(file)
    const none = await readToEdit(join(folder, 'b.yaml'))
    await writeFile(file, 'a: 2\n')
    await writeFile(join(folder, 'b.yaml'), '')
    await expect(writeEdited(file, 'a: 3\n', before)).rejects.toMatchObject({ code: 'file-changed' })
    await expect(writeEdited(join(folder, 'b.yaml'), 'b: 1\n', none)).rejects.toMatchObject({ code: 'file-changed' })
    expect(await readFile(file, 'utf8')).toBe('a: 2\n')
    expect(await readdir(folder)).toEqual(['a.yaml', 'b.yaml'])
  })

  it('clears away what a writer left that was killed', async () => {
    const left = `a.yaml.${hostname()}.999999999.temp`
    const folder = await folderWith({ 'a.yaml': 'a: 1\n', [left]: 'half' })
    const file = join(folder, 'a.yaml')
    await writeEdited(file, 'a: 2\n', await readToEdit(file))
    expect(await readdir(folder)).toEqual(['a.yaml'])
  })

  it('reads nothing that writing back would change', async () => {
    const folder = await folderWith({})
    const file = join(folder, 'latin.yaml')
    await writeFile(file, Buffer.from('# gr\xfcn\n', 'latin1'))
    await expect(readToEdit(file)).rejects.toThrow(/is not UTF-8/)
  })

  it('says which folder may not be written to', async () => {
    // Not even root can make a file there.
    await expect(writeEdited('/proc/self/x.yaml', '', { text: '', exists: false, digest: '' })).rejects.toThrow(
      /\/proc\/self/,
    )
  })
})
