import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSummary, writeSummary } from '../../../main/image/layer-summary.ts'
import { summarizeLayer } from '../../../main/image/summarize-layer.ts'
import { StrataError } from '../../../main/support/errors.ts'
import { makeElf } from '../../support/elf.ts'
import { pax, rawMember, rawTar } from '../../support/raw-tar.ts'
import { file, libraryFile, link, loader, packageOf, programFile, summaryOf } from '../../support/run-layers.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-summary-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
const summarize = (...pieces: readonly Buffer[]) =>
  summarizeLayer(
    (async function* () {
      yield* pieces
    })(),
    () => join(folder, `spool-${files++}`),
  )

describe('the summary of a layer', () => {
  test('has what programs and libraries need and give, alike ones together', async () => {
    const needs = { needed: ['libz.so.1', 'libc.so.6'], rpath: '/old/lib', runpath: '$ORIGIN/../lib:/b' }
    const versions = [{ library: 'libc.so.6', versions: ['GLIBC_2.34'] }]
    const summary = await summaryOf([
      programFile('usr/bin/a', { ...needs, versions }),
      programFile('usr/bin/b', { ...needs, versions }),
      libraryFile('usr/lib/libz.so.1', { soname: 'libz.so.1', rpath: '/only', defines: ['libz.so.1', 'ZLIB_1.2'] }),
    ])
    const machine = '62-64-little'
    expect(summary.elves).toEqual([
      {
        paths: ['usr/bin/a', 'usr/bin/b'],
        needs: {
          ...{ machine, interpreter: loader, needed: ['libz.so.1', 'libc.so.6'], versions, defines: [] },
          runPath: ['$ORIGIN/../lib', '/b'],
        },
      },
      {
        paths: ['usr/lib/libz.so.1'],
        needs: {
          ...{ machine, soname: 'libz.so.1', needed: [], runPath: ['/only'], versions: [] },
          defines: ['libz.so.1', 'ZLIB_1.2'],
        },
      },
    ])
    expect(summary.incomplete).toBeUndefined()
  })

  test('has scripts, other executables, whiteouts and the system’s name', async () => {
    const summary = await summaryOf([
      { name: './usr/lib/os-release', content: 'NAME=Demo\nPRETTY_NAME=\'Demo Linux 1\'\nID=demo\nID_LIKE="a b"\n' },
      { name: 'etc/ld.so.conf', content: 'include /etc/ld.so.conf.d/*.conf\n/opt/lib # ours\n' },
      file('bin/script', '#!/usr/bin/env -S perl -w\n'),
      file('bin/java', Buffer.from('cafebabe', 'hex')),
      { name: 'lib/data', content: '#!/bin/sh\n', mode: 0o644 },
      { name: 'etc/.wh.gone' },
    ])
    expect(summary).toMatchObject({
      system: { name: 'Demo Linux 1', ids: ['demo', 'a', 'b'] },
      libraryFolders: ['/opt/lib'],
      scripts: [{ paths: ['bin/script'], needs: { paths: ['/usr/bin/env'], command: 'perl' } }],
      programs: ['bin/java'],
      whiteouts: ['etc/.wh.gone'],
    })
  })

  test('has the modules that Perl scripts use, and those that are there', async () => {
    const long = `#!/usr/bin/perl\n${'# licence\n'.repeat(2000)}use Text::Tabs;\n`
    const summary = await summaryOf([
      file('bin/say', '#!/usr/bin/perl\nuse Getopt::Std;\nuse strict;\n'),
      file('bin/long', long),
      file('bin/ours', '#!/usr/bin/perl\nuse lib "/opt";\nuse Ours;\n'),
      { name: 'lib/perl5/Getopt/Std.pm', content: 'package Getopt::Std;' },
      { name: 'lib/perl5/Getopt/Long.pm', content: 'package Getopt::Long;' },
      link('lib/perl5/strict.pm', '/etc/strict.pm'),
      { name: 'lib/perl5/.wh.vars.pm' },
    ])
    expect(summary.scripts.map(({ paths, needs }) => [paths[0], needs.modules])).toEqual([
      ['bin/say', ['Getopt::Std', 'strict']],
      ['bin/long', ['Text::Tabs']],
      ['bin/ours', undefined],
    ])
    expect(summary.modules).toEqual([
      ['lib/perl5/Getopt', ['Std', 'Long']],
      ['lib/perl5', ['strict']],
    ])
  })

  test('has no modules where they are too many to keep', async () => {
    const modules = Array.from({ length: 20_001 }, (_, at) => ({ name: `m/A${at}.pm`, content: '' }))
    expect((await summaryOf(modules.slice(1))).modules).toHaveLength(1)
    expect((await summaryOf(modules)).modules).toBeUndefined()
  })

  test('has links to what is run or loaded, to folders and to other layers, and not to data', async () => {
    const { links } = await summaryOf([
      link('lib64', 'usr/lib64'),
      link('usr/lib/libz.so', 'libz.so.1'),
      libraryFile('usr/lib/libz.so.1', {}),
      link('usr/share/terminfo/x', '../data'),
      { name: 'usr/share/data', content: 'data' },
      link('usr/bin/sh', '/bin/elsewhere'),
    ])
    expect(links).toEqual([
      ['lib64', 'usr/lib64'],
      ['usr/lib/libz.so', 'libz.so.1'],
      ['usr/bin/sh', '/bin/elsewhere'],
    ])
  })

  test('takes a hard link for the file that it names', async () => {
    const summary = await summaryOf([
      programFile('bin/git', { needed: ['libc.so.6'] }),
      { name: 'bin/git-add', type: '1', link: 'bin/git' },
      { name: 'bin/below', type: '1', link: 'bin/in-a-layer-below' },
    ])
    expect(summary.elves.map(({ paths }) => paths)).toEqual([['bin/git', 'bin/git-add']])
    expect(summary.links).toEqual([['bin/below', '/bin/in-a-layer-below']])
  })

  test('knows where a Spack package lies', async () => {
    expect((await packageOf('demo', [file('bin/demo')])).summary?.prefix).toBe('store/demo-1.0')
  })

  test('is the same after it was kept, and nothing when another version kept it', async () => {
    const summary = await summaryOf([programFile('bin/a', { needed: ['libc.so.6'] }), link('a', 'b'), file('bin/x')])
    const kept = writeSummary(summary)
    expect(readSummary(kept)).toEqual(JSON.parse(JSON.stringify(summary)))
    expect(readSummary(Buffer.from(kept.toString().replace('"format":2', '"format":1')))).toBeUndefined()
    expect(readSummary(kept.subarray(0, 40))).toBeUndefined()
  })
})

describe('a layer that cannot be read', () => {
  const tar = rawTar([file('bin/a', '#!/bin/sh\n'), file('bin/b', Buffer.alloc(200_000, 'b'))])

  test('by its compression says so', async () => {
    const summary = await summarize(Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(600)]))
    expect(summary).toMatchObject({ scripts: [], incomplete: expect.stringContaining('zstd') })
  })

  test('to its end says so, with what was seen until then', async () => {
    const summary = await summarize(tar.subarray(0, 100_000))
    expect(summary.scripts).toHaveLength(1)
    expect(summary.incomplete).toContain('cut off')
  })

  test('because its source fails throws what the source throws, whether it is the last word or not', async () => {
    const failing = (code: 'digest-mismatch' | 'registry-cut') =>
      summarizeLayer(
        (async function* () {
          yield gzipSync(tar)
          throw new StrataError(code, 'it failed')
        })(),
        () => join(folder, 'never'),
      )
    await expect(failing('digest-mismatch')).rejects.toMatchObject({ code: 'digest-mismatch' })
    await expect(failing('registry-cut')).rejects.toMatchObject({ code: 'registry-cut' })
  })
})

describe('a hostile layer', () => {
  test('of endless names is summarized as far as memory allows', async () => {
    let members = 0
    const endless = (async function* () {
      for (;;) {
        const name = `${members++}/${'x'.repeat(4000)}`
        yield Buffer.concat([pax({ path: name }), file('x')].map(rawMember))
      }
    })()
    const summary = await summarizeLayer(endless, () => join(folder, 'never'))
    expect(summary.incomplete).toContain('names')
    expect(members).toBeLessThan(20_000)
  })

  test('of paths that Linux could not follow leaves them out', async () => {
    const deep = 'a/'.repeat(100_000)
    const summary = await summarize(
      rawTar([pax({ path: `${deep}x` }), file('x'), pax({ linkpath: deep }), link('l', 'x')]),
    )
    expect(summary).toMatchObject({ programs: [], links: [] })
  })

  test('gives back the temporary file of a large program, whatever comes behind it', async () => {
    const elf = makeElf({ wide: true, littleEndian: true, machine: 62, dynamic: { needed: ['libc.so.6'] } })
    const large = rawMember({ name: 'bin/large', mode: 0o755, content: elf, size: 70 * 1024 ** 2 })
    const zeros = Buffer.alloc(1024 ** 2)
    const summary = await summarize(large.subarray(0, 512 + elf.length), ...Array.from({ length: 20 }, () => zeros))
    expect(files).toBeGreaterThan(0)
    expect(summary.incomplete).toContain('cut off')
    expect(await readdir(folder)).toEqual([])
  })
})
