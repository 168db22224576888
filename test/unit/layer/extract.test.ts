import { createHash } from 'node:crypto'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deflateBlock } from '../../../main/layer/deflate.ts'
import { type ExtractedLayer, type ExtractInput, extractLayer } from '../../../main/layer/extract.ts'
import { packLayer } from '../../../main/layer/pack.ts'
import {
  inArchive,
  oldPrefix,
  oldRoot,
  packageLayer,
  packageTar,
  pax,
  type RawMember,
  rawTar,
} from '../../support/raw-tar.ts'

const onWindows = process.platform === 'win32'

describe.skipIf(onWindows)('extracting a layer', () => {
  it('gives back the tree that was packed: contents, links, hard links', async () => {
    const source = newFolder()
    mkdirSync(join(source, 'bin'))
    mkdirSync(join(source, 'share/empty'), { recursive: true })
    writeFileSync(join(source, 'bin/tool'), '#!/bin/sh\n', { mode: 0o755 })
    linkSync(join(source, 'bin/tool'), join(source, 'bin/other-name'))
    symlinkSync('tool', join(source, 'bin/relative'))
    symlinkSync('/usr/lib/absolute', join(source, 'bin/away'))
    writeFileSync(join(source, 'share/größe'), Buffer.alloc(700_000, 'x'))
    writeFileSync(Buffer.concat([Buffer.from(join(source, 'share/')), Buffer.from([0x66, 0xff])]), 'not UTF-8')
    const long = join(source, 'share', 'd'.repeat(90), 'f'.repeat(90))
    mkdirSync(join(long, '..'))
    writeFileSync(long, '')
    const packed = await packLayer(
      { name: 'app', prefix: source, spoolFolder: tmpdir(), buildInfo: buildInfoOf(source) },
      { spoolFile: `${source}.layer`, deflate: deflateBlock, maxPending: 2, onBlock: () => undefined },
    )
    onTestFinished(() => rmSync(`${source}.layer`))
    const { target, layer } = await extract(readFileSync(`${source}.layer`))

    expect(layer).toMatchObject({
      digest: packed.digest,
      size: packed.size,
      diffId: packed.diffId,
      uncompressedSize: packed.uncompressedSize,
    })
    expect(layer.archivePrefix).toBe(source.slice(1))
    const { '.spack': _, '.spack/binary_distribution': info, ...tree } = treeOf(target)
    expect(tree).toEqual(treeOf(source))
    expect(info).toContain('file 644')
    expect(lstatSync(join(target, 'bin/tool')).ino).toBe(lstatSync(join(target, 'bin/other-name')).ino)
    expect(layer.contentBytes).toBe(
      Buffer.byteLength('#!/bin/sh\n') + 700_000 + 9 + lstatSync(join(target, '.spack/binary_distribution')).size,
    )
  })

  it('leaves the modes that Spack leaves, whatever the archive and the umask say', async () => {
    const before = process.umask(0o077)
    onTestFinished(() => {
      process.umask(before)
    })
    const { target } = await extract(
      packageLayer([
        file('plain', { mode: 0o600 }),
        file('writable', { mode: 0o666 }),
        file('tool', { mode: 0o700 }),
        file('others', { mode: 0o001 }),
        { name: `${inArchive}/sticky/`, type: '5', mode: 0o1777 },
        file('implied/folder/file'),
      ]),
    )
    expect(modesOf(target)).toEqual({
      '.': '2755',
      '.spack': '2755',
      '.spack/binary_distribution': '644',
      '.spack/spec.json': '644',
      implied: '2755',
      'implied/folder': '2755',
      'implied/folder/file': '644',
      others: '755',
      plain: '644',
      sticky: '2755',
      tool: '755',
      writable: '644',
    })
  })

  it('gives the modes and the group that were configured', async (context) => {
    const group =
      process.getgroups?.().find((one) => one !== process.getgid?.()) ?? (process.getuid?.() === 0 ? 12_345 : undefined)
    if (group === undefined) return context.skip('this user has no second group')
    const permissions = { directory: 0o2770, file: 0o770, group }
    const { target } = await extract(packageLayer([file('bin/tool', { mode: 0o755 }), file('bin/data')]), {
      permissions,
    })
    const { '.': top, bin, 'bin/tool': tool, 'bin/data': data } = modesOf(target)
    expect([top, bin, tool, data]).toEqual(['2770', '2770', '770', '660'])
    for (const path of ['.', 'bin', 'bin/tool', 'bin/data']) expect(lstatSync(join(target, path)).gid).toBe(group)
  })

  it('leaves the times of the archive, on folders too', async () => {
    const { target } = await extract(
      packageLayer([
        { name: `${inArchive}/bin/`, type: '5', mtime: 1_000_000 },
        file('bin/a', { mtime: 1_500_000_000 }),
        pax({ mtime: '1600000000.25' }),
        file('bin/b'),
        pax({ mtime: '-5' }),
        file('bin/c'),
      ]),
    )
    const times = ['.', 'bin', 'bin/a', 'bin/b', 'bin/c'].map((path) => lstatSync(join(target, path)).mtimeMs)
    expect(times).toEqual([0, 1_000_000_000, 1_500_000_000_000, 1_600_000_000_250, 0])
  })

  it.each([
    ['a pax name', [pax({ path: `${inArchive}/${'n'.repeat(120)}` }), file('x')]],
    ['a name of GNU tar', [{ name: 'l', type: 'L', content: `${inArchive}/${'n'.repeat(120)}\0` }, file('x')]],
    [
      'the prefix field of ustar',
      [
        {
          name: 'n'.repeat(100),
          content: 'text',
          edit: (header: Buffer) => header.write(`${inArchive}/${'d'.repeat(60)}`, 345),
        },
      ],
    ],
  ])('understands long names: %s', async (how, members: readonly RawMember[]) => {
    const { target } = await extract(packageLayer(members))
    const path = how.includes('ustar') ? `${'d'.repeat(60)}/${'n'.repeat(100)}` : 'n'.repeat(120)
    expect(readFileSync(join(target, path), 'utf8')).toBe('text')
  })

  it('reads sizes and times in the binary form of GNU tar, and old headers', async () => {
    const binary = (at: number, value: number) => (header: Buffer) => {
      header.fill(0, at, at + 12)
      header[at] = 0x80
      header.writeUInt32BE(value, at + 8)
    }
    const { target } = await extract(
      packageLayer([
        file('size', { edit: binary(124, 4) }),
        file('time', { edit: binary(136, 7) }),
        file('old', { type: '\0', edit: (header) => header.fill(0, 257, 265) }),
        { name: `${inArchive}/old-folder/`, type: '\0' },
      ]),
    )
    expect(readFileSync(join(target, 'size'), 'utf8')).toBe('text')
    expect(lstatSync(join(target, 'time')).mtimeMs).toBe(7000)
    expect(readFileSync(join(target, 'old'), 'utf8')).toBe('text')
    expect(lstatSync(join(target, 'old-folder')).isDirectory()).toBe(true)
  })

  it('takes several gzip members for one stream', async () => {
    const tar = packageTar([file('a')])
    const layer = Buffer.concat([
      gzipSync(tar.subarray(0, 700)),
      gzipSync(Buffer.alloc(0)),
      gzipSync(tar.subarray(700)),
    ])
    const { target, layer: found } = await extract(layer)
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('text')
    expect(found.diffId).toBe(sha256(tar))
    expect(found.digest).toBe(sha256(layer))
  })

  it('finds a package below its own name, as Spack 0.21 packed it', async () => {
    const name = 'app-1.0-abc'
    const { target, layer } = await extract(
      gzipSync(
        rawTar([
          { name, type: '5' },
          { name: `${name}/.spack`, type: '5' },
          {
            name: `${name}/.spack/binary_distribution`,
            content: JSON.stringify({ buildpath: oldRoot, relative_prefix: `linux/${name}` }),
          },
          { name: `${name}/bin/a`, content: 'text' },
          { name: `${name}/bin/b`, type: '1', link: `${name}/bin/a` },
        ]),
      ),
    )
    expect(readdirSync(join(target, 'bin'))).toEqual(['a', 'b'])
    expect(layer.archivePrefix).toBe(name)
    expect(layer.buildInfo.prefix).toBe(oldPrefix)
  })

  it.each([
    ['the first file lies deeper', [{ name: `${inArchive}/+first/file`, content: 'x' }], '+first'],
    ['a package is packed within', [file('a'), file('x/.spack/binary_distribution')], 'a'],
    ['the store lies in a folder named .spack', [file('a')], 'a'],
  ])('finds the prefix by Spack’s rule, when %s', async (_, members: readonly RawMember[], path) => {
    const [first, ...rest] = members
    const { target, layer } = await extract(
      gzipSync(
        rawTar([
          ...(first ? [first] : []),
          ...rest,
          file('.spack/binary_distribution', { content: JSON.stringify({ buildpath: oldRoot }) }),
        ]),
      ),
    )
    expect(layer.archivePrefix).toBe(inArchive)
    expect(readdirSync(target)).toContain(path)
  })

  it('reads only what the given prefix holds', async () => {
    const layer = packageLayer([file('a')])
    const { target } = await extract(layer, { prefix: oldPrefix })
    expect(readdirSync(target).sort()).toEqual(['.spack', 'a'])
    await expect(extract(layer, { prefix: '/old/store/linux/other' })).rejects.toMatchObject({ code: 'layer-unsafe' })
  })

  it('tells what relocation needs, each file once and only those that are there', async () => {
    const { layer } = await extract(
      packageLayer(
        [
          file('bin/a'),
          { name: `${inArchive}/bin/b`, type: '1', link: `${inArchive}/bin/a` },
          { name: `${inArchive}/bin/l`, type: '2', link: `${oldPrefix}/bin/a` },
          file('lib/größe'),
        ],
        {
          sbang_install_path: '/old/store/bin/sbang',
          spackprefix: '/old/spack',
          relocate_textfiles: ['bin/b', 'bin/a', 'bin/l', 'lib/größe'],
          relocate_binaries: undefined,
          relocate_links: ['bin/l'],
        },
      ),
    )
    expect(layer.buildInfo).toEqual({
      prefix: oldPrefix,
      storeRoot: oldRoot,
      sbangPath: '/old/store/bin/sbang',
      spackRoot: '/old/spack',
      hashToPrefix: new Map([['abc', oldPrefix]]),
      relativeRpaths: false,
      textFiles: ['bin/a', 'lib/größe'],
      binaries: [],
      links: ['bin/l'],
    })
  })

  it('understands prefix_to_hash and relative_rpaths of old Spacks, and hashes that look like numbers', async () => {
    const { layer } = await extract(
      packageLayer([], {
        hash_to_prefix: undefined,
        relative_rpaths: true,
        prefix_to_hash: { '/old/a': '12345', '/old/b': '4e5', '/old/c': '4e5' },
      }),
    )
    expect(layer.buildInfo.relativeRpaths).toBe(true)
    expect([...layer.buildInfo.hashToPrefix]).toEqual([
      ['12345', '/old/a'],
      ['4e5', '/old/c'],
    ])
  })

  it.each(['digest', 'size', 'diffId', 'uncompressedSize'] as const)(
    'refuses another %s than was told',
    async (field) => {
      const layer = packageLayer([file('a')])
      const right = {
        digest: sha256(layer),
        size: layer.length,
        diffId: sha256(gunzipSync(layer)),
        uncompressedSize: gunzipSync(layer).length,
      }
      await extract(layer, { expected: right })
      const wrong = { ...right, [field]: typeof right[field] === 'number' ? 1 : sha256(Buffer.from('other')) }
      const folder = newFolder()
      await expect(extract(layer, { expected: wrong }, folder)).rejects.toMatchObject({ code: 'digest-mismatch' })
      expect(readdirSync(folder)).toEqual(['layer'])
    },
  )

  it('stops where it is told to, tells how far it is, and leaves nothing', async () => {
    const folder = newFolder()
    const told: number[] = []
    const onChunk = (bytes: number) => {
      told.push(bytes)
      if (bytes > 2_000_000) throw new Error('enough')
    }
    const layer = packageLayer([file('big', { content: Buffer.alloc(9_000_000) })])
    await expect(extract(layer, {}, folder, onChunk)).rejects.toThrow('enough')
    expect(readdirSync(folder)).toEqual(['layer'])
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBeLessThan(3_000_000)
  })

  it('touches nothing that is there already', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'app.partial'))
    writeFileSync(join(folder, 'app.partial/mine'), 'x')
    await expect(extract(packageLayer([file('a')]), {}, folder)).rejects.toMatchObject({ code: 'prefix-exists' })
    expect(readdirSync(join(folder, 'app.partial'))).toEqual(['mine'])
  })
})

const file = (path: string, more: Partial<RawMember> = {}): RawMember => ({
  name: `${inArchive}/${path}`,
  content: 'text',
  ...more,
})

async function extract(
  layer: Buffer,
  more: Partial<ExtractInput> = {},
  folder = newFolder(),
  onChunk: (bytesDone: number) => void = () => undefined,
): Promise<{ readonly target: string; readonly layer: ExtractedLayer }> {
  const target = join(folder, 'app.partial')
  writeFileSync(join(folder, 'layer'), layer)
  const input = { name: 'app', file: join(folder, 'layer'), target, maxUncompressedSize: 100_000_000, ...more }
  return { target, layer: await extractLayer(input, { onChunk }) }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strata-extract-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function buildInfoOf(prefix: string) {
  return { sbangPath: '/s/bin/sbang', storeRoot: tmpdir(), spackRoot: '/spack', hashToPrefix: { abc: prefix } }
}

/** Every path with what it is; bytes that are not UTF-8 as latin1. */
function treeOf(root: string): Record<string, string> {
  return Object.fromEntries(
    pathsIn(root).map(({ name, path }) => {
      const stats = lstatSync(path)
      if (stats.isSymbolicLink()) return [name, `link to ${readlinkSync(path)}`]
      if (stats.isDirectory()) return [name, 'folder']
      return [name, `file ${(stats.mode & 0o7777).toString(8)} ${stats.nlink} ${sha256(readFileSync(path))}`]
    }),
  )
}

function modesOf(root: string): Record<string, string> {
  const modes = pathsIn(root).map(({ name, path }) => [name, (lstatSync(path).mode & 0o7777).toString(8)] as const)
  return Object.fromEntries([['.', (lstatSync(root).mode & 0o7777).toString(8)], ...modes])
}

function pathsIn(root: string): { readonly name: string; readonly path: Buffer }[] {
  const below = (folder: Buffer): Buffer[] =>
    readdirSync(folder, { encoding: 'buffer' }).flatMap((entry) => {
      const path = Buffer.concat([folder, Buffer.from('/'), entry])
      return lstatSync(path).isDirectory() ? [path, ...below(path)] : [path]
    })
  const start = Buffer.byteLength(root) + 1
  return below(Buffer.from(root)).map((path) => ({ name: path.subarray(start).toString('latin1'), path }))
}

function sha256(bytes: Buffer): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
