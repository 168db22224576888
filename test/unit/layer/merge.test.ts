import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deflateBlock } from '../../../main/layer/deflate.ts'
import { type LayerToMerge, type MergedLayer, mergeLayers } from '../../../main/layer/merge.ts'
import { type TarMember, TarReader } from '../../../main/layer/tar-reader.ts'
import { type RawMember, rawTar } from '../../support/raw-tar.ts'

let folder = ''
let files = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-merge-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function layerFile(members: readonly RawMember[]): LayerToMerge {
  const file = join(folder, `layer-${files++}`)
  writeFileSync(file, gzipSync(rawTar(members), { level: 1 }))
  return { name: `layer ${files}`, file }
}

async function merge(layers: readonly LayerToMerge[], limit = 1 << 30): Promise<{ merged: MergedLayer; tar: Buffer }> {
  const spoolFile = join(folder, `merged-${files++}`)
  const run = { spoolFile, deflate: deflateBlock, maxPending: 4, onBlock: () => undefined, maxUncompressedSize: limit }
  const merged = await mergeLayers(layers, run)
  const packed = readFileSync(spoolFile)
  expect(merged.digest).toBe(`sha256:${createHash('sha256').update(packed).digest('hex')}`)
  return { merged, tar: gunzipSync(packed) }
}

function membersOf(tar: Buffer): (TarMember & { content: string })[] {
  const found: (TarMember & { content: string })[] = []
  let pieces: Buffer[] = []
  const reader = new TarReader({
    begin: (member) => {
      pieces = []
      found.push({ ...member, content: '' })
    },
    content: (piece) => void pieces.push(Buffer.from(piece)),
    end: () => {
      const last = found.at(-1)
      if (last) last.content = Buffer.concat(pieces).toString('latin1')
    },
  })
  reader.push(tar)
  reader.finish()
  return found
}

/** A file system in memory that layers are unpacked into: as the specification says, written down a second time. */
type Inode = { readonly kind: string; mode: number; readonly content: string; readonly id: object }

function unpack(tree: Map<string, Inode>, tar: Buffer): void {
  const remove = (path: string) => {
    for (const each of [...tree.keys()]) if (each === path || each.startsWith(`${path}/`)) tree.delete(each)
  }
  const members = membersOf(tar).map((member) => ({ ...member, path: member.name.toString().replace(/\/$/, '') }))
  for (const { path } of members) {
    const [, parent = '', name] = /^(.*\/)?\.wh\.(.*)$/.exec(path) ?? []
    if (name === undefined) continue
    if (name !== '.wh..opq') remove(parent + name)
    else for (const each of [...tree.keys()]) if (each.startsWith(parent)) tree.delete(each)
  }
  for (const { path, kind, mode, content, link } of members) {
    if (/(^|\/)\.wh\./.test(path)) continue
    const there = tree.get(path)
    if (kind === 'directory' && there?.kind === 'directory') {
      there.mode = mode
      continue
    }
    if (kind === 'hardlink') {
      const target = tree.get(link.toString())
      if (!target) throw new Error(`${path} is a link to ${link}, which is not there`)
      if (target !== there) remove(path)
      tree.set(path, target)
      continue
    }
    remove(path)
    tree.set(path, { kind, mode, content: kind === 'symlink' ? link.toString() : content, id: {} })
  }
}

/** The tree as plain data: each path with what it is, and with the other names of the same file. */
function treeOf(...tars: Buffer[]): Record<string, unknown> {
  const tree = new Map<string, Inode>()
  for (const tar of tars) unpack(tree, tar)
  return Object.fromEntries(
    [...tree].sort().map(([path, { id, ...inode }]) => {
      const names = [...tree].filter(([, other]) => other.id === id).map(([name]) => name)
      return [path, { ...inode, names: names.sort() }]
    }),
  )
}

const dir = (name: string, mode = 0o755): RawMember => ({ name: `${name}/`, type: '5', mode })
const file = (name: string, content: string): RawMember => ({ name, content })
const hardlink = (name: string, link: string): RawMember => ({ name, type: '1', link })

describe('merging layers', () => {
  it('puts packages together, each directory once, as a layer that is packed is', async () => {
    const packages = ['a', 'b', 'c'].map((name) => [
      dir('opt'),
      dir('opt/spack'),
      dir(`opt/spack/${name}`),
      file(`opt/spack/${name}/bin`, name.repeat(700)),
      hardlink(`opt/spack/${name}/again`, `opt/spack/${name}/bin`),
      { name: `opt/spack/${name}/link`, type: '2', link: '../x' },
    ])
    const { tar, merged } = await merge(packages.map(layerFile))
    const names = membersOf(tar).map((member) => member.name.toString())
    expect(names.filter((name) => name === 'opt/' || name === 'opt/spack/')).toHaveLength(2)
    expect(names).toHaveLength(2 + 3 * 4)
    expect(merged.entries).toBe(names.length)
    expect(treeOf(tar)).toEqual(treeOf(...packages.map(rawTar)))
    expect(tar.length % 10_240).toBe(0)
  })

  it('keeps a file under its other name when the first is replaced', async () => {
    const layers = [[file('a', 'old'), hardlink('b', 'a')], [file('a', 'new')]]
    const { tar } = await merge(layers.map(layerFile))
    expect(treeOf(tar)).toMatchObject({ a: { content: 'new', names: ['a'] }, b: { content: 'old', names: ['b'] } })
  })

  it('links across its layers, and to what lies below them', async () => {
    const below = rawTar([file('base', 'base')])
    const layers = [[file('a', 'a')], [hardlink('b', 'a'), hardlink('c', 'base')]]
    const { tar } = await merge(layers.map(layerFile))
    expect(treeOf(below, tar)).toEqual(treeOf(below, ...layers.map(rawTar)))
  })

  it('deletes what lies below, first of all', async () => {
    const below = rawTar([dir('d'), file('d/x', 'x'), file('d/y', 'y'), file('z', 'z')])
    const layers = [
      [dir('d'), file('d/x', 'new'), file('own', '')],
      [dir('d'), file('d/.wh.y', ''), file('.wh.own', '')],
      [file('.wh.z', '')],
    ]
    const { tar } = await merge(layers.map(layerFile))
    const names = membersOf(tar).map((member) => member.name.toString())
    expect(names).toEqual(['d/', 'd/.wh.y', '.wh.own', '.wh.z', 'd/x'])
    expect(Object.keys(treeOf(below, tar))).toEqual(['d', 'd/x'])
  })

  it('does not show what a directory below held when something else was in between', async () => {
    const below = rawTar([dir('d'), file('d/x', 'x')])
    const layers = [[file('d', 'a file')], [dir('d'), file('d/y', 'y')]]
    const { tar } = await merge(layers.map(layerFile))
    expect(Object.keys(treeOf(below, tar))).toEqual(['d', 'd/y'])
  })

  const segment = fc.constantFrom('a', 'b', 'c')
  const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
  const entry = fc.record({
    path,
    kind: fc.constantFrom('file', 'file', 'directory', 'symlink', 'hardlink', 'whiteout', 'opaque'),
    content: fc.string({ maxLength: 5, unit: 'binary-ascii' }),
    mode: fc.constantFrom(0o755, 0o700),
    nth: fc.nat(20),
  })
  /** A layer as a packer would write it: parents before what is in them, each path once, links to files before them. */
  const layers = fc.array(
    fc.array(entry, { maxLength: 8 }).map((entries) => {
      const members = new Map<string, RawMember>()
      const plain: string[] = []
      for (const { path: at, kind, content, mode, nth } of entries) {
        const parts = at.split('/')
        const own = kind === 'whiteout' ? [...parts.slice(0, -1), `.wh.${parts.at(-1)}`].join('/') : at
        const name = kind === 'opaque' ? `${at}/.wh..wh..opq` : own
        const parents = name
          .split('/')
          .slice(0, -1)
          .map((_, i) =>
            name
              .split('/')
              .slice(0, i + 1)
              .join('/'),
          )
        if (members.has(name) || parents.some((parent) => members.get(parent) && members.get(parent)?.type !== '5'))
          continue
        for (const parent of parents) if (!members.has(parent)) members.set(parent, dir(parent, mode))
        const target = plain[nth % Math.max(1, plain.length)]
        if (kind === 'directory') members.set(name, dir(name, mode))
        else if (kind === 'symlink') members.set(name, { name, type: '2', link: content || 'x' })
        else if (kind === 'hardlink' && target !== undefined) members.set(name, hardlink(name, target))
        else members.set(name, { name, content: kind === 'file' ? content : '', mode: kind === 'file' ? mode : 0o644 })
        if (kind === 'file') plain.push(name)
      }
      return [...members.values()]
    }),
    { minLength: 1, maxLength: 4 },
  )

  it('gives the tree that unpacking one after the other gives, on nothing and on other layers', async () => {
    await fc.assert(
      fc.asyncProperty(layers, layers, async (lower, upper) => {
        const { tar } = await merge(upper.map(layerFile))
        const below = lower.map(rawTar)
        expect(treeOf(tar)).toEqual(treeOf(...upper.map(rawTar)))
        expect(treeOf(...below, tar)).toEqual(treeOf(...below, ...upper.map(rawTar)))
        const names = membersOf(tar).map((member) => member.name.toString())
        expect(new Set(names).size).toBe(names.length)
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('gives the same bytes every time, whatever the times and owners', async () => {
    const members = [dir('a'), file('a/x', 'x'.repeat(5000))]
    const one = await merge([layerFile(members)])
    const other = await merge([layerFile(members.map((member) => ({ ...member, mtime: 1000 })))])
    expect(other.merged.digest).toBe(one.merged.digest)
    expect(other.merged.diffId).toBe(one.merged.diffId)
  })

  it.each([
    ['climbs', [file('../x', '')], 'layer-unsafe'],
    ['leads through a link', [{ name: 'l', type: '2', link: '/etc' }, file('l/x', '')], 'layer-unsafe'],
    ['is a device', [{ name: 'null', type: '3' }], 'layer-invalid'],
    ['is larger than allowed', [file('x', 'y'.repeat(9000))], 'size-exceeded'],
  ] as const)('refuses a layer that %s, names it and leaves no file', async (_, members, code) => {
    const before = readdirSync(folder).filter((name) => name.startsWith('merged')).length
    const merging = merge([layerFile([file('ok', '')]), { ...layerFile(members), name: 'evil@1.0' }], 8000)
    await expect(merging).rejects.toMatchObject({ code, message: expect.stringContaining('evil@1.0: ') })
    expect(readdirSync(folder).filter((name) => name.startsWith('merged'))).toHaveLength(before)
  })

  it('is stopped before anything is written', async () => {
    const spoolFile = join(folder, 'stopped')
    const run = { spoolFile, deflate: deflateBlock, maxPending: 4, maxUncompressedSize: 1 << 20 }
    const onBlock = () => {
      throw new Error('stop')
    }
    await expect(mergeLayers([layerFile([file('a', '')])], { ...run, onBlock })).rejects.toThrow('stop')
    expect(readdirSync(folder)).not.toContain('stopped')
  })

  it('refuses a layer that is not what its manifest says', async () => {
    const layer = { ...layerFile([file('a', '')]), expected: { digest: `sha256:${'0'.repeat(64)}` as const } }
    await expect(merge([layer])).rejects.toMatchObject({ code: 'digest-mismatch' })
  })
})
