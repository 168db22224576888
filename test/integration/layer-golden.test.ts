import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createWorkerPool } from '../../main/workers/pool.ts'
import { type BinaryDistribution, buildInfoOf, type LabPackage, readLabPackages } from '../support/lab-entries.ts'
import { unpackSample } from '../support/sample.ts'
import { listTar, type TarListing } from '../support/tar-listing.ts'
import { workerFile } from '../support/worker.ts'

/** A folder in which the lab's /home/demo/spack lies: with it every package is compared by its content. */
const labStore = process.env.STRATA_LAB_STORE

/** The packages whose real files the sample has. */
const sampled = new Set(['cowsay', 'figlet', 'gmake', 'hello', 'less', 'ncurses', 'relockit', 'zlib'])

/**
 * What we list for relocation and Spack 0.22.5, which made the lab, did not. We follow Spack 1.x, which lists exactly
 * these too (its `tarfile_of_spec_prefix`, run over the lab's store).
 *
 * - 0.22 asks libmagic and takes executables and shared libraries; 1.x takes all that begins like ELF, so also objects.
 * - 0.22 never looks into a folder named `man`; 1.x does, and manuals do name the prefix.
 */
const listedSinceSpack1: Record<string, Partial<Record<RelocationList, readonly string[]>>> = {
  'relockit-1.0': { relocate_binaries: ['lib/kit.o'] },
  'vim-9.0.1378': {
    relocate_textfiles: ['share/man/man1/evim.1', 'share/man/man1/vim.1', 'share/man/man1/vimtutor.1'],
  },
}

type RelocationList = 'relocate_binaries' | 'relocate_textfiles' | 'relocate_links'

const packages = readLabPackages()
const pool = createWorkerPool({ file: workerFile, threads: 2 })
let folder = ''
let sampleRoot = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strata-golden-'))
  sampleRoot = join(folder, 'sample')
  await unpackSample(sampleRoot)
})

afterAll(async () => {
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the fixture holds the fifteen packages of the lab', () => {
  expect(packages.length).toBe(15)
})

describe('packs entry for entry what Spack 0.22.5 pushed', () => {
  for (const lab of packages) {
    const real = labStore ?? (sampled.has(lab.name.replace(/-[^-]*$/, '')) ? 'sample' : undefined)
    if (real !== undefined) {
      test(`${lab.name}, with its content and binary_distribution`, async () => {
        const { entries, last } = await pack(lab, labStore ?? sampleRoot)
        expect(entries.slice(0, -1)).toEqual(lab.entries)
        expect(parse(last)).toEqual(withSpack1(lab))
      })
    } else {
      test(`${lab.name}, from a tree of its names and sizes (STRATA_LAB_STORE is not set)`, async () => {
        const root = join(folder, lab.name)
        makeTree(root, lab)
        const { entries } = await pack(lab, root)
        const withoutContent = (one: (typeof entries)[number]) => ({ ...one, content: undefined })
        expect(entries.slice(0, -1).map(withoutContent)).toEqual(lab.entries.map(withoutContent))
      })
    }
  }
})

test('the last entry is binary_distribution, a plain file of mode 0644 owned by nobody', async () => {
  const cowsay = packages.find((lab) => lab.name.startsWith('cowsay'))
  if (!cowsay) throw new Error('the fixture lacks cowsay')
  const { entries, last } = await pack(cowsay, sampleRoot)
  const name = `${cowsay.prefix.slice(1)}/.spack/binary_distribution`
  expect(entries.at(-1)).toMatchObject({ type: 'file', name, mode: 0o644, owner: '0:0::', modified: 0 })
  expect(Object.keys(parse(last) as object)).toEqual(Object.keys(cowsay.binaryDistribution))
})

async function pack(lab: LabPackage, sysroot: string): Promise<TarListing> {
  const packed = await pool.pack({
    name: lab.name,
    prefix: lab.prefix,
    sysroot,
    buildInfo: buildInfoOf(lab),
    spoolFolder: folder,
  })
  try {
    return await listTar(packed.spoolFile)
  } finally {
    rmSync(packed.spoolFile)
  }
}

function withSpack1(lab: LabPackage): BinaryDistribution {
  const more = listedSinceSpack1[lab.name] ?? {}
  const order = new Map(lab.entries.map((entry, at) => [entry.name, at]))
  const place = (path: string): number => order.get(`${lab.prefix.slice(1)}/${path}`) ?? -1
  const joined = (key: RelocationList): string[] => {
    const listed = [...lab.binaryDistribution[key], ...(more[key] ?? [])]
    return listed.sort((a, b) => place(a) - place(b))
  }
  return {
    ...lab.binaryDistribution,
    relocate_binaries: joined('relocate_binaries'),
    relocate_textfiles: joined('relocate_textfiles'),
    relocate_links: joined('relocate_links'),
  }
}

/** A tree with the lab's names, kinds, modes, links and sizes; the files are holes. */
function makeTree(root: string, lab: LabPackage): void {
  for (const { type, name, mode, size, link = '' } of lab.entries) {
    const path = join(root, name)
    mkdirSync(type === 'directory' ? path : dirname(path), { recursive: true })
    if (type === 'symlink') symlinkSync(link, path)
    else if (type === 'link') linkSync(join(root, link), path)
    else if (type === 'file') {
      writeFileSync(path, '')
      truncateSync(path, size)
      chmodSync(path, mode)
    }
  }
}
