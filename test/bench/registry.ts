import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { type BlobDescriptor, digestOf } from '../../main/registry/digest.ts'
import { mediaTypes } from '../../main/registry/media-types.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { missingProgram } from '../support/programs.ts'
import { type DockerRegistry, missingDockerRegistry, startDockerRegistry } from '../support/registry/docker-registry.ts'
import { measure, median } from './measure.ts'

/**
 * Copies between two local registries and a folder, beside `skopeo copy` of the same images in one run, and tag lists.
 * Both sides are processes of their own, start-up included.
 *
 *   npx tsx test/bench/registry.ts                 one layer of 512 MiB, two hundred small ones, 5,000 tags
 *   npx tsx test/bench/registry.ts --large 4096    a layer of 4 GiB: mind the disk, five times that is needed
 *   npx tsx test/bench/registry.ts --rounds 5
 */
const { values } = parseArgs({
  options: { large: { type: 'string', default: '512' }, rounds: { type: 'string', default: '3' } },
})
const MIB = 1024 ** 2
const rounds = Number(values.rounds)

interface Place {
  readonly ours: (name: string) => string
  readonly theirs: (name: string) => string
}

async function main(): Promise<void> {
  const missing = (await missingDockerRegistry()) ?? (await missingProgram('skopeo'))
  if (missing) throw new Error(missing)
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  const registry = await startDockerRegistry()
  try {
    const program = await bundle(folder)
    const from = placeOf(registry)
    const source = await openRepository(parseReference(from.ours('source')))
    await writeLarge(source, folder, Number(values.large))
    await writeSmall(source, 200)
    console.log(`medians of ${rounds} rounds`)
    for (const [what, tag] of [
      [`one layer of ${values.large} MiB`, 'large'],
      ['200 layers of 64 KiB', 'small'],
    ] as const) {
      await compare(program, `${what}, registry to registry`, tag, from, 'registry')
      await compare(program, `${what}, registry to folder`, tag, from, 'folder')
      await compare(program, `${what}, folder to registry`, tag, await inLayout(program, tag, from, folder), 'registry')
    }
    await benchTags(program, source, from)
    await source.close()
  } finally {
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** One copy by us and one by skopeo in turn, each to a place of its own that has nothing yet. */
async function compare(
  program: string,
  what: string,
  tag: string,
  from: Place,
  to: 'registry' | 'folder',
): Promise<void> {
  const ours: number[] = []
  const theirs: number[] = []
  let peak = 0
  let theirPeak = 0
  for (let round = 0; round < rounds; round += 1) {
    await inNewPlace(to, async (place) => {
      const own = await measure([process.execPath, program, 'copy', from.ours('source'), place.ours('copy'), tag])
      ours.push(own.seconds)
      peak = Math.max(peak, own.peakBytes)
    })
    await inNewPlace(to, async (place) => {
      const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false']
      const ends = [`${from.theirs('source')}:${tag}`, `${place.theirs('copy')}:${tag}`]
      const other = await measure(['skopeo', 'copy', '--quiet', ...insecure, ...ends])
      theirs.push(other.seconds)
      theirPeak = Math.max(theirPeak, other.peakBytes)
    })
  }
  const [mine, skopeo] = [median(ours), median(theirs)]
  console.log(
    `${what.padEnd(46)} ${mine.toFixed(2)} s, ${Math.round(peak / MIB)} MiB   skopeo ${skopeo.toFixed(2)} s, ` +
      `${Math.round(theirPeak / MIB)} MiB   ${(mine / skopeo).toFixed(2)} of skopeo's time`,
  )
}

/** A registry or a folder that has nothing: skopeo remembers what it has brought to a registry, and mounts it. */
async function inNewPlace(kind: 'registry' | 'folder', act: (place: Place) => Promise<void>): Promise<void> {
  if (kind === 'registry') {
    const registry = await startDockerRegistry()
    return await act(placeOf(registry)).finally(registry.close)
  }
  const folder = await mkdtemp(join(tmpdir(), 'strata-bench-'))
  await act(layoutIn(folder)).finally(() => rm(folder, { recursive: true, force: true }))
}

async function inLayout(program: string, tag: string, from: Place, folder: string): Promise<Place> {
  const place = layoutIn(join(folder, tag))
  await measure([process.execPath, program, 'copy', from.ours('source'), place.ours('source'), tag])
  return place
}

async function benchTags(program: string, source: Repository, from: Place): Promise<void> {
  const manifest = await source.getManifest('small')
  if (!manifest) return
  for (let i = 0; i < 5000; i += 50) {
    const tags = Array.from({ length: 50 }, (_, n) => `package-1.${i + n}-abcdefghijklmnopqrstuvwxyz012345.spack`)
    await Promise.all(tags.map((tag) => source.putManifest(tag, manifest.bytes, manifest.mediaType)))
  }
  const seconds: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const { stdout } = await measure([process.execPath, program, 'tags', from.ours('source')])
    seconds.push((JSON.parse(stdout) as { seconds: number }).seconds)
  }
  console.log(`5,000 tags listed in ${median(seconds).toFixed(2)} s (reach: under 1)`)
}

/** One layer of bytes that do not compress, by way of a file: nothing of it stays in memory. */
async function writeLarge(repository: Repository, folder: string, mebibytes: number): Promise<void> {
  const file = join(folder, 'large.layer')
  const hash = createHash('sha256')
  const handle = await open(file, 'w')
  for (let i = 0; i < mebibytes; i += 1) {
    const bytes = asGzip(randomBytes(MIB))
    hash.update(bytes)
    await handle.write(bytes)
  }
  await handle.close()
  const layer: BlobDescriptor = { digest: `sha256:${hash.digest('hex')}`, size: mebibytes * MIB }
  await repository.putBlob(layer, () => createReadStream(file, { highWaterMark: MIB }))
  await rm(file)
  await writeImage(repository, [layer], 'large')
}

async function writeSmall(repository: Repository, count: number): Promise<void> {
  const layers = await Promise.all(
    Array.from({ length: count }, async () => put(repository, asGzip(randomBytes(64 * 1024)))),
  )
  await writeImage(repository, layers, 'small')
}

/** skopeo looks at the first bytes of a layer: what is not compressed it would compress. */
function asGzip(bytes: Buffer): Buffer {
  Buffer.from([0x1f, 0x8b, 0x08]).copy(bytes)
  return bytes
}

async function writeImage(repository: Repository, layers: readonly BlobDescriptor[], tag: string): Promise<void> {
  const diffIds = layers.map(({ digest }) => digest)
  const rootfs = { type: 'layers', diff_ids: diffIds }
  const config = await put(
    repository,
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer })),
  }
  await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), mediaTypes.ociManifest)
}

async function put(repository: Repository, bytes: Buffer): Promise<BlobDescriptor> {
  const blob = { digest: digestOf(bytes), size: bytes.length }
  await repository.putBlob(blob, () => Readable.from([bytes], { objectMode: false }))
  return blob
}

function placeOf(registry: DockerRegistry): Place {
  return {
    ours: (name) => `oci+http://${registry.host}/${name}`,
    theirs: (name) => `docker://${registry.host}/${name}`,
  }
}

function layoutIn(folder: string): Place {
  return { ours: (name) => `oci-layout://${folder}/${name}`, theirs: (name) => `oci:${folder}/${name}` }
}

/** As the command line is built: what is measured is what people run. */
async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, 'registry-copy.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'registry-copy.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    banner: {
      js: "import { createRequire as benchCreateRequire } from 'node:module'\nconst require = benchCreateRequire(import.meta.url)",
    },
  })
  return outfile
}

await main()
