import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { deflateBlock } from '../../../main/layer/deflate.ts'
import { type PackedLayer, packLayer } from '../../../main/layer/pack.ts'
import { missingProgram } from '../../support/programs.ts'
import { listTar, type TarListing } from '../../support/tar-listing.ts'

const noPython = await missingProgram('python3')

const prefix = '/store/pkg-1'
let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'strata-pack-'))
  mkdirSync(join(root, 'spool'))
  put('.spack/spec.json', '{}')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const at = (path: string): string => join(root, prefix, path)
function put(path: string, content: string | Buffer = path): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

function pack(
  onBlock: (bytesDone: number) => void = () => undefined,
  spool = join(root, 'spool'),
): Promise<PackedLayer> {
  const buildInfo = {
    sbangPath: '/store/bin/sbang',
    storeRoot: '/store',
    spackRoot: '/spack',
    hashToPrefix: { abc: prefix, def: '/elsewhere' },
  }
  const input = { name: 'pkg@1', prefix, sysroot: root, buildInfo, spoolFolder: spool }
  return packLayer(input, { spoolFile: join(spool, 'layer.tmp'), deflate: deflateBlock, maxPending: 4, onBlock })
}

async function listed(): Promise<TarListing> {
  return listTar((await pack()).spoolFile)
}
/** The names below the prefix. */
const names = ({ entries }: TarListing): string[] =>
  entries
    .map((entry) => entry.name)
    .filter((name) => name.startsWith('store/pkg-1/'))
    .map((name) => name.slice(12))

describe('what goes into the tar', () => {
  test('files and links of a folder by code point, then its folders, each with its content', async () => {
    for (const name of ['b', 'a/z', 'a/b/c', 'a-b/x', 'B', 'é', '\u{1F600}', '\uFFFD']) put(name)
    symlinkSync('b', at('c'))
    const spack = ['.spack', '.spack/spec.json']
    const files = ['B', 'b', 'c', 'é', '\uFFFD', '\u{1F600}']
    const folders = ['a', 'a/z', 'a/b', 'a/b/c', 'a-b', 'a-b/x']
    expect(names(await listed())).toEqual([...files, ...spack, ...folders, '.spack/binary_distribution'])
  })

  test('modes are 0755 for what its owner may execute, else 0644; times and owners are gone', async () => {
    put('run')
    chmodSync(at('run'), 0o4700)
    put('group-only')
    chmodSync(at('group-only'), 0o670)
    utimesSync(at('run'), 1, 1)
    const { entries } = await listed()
    const mode = (name: string): number | undefined => entries.find((entry) => entry.name.endsWith(`/${name}`))?.mode
    expect([mode('run'), mode('group-only'), mode('.spack')]).toEqual([0o755, 0o644, 0o755])
    expect(new Set(entries.map((entry) => `${entry.owner} ${entry.modified}`))).toEqual(new Set(['0:0:: 0']))
  })

  test('a further name of a file is a hard link to its first, and relocated once', async () => {
    put('lib/first', 'in /store/lib')
    linkSync(at('lib/first'), at('lib/second'))
    mkdirSync(at('more'))
    linkSync(at('lib/first'), at('more/third'))
    const listing = await listed()
    const links = listing.entries.filter((entry) => entry.type === 'link')
    expect(links.map(({ name, link, size }) => [name, link, size])).toEqual([
      ['store/pkg-1/lib/second', 'store/pkg-1/lib/first', 0],
      ['store/pkg-1/more/third', 'store/pkg-1/lib/first', 0],
    ])
    expect(parse(listing.last).relocate_textfiles).toEqual(['lib/first'])
  })

  test('sockets and fifos are left out, and do not block', async () => {
    execFileSync('mkfifo', [at('fifo')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve))
    put('file')
    expect(names(await listed())).toEqual(['file', '.spack', '.spack/spec.json', '.spack/binary_distribution'])
    await new Promise((resolve) => server.close(resolve))
  })

  test('an older binary_distribution is replaced, whatever other names it has', async () => {
    put('.spack/binary_distribution', 'old')
    linkSync(at('.spack/binary_distribution'), at('other-name'))
    const listing = await listed()
    expect(names(listing)).toEqual(['.spack', '.spack/spec.json', '.spack/binary_distribution'])
    expect(parse(listing.last).buildpath).toBe('/store')
  })

  test('lists text, binaries and absolute links below known prefixes, nothing in .spack', async () => {
    put('text', 'prefix=/store/pkg-1\n')
    put('elsewhere', 'see /elsewhere/x')
    put('.spack/log', 'built in /store/pkg-1')
    put('elf', Buffer.from('\x7fELF\x02\x01\x01\0more'))
    symlinkSync('/store/dep/lib', at('absolute'))
    symlinkSync('../store', at('relative'))
    symlinkSync('/usr/lib', at('system'))
    const { last } = await listed()
    expect(parse(last)).toMatchObject({
      relocate_textfiles: ['elsewhere', 'text'],
      relocate_binaries: ['elf'],
      relocate_links: ['absolute'],
    })
  })

  test.skipIf(noPython)('a name that is not UTF-8 keeps its bytes', async () => {
    put('x')
    const name = Buffer.from([0x66, 0xe9, 0xff])
    writeFileSync(Buffer.concat([Buffer.from(`${at('')}/`), name]), 'content')
    const { spoolFile } = await pack()
    const python =
      "import os,sys,tarfile; sys.stdout.buffer.write(b'\\n'.join(os.fsencode(n) for n in tarfile.open(sys.argv[1]).getnames()))"
    const found = execFileSync('python3', ['-c', python, spoolFile])
    expect(found.includes(Buffer.concat([Buffer.from('store/pkg-1/'), name, Buffer.from('\n')]))).toBe(true)
  })

  test('a name that is not UTF-8 on a file that needs relocation is an error that says so', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${at('')}/`), Buffer.from([0x66, 0xe9])]), 'in /store/lib')
    await expect(pack()).rejects.toMatchObject({ code: 'tar-unrepresentable', message: expect.stringContaining('fé') })
  })
})

test.skipIf(noPython)('gzip, GNU tar and Python read the layer, and extract the very tree', async () => {
  put(`deep/${'long'.repeat(50)}/${'name'.repeat(40)}`, 'x'.repeat(700_000))
  put('empty', '')
  put('naïve 日本', 'y')
  symlinkSync(`../${'z'.repeat(150)}`, at('long-link'))
  linkSync(at('empty'), at('empty-2'))
  const { spoolFile, entries } = await pack()
  execFileSync('gzip', ['-t'], { input: readFileSync(spoolFile) })
  const out = join(root, 'out')
  mkdirSync(out)
  execFileSync('tar', ['-xzf', spoolFile, '-C', out])
  const differences = execFileSync('diff', [
    '-r',
    '--no-dereference',
    '-x',
    'binary_distribution',
    join(root, 'store'),
    join(out, 'store'),
  ])
  expect(differences.toString()).toBe('')
  const python = 'import sys,tarfile; print(len(tarfile.open(sys.argv[1]).getmembers()))'
  expect(execFileSync('python3', ['-c', python, spoolFile], { encoding: 'utf8' }).trim()).toBe(String(entries))
  expect(gunzipSync(readFileSync(spoolFile)).length % 10_240).toBe(0)
})

describe('a packing that fails leaves no file', () => {
  afterEach(() => expect(readdirSync(join(root, 'spool'))).toEqual([]))

  /** Does something to the package when the packing is past the first block. */
  const midway = (change: () => void): ((bytesDone: number) => void) => {
    let done = false
    return () => {
      if (!done) change()
      done = true
    }
  }
  /** Comes first and takes two blocks. */
  const big = (): void => put('0', Buffer.alloc(600_000, 7))

  test('the prefix is gone', async () => {
    rmSync(join(root, 'store'), { recursive: true })
    await expect(pack()).rejects.toMatchObject({ code: 'prefix-missing', message: expect.stringContaining('pkg@1') })
  })

  test('a file grows while it is read', async () => {
    big()
    await expect(pack(midway(() => appendFileSync(at('0'), 'more')))).rejects.toMatchObject({
      code: 'file-changed',
      message: 'pkg@1: 0 changed while it was packed',
      details: { file: '0' },
    })
  })

  test('a file shrinks while it is read', async () => {
    big()
    await expect(pack(midway(() => truncateSync(at('0'), 300_000)))).rejects.toMatchObject({ code: 'file-changed' })
  })

  test('a file is written to in place while it is read', async () => {
    big()
    await expect(pack(midway(() => writeFileSync(at('0'), Buffer.alloc(600_000, 8))))).rejects.toMatchObject({
      code: 'file-changed',
    })
  })

  test('a file goes away before its turn', async () => {
    big()
    put('1')
    await expect(pack(midway(() => rmSync(at('1'))))).rejects.toMatchObject({
      code: 'file-changed',
      details: { file: '1' },
    })
  })

  test('a file becomes a link before its turn: it is not followed', async () => {
    big()
    put('1')
    const swap = (): void => {
      rmSync(at('1'))
      symlinkSync('/etc/passwd', at('1'))
    }
    await expect(pack(midway(swap))).rejects.toMatchObject({ code: 'file-changed', details: { file: '1' } })
  })

  test('a file becomes a folder before its turn', async () => {
    big()
    put('1')
    const swap = (): void => {
      renameSync(at('1'), at('2'))
      mkdirSync(at('1'))
    }
    await expect(pack(midway(swap))).rejects.toMatchObject({ code: 'file-changed', details: { file: '1' } })
  })

  test('a file becomes a fifo before its turn: it does not block', async () => {
    big()
    put('1')
    const swap = (): void => {
      rmSync(at('1'))
      execFileSync('mkfifo', [at('1')])
    }
    await expect(pack(midway(swap))).rejects.toMatchObject({ code: 'file-changed', details: { file: '1' } })
  })

  test('a file may not be read', async () => {
    put('secret')
    chmodSync(at('secret'), 0)
    await asNobody(() => expect(pack()).rejects.toMatchObject({ code: 'file-unreadable', details: { file: 'secret' } }))
  })

  test('a folder may not be read', async () => {
    put('private/file')
    chmodSync(at('private'), 0)
    await asNobody(() =>
      expect(pack()).rejects.toMatchObject({ code: 'file-unreadable', details: { file: 'private' } }),
    )
    chmodSync(at('private'), 0o755)
  })

  const mayMount = canMount()
  test.skipIf(!mayMount)(
    `the disk is full${mayMount ? '' : ' (mounting a small tmpfs is not permitted here)'}`,
    async () => {
      put('0', randomBytes(600_000))
      const small = join(root, 'spool')
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small])
      try {
        await expect(pack()).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining('pkg@1') })
        expect(readdirSync(small)).toEqual([])
      } finally {
        execFileSync('umount', [small])
      }
    },
  )
})

/** Runs something as a user who may not read everything: root may, so it steps down meanwhile. */
async function asNobody(run: () => Promise<unknown>): Promise<void> {
  if (process.geteuid?.() !== 0) {
    await run()
    return
  }
  chmodSync(root, 0o755)
  chmodSync(join(root, 'spool'), 0o777)
  process.seteuid?.(65_534)
  try {
    await run()
  } finally {
    process.seteuid?.(0)
  }
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'strata-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
