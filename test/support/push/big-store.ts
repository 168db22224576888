import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pseudoRandom } from '../random.ts'

export const bigSpack = '/spack'
export const bigEnvironment = '/environment'

/**
 * Writes below `sysroot` a Spack whose database holds `count` installed packages, with prefixes that are empty but for
 * one small file, and an environment of all that nothing depends on. Each package needs up to six of those before it,
 * near ones mostly, as in real environments: closures of several hundred.
 */
export function makeBigStore(sysroot: string, count: number): void {
  const random = pseudoRandom(7)
  const nodes = Array.from({ length: count }, (_, i) => {
    const needed = new Set<number>()
    for (let k = 0; k < Math.min(i, 6); k++) needed.add(i - 1 - Math.floor(random() ** 2 * Math.min(i, 400)))
    const dependencies = [...needed]
      .sort((a, b) => a - b)
      .map((at) => ({ name: nameOf(at), hash: hashOf(at), parameters: { deptypes: ['build', 'link'], virtuals: [] } }))
    return {
      name: nameOf(i),
      version: '1.0',
      arch: { platform: 'linux', platform_os: 'debian12', target: 'x86_64' },
      compiler: { name: 'gcc', version: '12.2.0' },
      namespace: 'big',
      parameters: { build_system: 'generic' },
      package_hash: 'none',
      dependencies,
      hash: hashOf(i),
    }
  })
  const needed = new Set(nodes.flatMap((node) => node.dependencies.map((dependency) => dependency.hash)))
  const roots = nodes.filter((node) => !needed.has(node.hash)).map(({ hash, name }) => ({ hash, spec: name }))
  const installs = nodes.map((spec) => {
    const path = `${bigSpack}/opt/spack/${spec.name}-1.0-${spec.hash}`
    mkdirSync(join(sysroot, path, 'bin'), { recursive: true })
    writeFileSync(join(sysroot, path, 'bin', spec.name), spec.name)
    return [spec.hash, { spec, path, installed: true, ref_count: 1, explicit: false, installation_time: 1 }] as const
  })
  write(join(sysroot, bigSpack, 'opt/spack/.spack-db/index.json'), {
    database: { version: '7', installs: Object.fromEntries(installs) },
  })
  write(join(sysroot, bigEnvironment, 'spack.lock'), {
    _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
    roots,
    concrete_specs: Object.fromEntries(nodes.map((node) => [node.hash, node])),
  })
}

function nameOf(i: number): string {
  return `package-${i}`
}

function hashOf(i: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  return [...createHash('sha256').update(String(i)).digest()].map((byte) => letters[byte % 32]).join('')
}

function write(file: string, document: unknown): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, JSON.stringify(document))
}
