import { gzipSync } from 'node:zlib'
import type { LayerSummary } from '../../main/image/layer-summary.ts'
import { summarizeLayer } from '../../main/image/summarize-layer.ts'
import type { RunPackage } from '../../main/image/will-it-run.ts'
import type { SpecEdge, SpecNode } from '../../main/spack/spec/graph.ts'
import { type ElfParts, makeElf } from './elf.ts'
import { type RawMember, rawTar } from './raw-tar.ts'

type Dynamic = NonNullable<ElfParts['dynamic']>

const x86 = { wide: true, littleEndian: true, machine: 62 }
export const loader = '/lib64/ld-linux-x86-64.so.2'

/** An executable file of an archive. */
export function file(name: string, content: string | Buffer = ''): RawMember {
  return { name, content, mode: 0o755 }
}

export function link(name: string, target: string): RawMember {
  return { name, type: '2', link: target }
}

/** A program for x86-64 that glibc's dynamic linker starts. */
export function programFile(name: string, dynamic: Dynamic, interpreter: string = loader): RawMember {
  return file(name, makeElf({ ...x86, interpreter, dynamic }))
}

export function libraryFile(name: string, dynamic: Dynamic, machine: Partial<ElfParts> = {}): RawMember {
  return { name, content: makeElf({ ...x86, ...machine, dynamic }), mode: 0o644 }
}

/** The versions that glibc's libraries define up to a release: `GLIBC_2.2.5`, `GLIBC_2.17` and `GLIBC_2.<minor>`. */
export function glibcVersions(minor: number): string[] {
  const all = ['GLIBC_2.2.5', 'GLIBC_2.17', 'GLIBC_2.34', 'GLIBC_2.36', 'GLIBC_2.38', 'GLIBC_2.39']
  return all.filter((version) => Number(/^GLIBC_2\.(\d+)/.exec(version)?.[1]) <= minor)
}

/** A Debian of the merged `/usr` with a glibc of that minor release, a shell and `env`. */
export function debianBase(minor: number, more: readonly RawMember[] = []): RawMember[] {
  const libc = (soname: string): Dynamic => ({ soname, defines: [soname, ...glibcVersions(minor)] })
  const folder = 'usr/lib/x86_64-linux-gnu'
  return [
    link('bin', 'usr/bin'),
    link('lib', 'usr/lib'),
    link('lib64', 'usr/lib64'),
    { name: 'etc/os-release', content: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n' },
    libraryFile(`${folder}/ld-linux-x86-64.so.2`, { soname: 'ld-linux-x86-64.so.2' }),
    link('usr/lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
    libraryFile(`${folder}/libc.so.6`, libc('libc.so.6')),
    libraryFile(`${folder}/libm.so.6`, libc('libm.so.6')),
    programFile('usr/bin/dash', { needed: ['libc.so.6'] }),
    link('usr/bin/sh', 'dash'),
    programFile('usr/bin/env', { needed: ['libc.so.6'] }),
    ...more,
  ]
}

/** What is read of a layer of these members. */
export function summaryOf(members: readonly RawMember[]): Promise<LayerSummary> {
  const packed = gzipSync(rawTar(members))
  return summarizeLayer(
    (async function* () {
      // Pieces that cut through headers and magic numbers.
      for (let at = 0; at < packed.length; at += 997) yield packed.subarray(at, at + 997)
    })(),
    () => {
      throw new Error('nothing here is large')
    },
  )
}

/** Where a made package lies. */
export const prefixOf = (name: string): string => `store/${name}-1.0`

/** A package of these files, whose names begin at its prefix. */
export async function packageOf(
  name: string,
  members: readonly RawMember[],
  needs: readonly string[] = [],
): Promise<RunPackage> {
  const inPrefix = members.map((member) => ({ ...member, name: `${prefixOf(name)}/${member.name}` }))
  const metadata: RawMember = { name: `${prefixOf(name)}/.spack/binary_distribution`, content: '' }
  return { node: nodeOf(name, needs), summary: await summaryOf([...inPrefix, metadata]) }
}

export function nodeOf(name: string, needs: readonly string[] = []): SpecNode {
  const edges = needs.map((other): SpecEdge => ({ hash: `hash-${other}`, name: other, types: ['link'], virtuals: [] }))
  return {
    hash: `hash-${name}`,
    name,
    version: '1.0',
    platform: 'linux',
    os: 'debian12',
    target: 'x86_64',
    edges,
    parameters: {},
    raw: {},
    specVersion: 4,
  }
}
