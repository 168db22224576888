import { describe, expect, test } from 'vitest'
import { scanBinary } from '../../../main/relocate/binary.ts'
import { applyEdits, bufferSource } from '../../../main/relocate/edits.ts'
import { createPrefixMap } from '../../../main/relocate/prefix-map.ts'
import { loadCommands, type MachOParts, makeMachO, makeUniversal, readMachO } from '../../support/mach-o.ts'

const { idDylib, loadDylib, rpath, weakDylib } = loadCommands
const mapTo = (to: string) => createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from: '/old/store', to } })

function relocated(file: Buffer, to: string): Buffer {
  const scan = scanBinary(bufferSource(file), mapTo(to))
  if (scan.kind === 'refused') throw new Error(JSON.stringify(scan.refusals))
  const result = Buffer.from(file)
  applyEdits(result, 0, scan.edits)
  return result
}

/** `/n` as it stands in the room of `/old/store`. */
const padded = `${'/'.repeat(8)}/n`

const paths = [
  [idDylib, '/old/store/lib/libkit.dylib'],
  [loadDylib, '/old/store/lib/libz.dylib'],
  [loadDylib, '/usr/lib/libSystem.B.dylib'],
  [weakDylib, '@rpath/libweak.dylib'],
  [rpath, '/old/store/lib'],
] as const
const moved = (root: string) => paths.map(([, path]) => path.replace('/old/store', root))

const formats = [
  { name: '64 bit, little-endian', wide: true, littleEndian: true },
  { name: '64 bit, big-endian', wide: true, littleEndian: false },
  { name: '32 bit, little-endian', wide: false, littleEndian: true },
  { name: '32 bit, big-endian', wide: false, littleEndian: false },
]

describe.each(formats)('Mach-O of $name', (format) => {
  const parts = (padding: number): MachOParts => ({ ...format, paths, padding })

  test('takes shorter paths in the room of its load commands, without moving anything', () => {
    const file = makeMachO(parts(0))
    const result = relocated(file, '/n')
    expect(result.length).toBe(file.length)
    expect(readMachO(result)).toEqual({ ...readMachO(file), paths: moved('/n') })
  })

  test('takes longer paths into the padding behind the load commands', () => {
    const file = makeMachO(parts(256))
    const root = '/a/new/store/with/a/longer/name'
    const result = relocated(file, root)
    const seen = readMachO(result)
    expect(result.length).toBe(file.length)
    expect(seen.paths).toEqual(moved(root))
    expect(seen.commandsEnd).toBeGreaterThan(readMachO(file).commandsEnd)
    expect(seen.commandsEnd).toBeLessThanOrEqual(seen.sectionOffset)
    expect(result.subarray(seen.sectionOffset).toString()).toBe('code')
  })

  test('refuses longer paths without padding, and names each', () => {
    const scan = scanBinary(bufferSource(makeMachO(parts(8))), mapTo('/a/new/store/with/a/longer/name'))
    expect(scan.kind === 'refused' && scan.refusals.map(({ kind, where, from }) => [kind, where, from])).toEqual([
      ['cannot-grow', 'load-command', '/old/store/lib/libkit.dylib'],
      ['cannot-grow', 'load-command', '/old/store/lib/libz.dylib'],
      ['cannot-grow', 'load-command', '/old/store/lib'],
    ])
  })

  test('says where the string is that it refuses', () => {
    const file = makeMachO({ ...format, paths: [[rpath, '/old/store/lib']], padding: 0 })
    const scan = scanBinary(bufferSource(file), mapTo('/a/new/store/with/a/longer/name'))
    expect(scan.kind === 'refused' && scan.refusals[0]?.offset).toBe(file.indexOf('/old/store/lib'))
  })

  test('has its C strings relocated as well', () => {
    const file = makeMachO({ ...parts(64), content: '\0/old/store/share/kit/data.bin\0' })
    const result = relocated(file, '/n')
    expect(result.includes(`\0${padded}/share/kit/data.bin\0`)).toBe(true)
    expect(readMachO(result).paths).toEqual(moved('/n'))
  })

  test('is left to the rule for C strings when it is an object file', () => {
    const file = makeMachO({ ...parts(64), fileType: 1 })
    expect(readMachO(relocated(file, '/n')).paths[0]).toBe(`${padded}/lib/libkit.dylib`)
  })
})

describe.each([false, true])('a universal binary (64-bit offsets: %s)', (wide) => {
  const images = formats.slice(0, 3).map((format) => makeMachO({ ...format, paths, padding: 200 }))
  const starts = [4096, 8192, 12288]

  test.each(['/n', '/a/new/store/with/a/longer/name'])('has every architecture relocated to %s', (root) => {
    const result = relocated(makeUniversal(images, wide), root)
    for (const start of starts) expect(readMachO(result, start).paths).toEqual(moved(root))
  })
})

test('a Java class is no universal binary', () => {
  const file = Buffer.concat([Buffer.from('cafebabe00000041', 'hex'), Buffer.from('\0/old/store/share/kit/data\0')])
  expect(relocated(file, '/n').includes(`\0${padded}/share/kit/data\0`)).toBe(true)
})
