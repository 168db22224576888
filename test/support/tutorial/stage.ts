import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { imageMediaTypes } from '../../../main/image/assemble.ts'
import type { Repository } from '../../../main/registry/repository.ts'
import { madeImage } from '../base-files.ts'
import { addWithLibraries, makeBaseRoot, packRoot } from '../containers.ts'
import { missingProgram } from '../programs.ts'
import { lookInto } from '../push/read.ts'
import { makeCertificates } from '../registry/certificates.ts'
import { type FaultRegistry, startFaultRegistry } from '../registry/fault-registry.ts'
import { blob, pushImage, type TestImage } from '../registry/images.ts'
import { unpackSample } from '../sample.ts'
import { linkRealSpack } from './real-spack.ts'

/** Where the tutorial on binary caches is played: two Spacks, a folder for an environment, a registry with a base image. */
export interface Stage {
  /** The home folder of who plays. */
  readonly home: string
  /** The Spack that builds, `~/spack`, and its store. */
  readonly spack: string
  readonly store: string
  /** A second Spack, whose paths are shorter; beside a real Spack, whose configuration would hold for both, a folder. */
  readonly elsewhere: string
  readonly elsewhereStore: string
  /** A store to be, whose path is longer than that of the first Spack's store. */
  readonly farAway: string
  /** An empty git repository: the environment comes to lie in it. */
  readonly project: string
  readonly registry: FaultRegistry
  /** The build cache to be, and the base image. */
  readonly cache: string
  readonly base: string
  /** The environment variables of who plays. */
  readonly env: Readonly<Record<string, string>>
  /** Looks into the build cache with a client of its own. */
  look<T>(into: (repository: Repository) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface StageOptions {
  /** Folders that must not be there yet, and are gone afterwards; below a temporary one unless given. */
  readonly places?: Pick<Stage, 'home' | 'elsewhere' | 'farAway'>
  readonly port?: number
  /** Milliseconds that a phase of a build takes. */
  readonly pace?: number
}

/** Why the tutorial cannot be played here; undefined when it can. */
export async function missingForTutorial(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the packages were built for x86_64 Linux'
  return missingProgram('openssl', 'perl')
}

/** The root of a real Spack to play it with, of which a copy is better taken first: STRATA_TUTORIAL_SPACK. */
const realSpack = process.env.STRATA_TUTORIAL_SPACK

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-tutorial-'))
  const { places = placesBelow(folder), pace = 0 } = options
  const { home, elsewhere, farAway } = places
  const made = [home, elsewhere, farAway].map((place) => {
    if (existsSync(place)) throw new Error(`${place} is there already`)
    return mkdirSync(dirname(place), { recursive: true }) ?? place
  })
  const [spack, project] = [join(home, 'spack'), join(home, 'tools')]
  const store = realSpack === undefined ? join(spack, 'opt/spack') : join(home, 'software/of-ada')
  if (realSpack === undefined) {
    const sources = join(folder, 'sources')
    await unpackSample(sources)
    writePlayedSpack(spack, sources, pace)
    writePlayedSpack(elsewhere, sources, pace)
  } else {
    mkdirSync(home, { recursive: true })
    linkRealSpack(realSpack, home, store)
  }
  mkdirSync(join(project, '.git'), { recursive: true })
  const { caFile, certificate, key } = await makeCertificates(folder)
  const env = { PATH: '/usr/bin:/bin', HOME: home, SSL_CERT_FILE: caFile }
  const tls = { certificate: readFileSync(certificate), key: readFileSync(key) }
  // Spack 0.22 knows no registry over plain http.
  const registry = await startFaultRegistry({ port: options.port, tls })
  const [cache, base] = [`oci://${registry.host}/ada/cache`, `oci://${registry.host}/base/debian`]
  const image = await makeBase(join(folder, 'base'))
  await lookInto(base, (repository) => pushImage(repository, image, '12'), { env })
  return {
    ...{ home, elsewhere, farAway, spack, project, store, registry, cache },
    elsewhereStore: realSpack === undefined ? join(elsewhere, 'opt/spack') : elsewhere,
    base: `${base}:12`,
    env,
    look: (into) => lookInto(cache, into, { env }),
    close: async () => {
      await registry.close()
      for (const place of [folder, ...made]) rmSync(place, { recursive: true, force: true })
    },
  }
}

/** As long as a home folder's paths are, shorter, and longer. */
function placesBelow(folder: string): Pick<Stage, 'home' | 'elsewhere' | 'farAway'> {
  const farAway = join(folder, 'projects/climate-model-2026/shared-software')
  return { home: join(folder, 'home'), elsewhere: join(folder, 'sw'), farAway }
}

/** A Spack that played/spack.ts plays. */
function writePlayedSpack(root: string, sources: string, pace: number): void {
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'lib/spack/spack'), { recursive: true })
  writeFileSync(join(root, 'lib/spack/spack/__init__.py'), '__version__ = "0.22.5"\n')
  const typescript = createRequire(import.meta.url).resolve('tsx')
  const words = [process.execPath, '--import', typescript, join(import.meta.dirname, 'played/spack.ts')]
  const quoted = [...words, root, sources, String(pace)].map((word) => `'${word}'`)
  writeFileSync(join(root, 'bin/spack'), `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`)
  chmodSync(join(root, 'bin/spack'), 0o755)
}

/** An image of this machine's own shell and libraries. */
async function makeBase(folder: string): Promise<TestImage> {
  await makeBaseRoot(folder)
  // The sample's less was linked with the system's terminal library, as bash is.
  await addWithLibraries(folder, '/bin/bash')
  await packRoot(folder, `${folder}.tar`)
  const tar = readFileSync(`${folder}.tar`)
  const [config, layer] = [blob(madeImage([tar]).config), blob(gzipSync(tar, { level: 1 }))]
  const media = imageMediaTypes.oci
  const manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: { mediaType: media.config, digest: config.digest, size: config.size },
    layers: [{ mediaType: media.layer, digest: layer.digest, size: layer.size }],
  }
  return {
    ...{ config, layers: [layer], mediaType: manifest.mediaType },
    manifest: Buffer.from(JSON.stringify(manifest)),
  }
}
