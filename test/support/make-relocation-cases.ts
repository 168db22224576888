/**
 * Writes one file of test/fixtures/relocate: `tsx test/support/make-relocation-cases.ts PREFIX TREE NEW-ROOT NAME [PATH…]`.
 * PREFIX is a package's prefix unpacked from its layer, TREE a listing of the store that Spack installed the same cache into (a
 * JSON object a line with path, sha256 or target), PATH which of its files to take, else all that were relocated.
 * Only needed when the lab itself is made anew.
 */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import type { BinaryDistribution } from './lab-entries.ts'
import { type RelocatedHead, type RelocationCase, relocationFolder } from './relocation-cases.ts'

interface TreeRow {
  readonly path: string
  readonly sha256?: string
  readonly target?: string
}

const [prefix = '.', tree = '', newRoot = '', name = '', ...wanted] = process.argv.slice(2)
const info = parse(readFileSync(join(prefix, '.spack/binary_distribution'), 'utf8')) as BinaryDistribution
const installed = new Map(
  readFileSync(tree, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TreeRow)
    .map((row) => [row.path, row]),
)

function take(kind: RelocationCase['kind'], paths: readonly string[]): RelocationCase[] {
  return paths
    .filter((path) => wanted.length === 0 || wanted.includes(path))
    .map((path) => {
      const row = installed.get(`${info.relative_prefix}/${path}`)
      const before = kind === 'link' ? readlinkSync(join(prefix, path)) : readFileSync(join(prefix, path), 'base64')
      return { path, kind, before, after: row?.target ?? row?.sha256 ?? '' }
    })
}

const head: RelocatedHead = { name, binaryDistribution: info, newRoot }
const cases = [
  ...take('text', info.relocate_textfiles),
  ...take('binary', info.relocate_binaries),
  ...take('link', info.relocate_links),
]
const lines = [head, ...cases].map((line) => `${JSON.stringify(line)}\n`).join('')
writeFileSync(join(relocationFolder, `${name}.jsonl.gz`), gzipSync(lines, { level: 9 }))
