/**
 * Writes test/fixtures/lab/entries from an OCI layout that `spack buildcache push` filled:
 * `tsx test/support/make-lab-entries.ts LAYOUT`. Only needed when the lab itself is made anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { type BinaryDistribution, type ListedHead, type ListedRow, labEntriesFolder } from './lab-entries.ts'
import { listTar } from './tar-listing.ts'

interface Descriptor {
  readonly digest: string
  readonly annotations?: Readonly<Record<string, string>>
}

const [layout = '.'] = process.argv.slice(2)
const blob = (digest: string): string => join(layout, 'blobs', digest.replace(':', '/'))
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

mkdirSync(labEntriesFolder, { recursive: true })
const index = readJson(join(layout, 'index.json')) as { manifests: readonly Descriptor[] }
for (const { digest, annotations } of index.manifests) {
  const tag = annotations?.['org.opencontainers.image.ref.name'] ?? ''
  if (!tag.endsWith('.spack') || tag === 'index.spack') continue
  const layer = (readJson(blob(digest)) as { layers: readonly Descriptor[] }).layers.at(-1)
  if (!layer) throw new Error(`${tag} has no layer`)
  const { entries, last } = await listTar(blob(layer.digest))
  const odd = entries.find((entry) => entry.owner !== '0:0::' || entry.modified !== 0)
  if (odd) throw new Error(`${odd.name} has an owner or a time: the listing has no room for it`)
  const prefix = `/${entries.at(-1)?.name.replace('/.spack/binary_distribution', '')}`
  const name = tag.replace(/-[^-]*$/, '')
  const head: ListedHead = { name, prefix, binaryDistribution: parse(last) as BinaryDistribution }
  const rows = entries
    .slice(0, -1)
    .map((one): ListedRow => [one.type, one.name, one.mode, one.size, one.link ?? null, one.content ?? null])
  const lines = [head, ...rows].map((line) => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(join(labEntriesFolder, `${name}.jsonl.gz`), gzipSync(lines, { level: 9 }))
}
