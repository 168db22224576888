import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What to make up. */
export interface GeneratedStoreOptions {
  readonly packages: number
  /** Bytes of each package, in files of `fileBytes`. */
  readonly packageBytes: number
  readonly fileBytes?: number
  /** Link dependencies of each package, taken from those before it. */
  readonly dependencies?: number
}

export interface GeneratedStore {
  /** Root of the made-up Spack installation. */
  readonly spack: string
  readonly environment: string
  readonly prefixes: readonly string[]
}

/**
 * Makes a Spack installation with a store, a database (version 7) and an environment whose last package is the root.
 * The same options give the same bytes. They compress to about 31 %, and level 6 needs about twice the time of level 4
 * for them: so do fifteen real packages (the lab's: 31 %, 2.0 times).
 */
export async function generateStore(folder: string, options: GeneratedStoreOptions): Promise<GeneratedStore> {
  const { packages, packageBytes, fileBytes = 64 * 1024, dependencies = 3 } = options
  const store = join(folder, 'opt', 'spack')
  const nodes = Array.from({ length: packages }, (_, i) => makeNode(i, dependencies))
  const prefixes = nodes.map((node) =>
    join(store, 'linux-debian12-x86_64', 'gcc-12.2.0', `${node.name}-1.0-${node.hash}`),
  )
  for (const [i, prefix] of prefixes.entries()) {
    await mkdir(join(prefix, 'lib'), { recursive: true })
    await mkdir(join(prefix, '.spack'), { recursive: true })
    await writeFile(
      join(prefix, '.spack', 'spec.json'),
      JSON.stringify({ spec: { _meta: { version: 4 }, nodes: [nodes[i]] } }),
    )
    for (let at = 0, file = 0; at < packageBytes; at += fileBytes, file++) {
      await writeFile(
        join(prefix, 'lib', `file-${String(file).padStart(6, '0')}`),
        content(i, file, Math.min(fileBytes, packageBytes - at)),
      )
    }
  }
  const installs = Object.fromEntries(
    nodes.map((node, i) => [
      node.hash,
      {
        spec: node,
        path: prefixes[i],
        installed: true,
        ref_count: 0,
        explicit: i === packages - 1,
        installation_time: 1_700_000_000,
      },
    ]),
  )
  await mkdir(join(store, '.spack-db'), { recursive: true })
  await writeFile(join(store, '.spack-db', 'index.json'), JSON.stringify({ database: { version: '7', installs } }))
  const environment = join(folder, 'var', 'spack', 'environments', 'generated')
  const root = nodes.at(-1)
  await mkdir(environment, { recursive: true })
  await writeFile(join(environment, 'spack.yaml'), `spack:\n  specs:\n  - ${root?.name}\n`)
  await writeFile(
    join(environment, 'spack.lock'),
    JSON.stringify({
      _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
      roots: [{ hash: root?.hash, spec: root?.name }],
      concrete_specs: Object.fromEntries(nodes.map((node) => [node.hash, node])),
    }),
  )
  return { spack: folder, environment: 'generated', prefixes }
}

function makeNode(index: number, dependencies: number) {
  const before = Array.from({ length: Math.min(dependencies, index) }, (_, k) => index - 1 - k * k).filter(
    (one) => one >= 0,
  )
  return {
    name: nameOf(index),
    version: '1.0',
    arch: { platform: 'linux', platform_os: 'debian12', target: 'x86_64' },
    compiler: { name: 'gcc', version: '12.2.0' },
    namespace: 'generated',
    parameters: { build_system: 'generic' },
    dependencies: [...new Set(before)].map((one) => ({
      name: nameOf(one),
      hash: hashOf(one),
      parameters: { deptypes: ['build', 'link'], virtuals: [] },
    })),
    hash: hashOf(index),
  }
}

function nameOf(index: number): string {
  return `package-${String(index).padStart(5, '0')}`
}

/** 32 letters of base32, as a DAG hash is. */
function hashOf(index: number): string {
  const digest = createHash('sha256').update(`generated ${index}`).digest()
  return [...digest].map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('')
}

/** A fiftieth does not compress at all, the rest is words of which few are frequent. */
function content(seed: number, file: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  const noise = Math.floor(size / 50)
  // A counter through sha256 is as incompressible as data can be, and the same every time.
  for (let at = 0, counter = 0; at < noise; at += 32, counter++) {
    createHash('sha256')
      .update(`${seed} ${file} ${counter}`)
      .digest()
      .copy(bytes, at, 0, Math.min(32, noise - at))
  }
  const random = sequence(seed * 1_000_003 + file)
  for (let at = noise; at < size; ) {
    const word = words[Math.floor((random() * random() * words.length) / 2 ** 44)]
    at += bytes.write(`${word} `, at, size - at, 'latin1')
  }
  return bytes
}

const words = Array.from({ length: 512 }, (_, i) =>
  createHash('sha256')
    .update(`word ${i}`)
    .digest('hex')
    .slice(0, 3 + (i % 8)),
)

/** A linear congruential sequence; of its 32 bits the low ones repeat soon, so that 22 are given. */
function sequence(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 10
  }
}
