import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { extractLayer } from '../../../main/layer/extract.ts'
import { StrataError } from '../../../main/support/errors.ts'
import { inArchive, packageLayer, packageTar, pax, type RawMember, rawMember, rawTar } from '../../support/raw-tar.ts'

/** Nothing of a refused layer stays, and nothing beside it changes. */
async function refusalOf(layer: Buffer, limit = 1_000_000): Promise<StrataError> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-hostile-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const store = join(folder, 'store')
  mkdirSync(store)
  writeFileSync(join(folder, 'outside'), 'untouched')
  writeFileSync(join(folder, 'layer'), layer)
  const input = { name: 'app@1.0/abc', file: join(folder, 'layer'), target: join(store, 'app.partial') }
  const error = await extractLayer({ ...input, maxUncompressedSize: limit }, { onChunk: () => undefined }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(readdirSync(store)).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['layer', 'outside', 'store'])
  expect(readFileSync(join(folder, 'outside'), 'utf8')).toBe('untouched')
  if (!(error instanceof StrataError)) throw new Error(`not refused: ${error}`)
  return error
}

const file = (path: string, more: Partial<RawMember> = {}): RawMember => ({
  name: `${inArchive}/${path}`,
  content: 'evil',
  ...more,
})
const link = (path: string, target: string): RawMember => ({ name: `${inArchive}/${path}`, type: '2', link: target })
const hardLink = (path: string, target: string): RawMember => ({
  name: `${inArchive}/${path}`,
  type: '1',
  link: target,
})

describe('a layer is refused as unsafe, with the entry named, when it', () => {
  const attacks: Readonly<Record<string, readonly [readonly RawMember[], named: string, why: string]>> = {
    'has an absolute name': [[{ name: '/etc/evil', content: 'x' }], '/etc/evil', 'is an absolute path'],
    'has the prefix as an absolute name': [
      [{ name: `/${inArchive}/evil`, content: 'x' }],
      `/${inArchive}/evil`,
      'is an absolute path',
    ],
    'climbs out of the prefix': [[file('../evil')], `${inArchive}/../evil`, 'climbs out of its folder'],
    'climbs out and comes back': [[file('bin/../../evil')], 'bin/../../evil', 'climbs out of its folder'],
    'names a file beside the prefix': [
      [{ name: `${inArchive}-evil/x`, content: 'x' }],
      `${inArchive}-evil/x`,
      'lies outside the prefix',
    ],
    'names a file above the prefix': [[{ name: 'old/evil', content: 'x' }], 'old/evil', 'lies outside the prefix'],
    'makes a parent of the prefix a link': [
      [{ name: 'old', type: '2', link: '/etc' }],
      'old',
      'lies outside the prefix',
    ],
    'makes the prefix a link': [[{ name: inArchive, type: '2', link: '/etc' }], inArchive, 'is there twice'],
    'makes a link out and writes through it': [
      [link('lib', '../../..'), file('lib/outside')],
      'lib/outside',
      'leads through',
    ],
    'makes an absolute link and writes through it': [[link('lib', '/tmp'), file('lib/x')], 'lib/x', 'leads through'],
    'makes a folder of a link': [
      [link('lib', '/tmp'), file('lib', { type: '5', content: '' })],
      'lib',
      'is there twice',
    ],
    'replaces a file by a link to write through it': [[file('a'), link('a', '/tmp/x')], '/a', 'is there twice'],
    'writes a file onto a link': [[link('a', '../../../outside'), file('a')], '/a', 'is there twice'],
    'has a file twice': [[file('a'), file('a')], '/a', 'is there twice'],
    'has a folder twice': [
      [file('d/', { type: '5', content: '' }), file('d/', { type: '5', content: '' })],
      '/d/',
      'is there twice',
    ],
    'has a file twice in other words': [[file('a'), file('./a')], '/./a', 'is there twice'],
    'has a file within a file': [[file('a'), file('a/b')], '/a/b', 'leads through'],
    'has a hard link to a file of this machine': [[hardLink('a', '/etc/passwd')], '/etc/passwd', 'is an absolute path'],
    'has a hard link that climbs': [
      [hardLink('a', `${inArchive}/../../../../outside`)],
      'outside',
      'climbs out of its folder',
    ],
    'has a hard link to another place in the archive': [[hardLink('a', 'old/x')], '/a', 'lies outside the prefix'],
    'has a hard link to a link': [
      [link('l', '/etc/passwd'), hardLink('a', `${inArchive}/l`)],
      '/a',
      'is not a file before it',
    ],
    'has a hard link to what comes later': [
      [hardLink('a', `${inArchive}/b`), file('b')],
      '/a',
      'is not a file before it',
    ],
    'has a character device': [[file('null', { type: '3', content: '' })], '/null', 'is a device'],
    'has a block device': [[file('sda', { type: '4', content: '' })], '/sda', 'is a device'],
    'has a pipe': [[file('pipe', { type: '6', content: '' })], '/pipe', 'is a fifo'],
    'has a file that runs as its owner': [[file('su', { mode: 0o4755 })], '/su', 'with the rights of another user'],
    'has a file that runs as its group': [[file('sg', { mode: 0o2755 })], '/sg', 'with the rights of another user'],
    'hides a NUL in a long name': [
      [pax({ path: `${inArchive}/a\0/../../b` }), file('x')],
      inArchive,
      'climbs out of its folder',
    ],
    'has a NUL in a name': [[pax({ path: `${inArchive}/a\0b` }), file('x')], inArchive, 'holds a NUL byte'],
    'has a NUL in a link': [[pax({ linkpath: 'a\0b' }), link('x', '')], '/x', 'is a link whose target is no path'],
    'has a link to nothing': [[link('x', '')], '/x', 'is a link whose target is no path'],
    'climbs by a pax name': [
      [pax({ path: `${inArchive}/../evil` }), file('x')],
      '/../evil',
      'climbs out of its folder',
    ],
    'climbs by a name of GNU tar': [
      [{ name: '././@LongLink', type: 'L', content: `${inArchive}/../evil\0` }, file('x')],
      '/../evil',
      'climbs out of its folder',
    ],
    'climbs by a link name of GNU tar': [
      [{ name: '././@LongLink', type: 'K', content: '../../etc/passwd\0' }, hardLink('x', 'a')],
      '../../etc/passwd',
      'climbs out of its folder',
    ],
    'climbs by the prefix field of ustar': [
      [{ name: 'evil', content: 'x', edit: (header) => header.write(`${inArchive}/..`, 345) }],
      '/../evil',
      'climbs out of its folder',
    ],
  }
  it.each(Object.entries(attacks))('%s', async (_, [members, named, why]) => {
    const error = await refusalOf(packageLayer(members))
    expect(error).toMatchObject({ code: 'layer-unsafe', message: expect.stringContaining('app@1.0/abc: ') })
    expect(error.message).toContain(why)
    expect(error.message).toContain(named)
    expect(error.hint).toContain('Do not install')
  })

  it('lists a file to relocate that is not in it', async () => {
    for (const path of ['../../../outside', '/etc/passwd', 'bin/none']) {
      const error = await refusalOf(packageLayer([file('a')], { relocate_textfiles: [path] }))
      expect(error).toMatchObject({ code: 'layer-unsafe', message: expect.stringContaining(JSON.stringify(path)) })
    }
  })
})

describe('a layer is refused as invalid, in words, when it', () => {
  const good = packageTar([file('a')])
  const cases: Readonly<Record<string, readonly [layer: Buffer, why: string]>> = {
    'is empty': [Buffer.alloc(0), 'is not compressed with gzip'],
    'is not compressed': [good, 'is not compressed with gzip'],
    'is compressed with zstd': [Buffer.from('28b52ffd24000100', 'hex'), 'is compressed with zstd'],
    'is cut off in the gzip stream': [gzipSync(good).subarray(0, -20), 'cannot be inflated: unexpected end of file'],
    'has lost its last byte': [gzipSync(good).subarray(0, -1), 'cannot be inflated: unexpected end of file'],
    'has a wrong checksum': [broken(gzipSync(good), -8), 'cannot be inflated: incorrect data check'],
    'has a wrong length': [broken(gzipSync(good), -1), 'cannot be inflated: incorrect length check'],
    'has damaged data': [broken(gzipSync(good), 40), 'cannot be inflated: '],
    'goes on after the gzip stream': [
      Buffer.concat([gzipSync(good), Buffer.from('garbage')]),
      'cannot be inflated: incorrect header check',
    ],
    'is filled up after the gzip stream': [
      Buffer.concat([gzipSync(good), Buffer.alloc(64)]),
      'goes on after the end of the gzip',
    ],
    'goes on after the end of the archive': [
      gzipSync(Buffer.concat([good, rawMember(file('../evil'))])),
      'something after the end of the archive',
    ],
    'ends within a file': [gzipSync(good.subarray(0, 3100)), 'the archive is cut off'],
    'has no end': [gzipSync(good.subarray(0, -1024)), 'the archive is cut off'],
    'claims more for a file than there is': [packageLayer([file('a', { size: 900_000 })]), 'the archive is cut off'],
    'is garbage': [gzipSync(Buffer.alloc(4096, 'garbage')), 'an impossible checksum'],
    'has a header that was changed': [gzipSync(broken(good, 3)), 'a wrong checksum'],
    'is nothing': [gzipSync(Buffer.alloc(10_240)), 'not a Spack package'],
    'is some other archive': [gzipSync(rawTar([{ name: 'a/b', content: 'x' }])), 'not a Spack package'],
    'has no binary_distribution': [
      gzipSync(rawTar([{ name: `${inArchive}/`, type: '5' }, file('bin/x'), file('.spack/spec.json')])),
      'not a Spack package',
    ],
    'has a member of an unknown type': [packageLayer([file('a', { type: 'V' })]), 'of the unknown type "V"'],
    'has a sparse file': [packageLayer([pax({ 'GNU.sparse.major': '1' }), file('a')]), 'a sparse file'],
    'has a global header that renames': [packageLayer([{ ...pax({ path: 'x' }), type: 'g' }]), 'a global header'],
    'has a garbled pax header': [
      packageLayer([{ name: 'p', type: 'x', content: '99 path=a\n' }, file('a')]),
      'is garbled',
    ],
    'has a huge pax header': [
      packageLayer([{ name: 'p', type: 'x', content: 'x', size: 5_000_000 }]),
      'an extended header claims',
    ],
    'has an impossible size': [packageLayer([pax({ size: '-1' }), file('a')]), 'an extended header has the size'],
    'has an impossible number': [packageLayer([file('a', { edit: (h) => h.write('9', 124) })]), 'an impossible size'],
    'has a name that no file system takes': [
      packageLayer([pax({ path: `${inArchive}/${'x'.repeat(300)}` }), file('a')]),
      'is too long',
    ],
    'has a binary_distribution that is no YAML': [
      gzipSync(rawTar([{ name: `${inArchive}/`, type: '5' }, file('.spack/binary_distribution', { content: 'a: [' })])),
      'is not YAML',
    ],
    'has a binary_distribution that is something else': [
      packageLayer([], { buildpath: undefined }),
      'buildpath is missing or wrong',
    ],
    'has a binary_distribution that is a bomb of aliases': [
      gzipSync(
        rawTar([{ name: `${inArchive}/`, type: '5' }, file('.spack/binary_distribution', { content: aliasBomb() })]),
      ),
      'is not YAML',
    ],
  }
  it.each(Object.entries(cases))('%s', async (_, [layer, why]) => {
    const error = await refusalOf(layer)
    expect(error).toMatchObject({ code: 'layer-invalid', message: expect.stringContaining(why) })
  })
})

it('refuses a layer that unpacks to more than it may, without unpacking it', async () => {
  const bomb = gzipSync(packageTar([file('zeros', { content: Buffer.alloc(20_000_000) })]))
  expect(bomb.length).toBeLessThan(30_000)
  expect(await refusalOf(bomb, 1_000_000)).toMatchObject({ code: 'size-exceeded' })
})

it('refuses what is in the way under a name that the file system takes for the same', async () => {
  // As on a file system without case: the name is new to the archive, and there all the same.
  const folder = mkdtempSync(join(tmpdir(), 'strata-hostile-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const target = join(folder, 'app.partial')
  writeFileSync(
    join(folder, 'layer'),
    packageLayer([file('README'), file('big', { content: Buffer.alloc(3_000_000, 'x') }), file('readme')]),
  )
  let planted = false
  const run = {
    onChunk: () => {
      if (!planted && existsSync(join(target, 'README'))) {
        planted = true
        writeFileSync(join(target, 'readme'), '')
      }
    },
  }
  const input = { name: 'app', file: join(folder, 'layer'), target, maxUncompressedSize: 1e7 }
  await expect(extractLayer(input, run)).rejects.toMatchObject({
    code: 'layer-unsafe',
    message: expect.stringContaining('differs only in case'),
  })
  expect(existsSync(target)).toBe(false)
})

it('says so when the disk is full, and leaves nothing', async (context) => {
  const mounted = process.getuid?.() === 0 && process.platform === 'linux' ? mountSmall() : undefined
  if (mounted === undefined) return context.skip('needs a file system of its own: root on Linux')
  const layer = join(mounted, '..', 'layer')
  writeFileSync(layer, packageLayer([file('big', { content: Buffer.alloc(3_000_000, 'x') })]))
  const input = { name: 'app', file: layer, target: join(mounted, 'app.partial'), maxUncompressedSize: 1e7 }
  await expect(extractLayer(input, { onChunk: () => undefined })).rejects.toMatchObject({ code: 'disk-full' })
  expect(readdirSync(mounted)).toEqual([])
})

function mountSmall(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'strata-full-'))
  const mounted = join(folder, 'small')
  mkdirSync(mounted)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  onTestFinished(() => {
    execFileSync('umount', [mounted])
    rmSync(folder, { recursive: true })
  })
  return mounted
}

function broken(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  const place = at < 0 ? copy.length + at : at
  copy[place] = (copy[place] ?? 0) ^ 0xff
  return copy
}

function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  return `${lines.join('\n')}\n`
}
